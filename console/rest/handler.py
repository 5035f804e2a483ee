"""How every error reaches a REST caller: RFC 9457 problem details, said once, here."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from console.errors import Refused, Unavailable
from console.quota.counters import OverQuota
from console.rest.problem import PROBLEM_JSON
from console.strict_json import MOST_DEPTH

MAX_VALUE_SHOWN = 200
MAX_WHOLE_SHOWN = 2**63 - 1  # what readers of JSON and the database take for a whole number
_SECRET = re.compile(r"password|secret|token")  # fields whose values no answer repeats
logger = logging.getLogger(__name__)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a REST caller with problem details; None leaves an unforeseen error to Django's 500."""
    if isinstance(error, Refused | Unavailable | OverQuota):
        return _refusal(error)
    if isinstance(error, SuspiciousOperation | RecursionError):
        return _unreadable(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    headers = {name: value for name, value in response.items() if name in ("WWW-Authenticate", "Retry-After", "Allow")}
    if isinstance(error, exceptions.ValidationError):
        errors = list(_field_errors(error.detail, _sent(context)))
        return _answer(response.status_code, "Invalid input", f"{len(errors)} problem(s)", errors, headers)
    title = "Not found" if isinstance(error, Http404) else response.status_text
    detail = response.data.get("detail", title) if isinstance(response.data, dict) else title
    return _answer(response.status_code, title, str(detail), headers=headers)


def _refusal(error: Refused | Unavailable | OverQuota) -> Response:
    if isinstance(error, OverQuota):
        return _answer(429, "Quota used up", str(error), headers=error.headers, members=error.members)
    if isinstance(error, Unavailable):
        return _answer(503, "Unavailable", str(error), headers={"Retry-After": str(error.retry_after_s)})
    return _answer(409, "Refused", str(error))


def _unreadable(error: Exception) -> Response:
    if isinstance(error, RequestDataTooBig):
        return _answer(413, "Content too large", f"body: expected at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes")
    if isinstance(error, SuspiciousOperation):
        return _answer(400, "Bad request", str(error)[:MAX_VALUE_SHOWN])
    # no parser should let it come to this, so the place is logged
    logger.error("a request was nested too deep for what reads it", exc_info=error)
    return _answer(400, "Bad request", f"body: expected JSON nested at most {MOST_DEPTH} deep")


def _answer(
    status: int,
    title: str,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        **(members or {}),
    }
    if errors is not None:
        body["errors"] = errors
    return Response(body, status=status, headers=headers, content_type=PROBLEM_JSON)


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
    value = None if _SECRET.search(path) else shown(sent)
    for expected in detail if isinstance(detail, list) else [detail]:
        yield {"field": shown(path), "value": value, "expected": str(expected)}


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


def shown(value: Any) -> Any:
    """Return a value as an error may repeat it: short, and never a whole body."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_WHOLE_SHOWN):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    text = str(value).encode(errors="replace").decode().replace("\0", "\ufffd")  # neither sent nor stored, these two
    return text if len(text) <= MAX_VALUE_SHOWN else text[:MAX_VALUE_SHOWN] + "…"
