"""`/healthz`, `/readyz` and `/metrics`."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client import CONTENT_TYPE_LATEST

from console.actions.apikey import find_key
from console.metrics import page


def healthz(request: HttpRequest) -> JsonResponse:
    """Say that the process is alive. Public."""
    return JsonResponse({"live": True})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether everything that a request needs is there; 503 with what is missing otherwise. Public."""
    checks = {name.rsplit(".", 1)[1]: import_string(name)() for name in settings.LOFT_READINESS}
    wrong = {name: reason for name, reason in checks.items() if reason}
    return JsonResponse({"ready": not wrong, "wrong": wrong, "checked": sorted(checks)}, status=503 if wrong else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Show metrics to a person who may see the network, or to a key with the scope `read`, of those who see all of it.

    The figures are of the whole installation: a customer's part cannot be told apart in them.
    """
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    key = find_key(token.strip(), timezone.now()) if word.lower() == "bearer" else None
    allowed = "read" in key.scopes if key else request.user.has_perm("network.view_site")
    sees = key.sees if key else getattr(request.user, "sees", frozenset())
    if allowed and sees is not None:
        return HttpResponse(
            "metrics are of the whole installation; expected a key or person of those who run the network, or of an "
            "authority\n", status=403, content_type="text/plain",
        )  # fmt: skip
    if not allowed:
        return HttpResponse(
            "metrics need a key with the scope read\n", status=403 if key else 401, content_type="text/plain"
        )
    return HttpResponse(page(), content_type=CONTENT_TYPE_LATEST)
