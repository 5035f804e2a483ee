"""Which answers of pages and REST are refusals, and of whom."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from console.access.actor import Actor
from console.access.authentication import actor_of_key, person_actor
from console.access.keys import Key
from console.actions.access import security
from console.models import Person

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
LINE = "GET /ws"


class Noted:
    """Middleware: a 401, 403 or 429 is noted for the audit trail, in memory; see `console.actions.access.security`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Note the answer where it is a refusal."""
        answer = self.get_response(request)
        if answer.status_code in security.VERBS:
            address = request.META.get("REMOTE_ADDR", "")
            security.note_refusal(answer.status_code, _what(request), address, timezone.now(), _who(request, address))
        return answer


def note_line(status: int, scope: Mapping[str, Any]) -> None:
    """Note that a socket was refused at its opening, as a request would be that is answered so."""
    address = (scope.get("client") or ("",))[0]
    security.note_refusal(status, LINE, address, timezone.now(), _person(scope.get("user"), address))


def _what(request: HttpRequest) -> str:
    """Return the route, not the path: whoever makes up paths makes up no subjects."""
    match = request.resolver_match
    method = request.method if request.method in METHODS else "another method"
    return f"{method} /{match.route}" if match else f"{method} of no address"


def _who(request: HttpRequest, address: str) -> Actor | None:
    key = getattr(request, "auth", None)
    if isinstance(key, Key):
        return actor_of_key(key, address or None)
    return _person(getattr(request, "user", None), address)


def _person(person: Any, address: str) -> Actor | None:
    try:
        return person_actor(person, address or None) if isinstance(person, Person) and person.pk else None
    except DatabaseError:  # who asks cannot be known just now
        return None
