"""On whose account a request goes, as far as that can be told cheaply before anything of it is read.

A key that this process knows names its organisation. A session does once its first request was answered. All others go
on the account of the address they come from, so that nobody gains by making sessions or keys up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from console.actor import HOME_PK
from console.address import identified, neighbourhood
from console.callers import bearer, session_key
from console.keys import ring
from console.lines import digest_of
from console.models import Person
from console.rest.problem import Message

MOST_SESSIONS = 10_000
REMEMBERED_FOR_S = 300.0


@dataclass(frozen=True)
class Account:
    """Whose requests wait in one line. `organisation` is None for strangers, `key` 0 for who is signed in."""

    label: str
    organisation: int | None = None
    key: int = 0


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
        if isinstance(person, Person) and session and sessions.of(session) is None:
            sessions.learn(session, next(iter(person.roles), HOME_PK))
        return answer
