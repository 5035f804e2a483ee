"""On whose account a request goes, as far as that can be told cheaply before anything of it is read.

A key that this process knows names its organisation. A session does once its first request was answered. All others go
on the account of the address they come from, so that nobody gains by making sessions or keys up.
"""

from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from console.access.actor import HOME_PK
from console.access.callers import bearer, session_key
from console.access.keys import ring
from console.access.narrowing import unnarrowed
from console.access.session_people import roles_of
from console.door.address import identified, neighbourhood
from console.live.lines import digest_of
from console.models import Person
from console.rest.problem import Message

MOST_SESSIONS = 10_000
REMEMBERED_FOR_S = 300.0
MADE_FOR = "loft.made_for"
"""Where a request that others wait behind carries its `MadeFor`, see `console.door.shared`."""


@dataclass(frozen=True)
class Account:
    """Whose requests wait in one line. `organisation` is None for strangers, `key` 0 for who is signed in."""

    label: str
    organisation: int | None = None
    key: int = 0


@dataclass
class MadeFor:
    """Who may have an answer besides who asked for it: written by those who make it, from what they made it of.

    What was known before can be out of date: a role given meanwhile shows the answer more than others may see.
    """

    roles: Hashable = None
    """Those of whom it was made for; None: nobody else may have it."""
    is_own: bool = False
    """Whether each may get another one than who asked first, from what was answered to them before."""
    keep_for: Callable[[str, float], None] | None = None
    """Keeps it as the last answer to a session that was given it as well: its digest, and how long it lasts [s]."""


class Sessions:
    """Which organisation the people of sessions seen lately belong to. It only decides in which line they wait."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[str, tuple[int, float]] = {}

    def learn(self, session: str, organisation: int) -> None:
        """Remember whose a session is."""
        if len(self._known) >= MOST_SESSIONS:
            self._known.clear()
        self._known[digest_of(session)] = (organisation, self._clock())

    def of(self, session: str) -> int | None:
        """Return the organisation of a session's person, None when it was not seen lately."""
        organisation, at_s = self._known.get(digest_of(session), (None, 0.0))
        return organisation if organisation is not None and self._clock() - at_s < REMEMBERED_FOR_S else None


sessions = Sessions()


def account_of(scope: Message) -> Account:
    """Return the account of a request."""
    if token := bearer(scope):
        _, key = ring.cached(token, datetime.now(UTC))
        if key:
            return Account(f"organisation {key.organisation}", key.organisation, key.pk)
    elif (session := session_key(scope)) and (organisation := sessions.of(session)) is not None:
        return Account(f"organisation {organisation}", organisation)
    client = identified(scope).get("client")
    return Account(f"address {neighbourhood(client[0]) if client else 'nowhere'}")


class Accounted:
    """Middleware that remembers whose a session is, once somebody asked for its person anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look after the answer is made."""
        answer = self.get_response(request)
        person, session = getattr(request, "_cached_user", None), request.session.session_key
        if isinstance(person, Person) and session:
            if sessions.of(session) is None:
                sessions.learn(session, next(iter(person.roles), HOME_PK))
            if made_for := request.META.get(MADE_FOR):
                with suppress(DatabaseError), unnarrowed():
                    made_for.roles = roles_of(person, request.session)
        return answer
