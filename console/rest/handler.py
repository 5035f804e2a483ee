"""How every error reaches a REST caller: DRF's exception handler, which answers with problem details."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from console.database import Absence, absence_of
from console.door.strict_json import MOST_DEPTH
from console.errors import Invalid, Refused, Unavailable
from console.quota.counters import OverQuota
from console.refusal_words import in_words
from console.rest.parse import Unfit
from console.rest.problem import (
    MAX_VALUE_SHOWN,
    PROBLEM_JSON,
    Problem,
    field_error,
    invalid_input,
    problem_of_absence,
    problem_of_error,
)

_SECRET = re.compile(r"password|secret|token")  # fields whose values no answer repeats
_KEPT = ("WWW-Authenticate", "Retry-After", "Allow")
logger = logging.getLogger(__name__)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a REST caller with problem details; None leaves an unforeseen error to Django's 500."""
    if isinstance(error, Refused | Unavailable | OverQuota):
        return _answer(problem_of_error(error))
    if isinstance(error, SuspiciousOperation | RecursionError):
        return _answer(_unreadable(error))
    if isinstance(error, Invalid):
        return _answer(invalid_input(_wrong_values(error, _sent(context))))
    if absence := absence_of(error):
        return _told(absence)
    response = exception_handler(error, context)
    return None if response is None else _answer(_of_ours(error, response, context), response)


def _told(absence: Absence) -> Response:
    """Answer that the database cannot answer, with one line in the log and no traceback for each request."""
    logger.warning("answered with 503: %s", absence.sentence)
    answer = _answer(problem_of_absence(absence))
    answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001  as Django marks what it logged
    return answer


def _of_ours(error: Exception, response: Response, context: dict[str, Any]) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        given = error.given if isinstance(error, Unfit) else _sent(context)
        return invalid_input(_field_errors(error.detail, given), response.status_code)
    title = "Not found" if isinstance(error, Http404) else response.status_text
    detail = response.data.get("detail", title) if isinstance(response.data, dict) else title
    return Problem(response.status_code, title, str(detail))


def _wrong_values(error: Invalid, sent: Any) -> Iterator[dict[str, Any]]:
    """Yield what an action says of each value, which is told as it was sent where the request names it alike."""
    for wrong_value in error.problems:
        own = None if wrong_value.value == "" else wrong_value.value  # an empty text: nobody said anything
        value = sent[wrong_value.field] if sent and wrong_value.field in sent else own
        yield field_error(wrong_value.field, None if _SECRET.search(wrong_value.field) else value, wrong_value.expected)


def _unreadable(error: Exception) -> Problem:
    if isinstance(error, RequestDataTooBig):
        most_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return Problem(413, "Content too large", f"body: expected at most {most_bytes} bytes")
    if isinstance(error, SuspiciousOperation):
        return Problem(400, "Bad request", str(error)[:MAX_VALUE_SHOWN])
    # no parser should let it come to this, so the place is logged
    logger.error("a request was nested too deep for what reads it", exc_info=error)
    return Problem(400, "Bad request", f"body: expected JSON nested at most {MOST_DEPTH} deep")


def _answer(refusal: Problem, response: Response | None = None) -> Response:
    """Answer with a problem; of DRF's own answer the headers stay that say what to do next."""
    kept = {name: value for name, value in response.items() if name in _KEPT} if response is not None else {}
    return Response(
        _in_words(refusal.body), status=refusal.status, headers={**refusal.headers, **kept}, content_type=PROBLEM_JSON
    )


def _in_words(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered with its sentences in the language of whoever asked."""
    told = body | {"detail": in_words(body["detail"])}
    if "errors" in body:
        told["errors"] = [error | {"expected": in_words(error["expected"])} for error in body["errors"]]
    return told


def _sent(context: dict[str, Any]) -> Any:
    request = context.get("request")
    try:
        return {**request.query_params.dict(), **request.data} if request is not None else None
    except Exception:  # noqa: BLE001  the body could not be read, which is what the error already says
        return None


def _field_errors(detail: Any, sent: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Yield {field, value, expected} for every problem in a serializer's nested error detail."""
    for name, inner in _inner(detail):
        yield from _field_errors(inner, _value_at(sent, name), _path_to(path, name))
    if _inner(detail):
        return
    value = None if _SECRET.search(path) else sent
    for expected in detail if isinstance(detail, list) else [detail]:
        yield field_error(path, value, str(expected))


def _inner(detail: Any) -> list[tuple[str | int, Any]]:
    if isinstance(detail, dict):
        return list(detail.items())
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return [(index, item) for index, item in enumerate(detail) if item]
    return []


def _value_at(sent: Any, name: str | int) -> Any:
    if isinstance(sent, dict):
        return sent.get(name)
    if isinstance(sent, list) and isinstance(name, int) and name < len(sent):
        return sent[name]
    return None


def _path_to(path: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name
