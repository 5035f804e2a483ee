"""What POST endpoints share: a bounded body, its fingerprint, `Idempotency-Key`."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from console.authentication import actor_of
from console.rest.bounded import TooLarge
from console.rest.limits import most_bytes
from industry.actions.idempotency import Answer, KeyReused, once

MOST_KEY = 200
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=f"1 to {MOST_KEY} printable ASCII characters. For 24 h a repeat with the same body gets the first "
    "answer (and `Idempotent-Replayed: true`), with another body 422.",
)


class KeyReusedProblem(APIException):
    """The same idempotency key came with another body."""

    status_code = 422


class BytesParser(BaseParser):
    """Hands the body on as it came, within the limit of its route."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the body."""
        request = (parser_context or {})["request"]
        most = most_bytes(request.method, request.path)
        body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"more than {most}", most)
        return body


class LinesParser(BytesParser):
    """The same for NDJSON."""

    media_type = "application/x-ndjson"


def body_of(request: Request) -> bytes:
    """Return the body as it came; an empty one when there is none."""
    body: Any = request.data
    return body if isinstance(body, bytes) else b""


def once_per_key(request: Request, body: bytes, do: Callable[[], Answer]) -> Response:
    """Answer a POST, a repeat of it (by `Idempotency-Key`) with the first answer."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MOST_KEY or not (key.isascii() and (key.isprintable() or not key)):
        raise ValidationError({"Idempotency-Key": [f"1 to {MOST_KEY} printable ASCII characters"]})
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()
    try:
        answer = once(actor_of(request), key, fingerprint, timezone.now(), do)
    except KeyReused as reason:
        raise KeyReusedProblem(str(reason)) from reason
    headers = {"Idempotent-Replayed": "true"} if answer.is_replay else None
    return Response(answer.body, answer.status, headers=headers)
