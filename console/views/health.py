"""`/healthz`, `/readyz` and `/metrics`."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string


def healthz(request: HttpRequest) -> JsonResponse:
    """The process is alive."""
    return JsonResponse({"live": True})


def readyz(request: HttpRequest) -> JsonResponse:
    """Everything that a request needs is there; 503 with what is missing otherwise."""
    checks = {name.rsplit(".", 1)[1]: import_string(name)() for name in settings.LOFT_READINESS}
    wrong = {name: reason for name, reason in checks.items() if reason}
    return JsonResponse({"ready": not wrong, "wrong": wrong, "checked": sorted(checks)}, status=503 if wrong else 200)
