"""`/healthz`, `/readyz` and `/metrics`."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client import CONTENT_TYPE_LATEST

from console.actions.apikey import find_key
from console.metrics import page
from console.refusal import Message, Receive, Refusal, Send

if TYPE_CHECKING:
    from console.models import Person


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
    """Say whether everything that a request needs is there; 503 with what is missing otherwise. Public."""
    checks = {name.rsplit(".", 1)[1]: import_string(name)() for name in settings.LOFT_READINESS}
    wrong = {name: reason for name, reason in checks.items() if reason}
    return JsonResponse({"ready": not wrong, "wrong": wrong, "checked": sorted(checks)}, status=503 if wrong else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Show metrics to those who run the network and to authorities: a person, or a key with the scope `read`.

    They are figures of the whole installation, so that nobody else may see them.
    """
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    key = find_key(token.strip(), timezone.now()) if word.lower() == "bearer" else None
    right = "read" in key.scopes if key else request.user.has_perm("network.view_site")
    allowed = right and (key or cast("Person", request.user)).sees is None
    if not allowed:
        return HttpResponse(
            "metrics need a key with the scope read, of an organisation that runs the network or oversees it\n",
            status=403 if key else 401,
            content_type="text/plain",
        )
    return HttpResponse(page(), content_type=CONTENT_TYPE_LATEST)
