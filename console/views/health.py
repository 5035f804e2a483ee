"""`/healthz`, `/readyz` and `/metrics`."""

import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client import CONTENT_TYPE_LATEST

from console.access.keys import Key
from console.actions.access.apikey import find_key
from console.metrics import page
from console.models import Person
from console.rest.problem import Message, Receive, Refusal, Send
from console.service_settings import NEEDED_BY_NO_REQUEST

log = logging.getLogger(__name__)
MANAGE = "console.manage_people"
_wrong_before: frozenset[str] = frozenset()


async def healthz(scope: Message, receive: Receive, send: Send) -> None:
    """Say that the event loop turns, bare ASGI: a busy pool of threads is no dead process. Public."""
    if scope["method"] not in ("GET", "HEAD"):
        return await Refusal(405, "Method not allowed", f"{scope['method']} given; expected GET").answer(scope, send)
    body = b'{"live": true}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, (b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": body})
    return None


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether everything that a request needs is there; 503 with the names of what is missing otherwise. Public.

    What is wrong and needed by no request is named as well, and is no 503.

    What exactly is wrong with each may hold addresses and names of ours: it is told to an administrator or to a key
    with the scope `metrics:read`, of those who see all, and stands in the log.
    """
    checks = {name.rsplit(".", 1)[1]: import_string(name)() for name in settings.LOFT_READINESS}
    wrong = {name: reason for name, reason in checks.items() if reason}
    _note(wrong)
    is_ready = wrong.keys() <= NEEDED_BY_NO_REQUEST
    body: dict[str, Any] = {"ready": is_ready, "wrong": sorted(wrong), "checked": sorted(checks)}
    if wrong and _may_see_reasons(request):
        body["reasons"] = wrong
    return JsonResponse(body, status=200 if is_ready else 503)


def _note(wrong: dict[str, str]) -> None:
    """Log what is wrong when something else is wrong than the last time: whoever asks often fills no log."""
    global _wrong_before  # noqa: PLW0603  one per process, as the log is
    if wrong.keys() != _wrong_before:
        log.warning("not ready: %s", "; ".join(wrong.values())) if wrong else log.info("ready again")
    _wrong_before = frozenset(wrong)


def _may_see_reasons(request: HttpRequest) -> bool:
    try:
        key = _key_of(request)
        if key:
            return key.may("metrics:read") and key.sees is None
        person = request.user
        return isinstance(person, Person) and person.has_perm(MANAGE) and person.sees_by(MANAGE) is None
    except DatabaseError:  # who asks cannot be known just now
        return False


def _key_of(request: HttpRequest) -> Key | None:
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    address = request.META.get("REMOTE_ADDR", "")
    return find_key(token.strip(), timezone.now(), address) if word.lower() == "bearer" else None


def metrics(request: HttpRequest) -> HttpResponse:
    """Show metrics to those who see all: a person who may see the network, or a key with the scope `metrics:read`.

    The figures are of the whole installation: a customer's part cannot be told apart in them.
    """
    key = _key_of(request)
    allowed = key.may("metrics:read") if key else request.user.has_perm("network.view_site")
    sees = key.sees if key else getattr(request.user, "sees", frozenset())
    if allowed and sees is not None:
        return HttpResponse(
            "metrics are of the whole installation; expected a key or person of those who run the network, or of an "
            "authority\n",
            status=403,
            content_type="text/plain",
        )
    if not allowed:
        return HttpResponse(
            "metrics need a key with the scope metrics:read\n",
            status=403 if key else 401,
            content_type="text/plain",
        )
    return HttpResponse(page(), content_type=CONTENT_TYPE_LATEST)
