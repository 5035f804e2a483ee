"""POST requests that may be sent again without effect: `Idempotency-Key`."""

import hashlib
from collections.abc import Callable

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from console.access.authentication import actor_of
from console.actions.idempotency import Answer, KeyReused, once

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
