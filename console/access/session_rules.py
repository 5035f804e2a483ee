"""What a session has to keep to: it ends when nobody uses it, and opens nothing before its person did what is due.

What counts as use: opening a page, changing something, and keys and pointers, of which pages tell (at most once a
minute). What a page asks for by itself, and an open socket, count for nothing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from console.access.sessions import ORIGIN
from console.database import is_unwritable
from console.middleware import Respond
from console.models import Person, SignedIn, SignInWay
from console.rest.problem import PROBLEM_JSON, Problem

NOTED_EVERY = timedelta(seconds=30)
MOST_KNOWN = 10_000
ALWAYS_OPEN = ("/account", "/logout", "/login", "/api/v1/me", "/i18n", "/oidc", "/static", "/readyz")
SAFE = ("GET", "HEAD", "OPTIONS")
DUE = {
    "password": "Your password was set by somebody else: change it first, at /account or /api/v1/me/password.",
    "code": "Codes besides the password are required of you: set them up first, at /account or /api/v1/me/totp.",
}
_active_at: dict[str, datetime] = {}
"""When sessions were last used as far as this process knows, so that the database is asked and told now and then."""


class SessionRules:
    """The middleware; after the one that finds the session's person."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Hold a signed-in person's session to its rules."""
        if SESSION_KEY in request.session and request.user.is_authenticated:
            now = timezone.now()
            if is_idle(request.session, now):
                request.session.flush()
                request.user = AnonymousUser()
                return self.get_response(request)
            if is_use(request):
                note_use(request.session, now)
            due = what_is_due(request.user, request.session)
            if due and not _is_open(request.path):
                return _refused(request, due)
        return self.get_response(request)


def is_use(request: HttpRequest) -> bool:
    """Whether a request is something that a person did, and not what a page asks for by itself."""
    return request.method not in SAFE or not request.path.startswith(("/api/", "/i18n/", "/metrics", "/readyz"))


def what_is_due(person: Person, session: Any) -> str | None:
    """Return what a person has to do before anything else: "password", "code" or None.

    Whoever comes from the identity provider has shown there what is asked for here.
    """
    if session.get(ORIGIN, {}).get("way") == SignInWay.PROVIDER:
        return None
    if person.must_change_password:
        return "password"
    return "code" if not person.totp_since and person.requires_totp else None


def is_idle(session: Any, now: datetime) -> bool:
    """Whether a session was not used for `LOFT_IDLE_MIN` minutes."""
    return settings.LOFT_IDLE_MIN > 0 and idle_left_s(session, now) <= 0


def idle_left_s(session: Any, now: datetime) -> float:
    """Return for how many seconds more a session may go without use. What is known here can only be too early."""
    limit = timedelta(minutes=settings.LOFT_IDLE_MIN)
    known = _known(session, now)
    if known + limit <= now:
        row = SignedIn.objects.filter(session_key=session.session_key).values_list("active_at", flat=True).first()
        known = max(known, row or known)
        _keep(session.session_key, known)
    return (known + limit - now).total_seconds()


def learn_use(sessions: Iterable[Any], now: datetime) -> None:
    """Read when many sessions were last used, as far as it matters, with one question: `idle_left_s` then asks none."""
    limit = timedelta(minutes=settings.LOFT_IDLE_MIN)
    unsure = {session.session_key: known for session in sessions if (known := _known(session, now)) + limit <= now}
    if unsure:
        rows = SignedIn.objects.filter(session_key__in=unsure).values_list("session_key", "active_at")
        for key, active_at in rows:
            _keep(key, max(unsure[key], active_at))


def note_use(session: Any, now: datetime) -> None:
    """Write down that a session was used, unless that was done within half a minute.

    A page is not refused because nothing can be written: this process knows of the use, and writes down the next one.
    """
    if now - _known(session, now) < NOTED_EVERY:
        return
    try:
        SignedIn.objects.filter(session_key=session.session_key, active_at__lt=now).update(active_at=now)
    except DatabaseError as reason:
        if not is_unwritable(reason):
            raise
    _keep(session.session_key, now)


def _known(session: Any, now: datetime) -> datetime:
    """Return when it was last used as far as is known here; not what a clock that was ahead says of it."""
    started = datetime.fromtimestamp(session.get(ORIGIN, {}).get("at_s", 0), UTC)
    times = [at for at in (started, _active_at.get(session.session_key, started)) if at <= now]
    return max(times, default=now - timedelta(minutes=settings.LOFT_IDLE_MIN) - NOTED_EVERY)


def _keep(session_key: str, at: datetime) -> None:
    if len(_active_at) >= MOST_KNOWN:
        _active_at.clear()
    _active_at[session_key] = at


def _is_open(path: str) -> bool:
    """Whether a path is one of these or below it: `/api/v1/me/totp`, and not `/api/v1/members`."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in ALWAYS_OPEN)


def _refused(request: HttpRequest, due: str) -> HttpResponseBase:
    if request.method in SAFE and not request.path.startswith(("/api/", "/metrics")):
        return redirect("console:account")
    return HttpResponse(Problem(403, "Forbidden", str(DUE[due])).json, status=403, content_type=PROBLEM_JSON)
