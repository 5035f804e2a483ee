"""Signing in: how often a password may be tried, from where, and what is written down of it.

An attempt of a stranger counts for name and address together, for the name and for the address; each of the three makes
the next attempt wait, none locks anybody out for good. Who is known (a browser, or an address, from which this name
signed in lately) waits for their own failures only, so that nobody keeps others out by guessing at their names.
"""

import hashlib
import logging
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.core import signing
from django.db import DatabaseError

from console.access.throttle import AWAY, PREFIX, Book, Rule, give_back, take
from console.actions.access.security import record_sparingly
from console.actions.audit.audit import Actor, record
from console.database import condition_of
from console.door.address import neighbourhood
from console.door.browser_words import browser_words
from console.door.turnstile import Busy, Turnstile
from console.models import Person, SignInAttempt, SignInOutcome, SignInWay
from console.redis_clients import client

log = logging.getLogger(__name__)
KNOWN_FOR = timedelta(days=60)
MOST_NAMES = 8
SALT = "console.sign_in.browser"
OF_NAME = Rule(free=30, most_s=60, leak_s=60)
OF_ADDRESS = Rule(free=20, most_s=900, leak_s=60)
BUSY_FOR_S = 5
_strangers = Turnstile(share=0.5, most_waiting=2)
_known = Turnstile(share=1.0, most_waiting=2)


class TooSoon(Exception):  # noqa: N818
    """The password was not looked at: it has to be waited first."""

    def __init__(self, wait_s: float, *, is_busy: bool = False) -> None:
        super().__init__(f"wait {wait_s:.0f} s")
        self.wait_s = max(1, ceil(wait_s))
        self.is_busy = is_busy


@dataclass(frozen=True)
class Browser:
    """A browser from which people signed in: `names` are digests of theirs, the newest first."""

    mark: str
    names: tuple[str, ...] = ()

    @classmethod
    def of_cookie(cls, cookie: str) -> "Browser":
        """Return what our own cookie says; a new browser for any other text."""
        try:
            mark, names = signing.loads(cookie, salt=SALT, max_age=KNOWN_FOR)
            return cls(str(mark), tuple(str(name) for name in names))
        except (signing.BadSignature, ValueError, TypeError):
            return cls(secrets.token_urlsafe(12))

    def with_name(self, name: str) -> "Browser":
        """Return it as known for one more name."""
        others = tuple(other for other in self.names if other != name)
        return Browser(self.mark, (name, *others)[:MOST_NAMES])

    def as_cookie(self) -> str:
        """Return what its cookie says."""
        return signing.dumps([self.mark, self.names], salt=SALT)


@dataclass(frozen=True)
class Attempt:
    """One try at a name: from which address, with which browser."""

    name: str
    address: str
    browser: Browser
    agent: str = ""

    @property
    def name_digest(self) -> str:
        """The name as tallies know it: never in the clear, for people type passwords into the wrong field."""
        plain = unicodedata.normalize("NFKC", self.name).strip().casefold()
        return hashlib.sha256(plain.encode(errors="replace")).hexdigest()[:32]


@contextmanager
def admitted(attempt: Attempt, now: datetime) -> Iterator[None]:
    """Count an attempt and hold the right to look at a password, or at another secret of this person.

    Raises:
        TooSoon: this name, this address or both have to wait, or too many passwords are being looked at.
    """
    is_known = _is_known(attempt)
    book = _book(attempt, is_known=is_known)
    wait_s = take(book, now.timestamp())
    if wait_s:
        raise TooSoon(wait_s)
    try:
        with (_known if is_known else _strangers).turn():
            yield
    except DatabaseError as reason:
        if condition_of(reason):  # nothing was looked up, so nothing was guessed
            give_back(book, {}, now.timestamp())
        raise
    except Busy:
        give_back(book, {}, now.timestamp())
        raise TooSoon(BUSY_FOR_S, is_busy=True) from None


@contextmanager
def admitted_from(address: str, now: datetime) -> Iterator[None]:
    """Count an attempt of whom no name is known yet, for its address alone; `passed_from` uncounts it.

    Raises:
        TooSoon: this address has to wait.
    """
    wait_s = take({f"address:{neighbourhood(address)}": OF_ADDRESS}, now.timestamp())
    if wait_s:
        raise TooSoon(wait_s)
    yield


def passed_from(address: str, now: datetime) -> None:
    """An attempt that `admitted_from` counted turned out well."""
    give_back({f"address:{neighbourhood(address)}": OF_ADDRESS}, {}, now.timestamp())


@contextmanager
def proving(attempt: Attempt, now: datetime) -> Iterator[None]:
    """Hold the right to look at a secret of someone who is signed in; what fails counts as a failed sign-in does.

    Raises:
        TooSoon: as `admitted` does.
    """
    with admitted(attempt, now):
        yield  # what raises leaves the attempt counted
    give_back({} if _is_known(attempt) else _shared(attempt), _own(attempt), now.timestamp())


def passed_first_step(attempt: Attempt, now: datetime) -> None:
    """The password was right and a code is asked for: name and address have not failed.

    The tally of both together stays until the code is right, so that who has the password cannot guess at codes freely.
    """
    if not _is_known(attempt):
        give_back(_shared(attempt), {}, now.timestamp())


def succeeded(attempt: Attempt, person: Person, now: datetime, way: SignInWay = SignInWay.PASSWORD) -> Browser:
    """Write down that someone signed in; return their browser, known from now on for this name."""
    shared = {} if _is_known(attempt) else _shared(attempt)
    give_back(shared, _own(attempt), now.timestamp())
    try:
        client().set(_seen_key(attempt), 1, ex=KNOWN_FOR)
    except AWAY as reason:
        log.warning("the address of a sign-in could not be remembered: %s", reason)
    record(
        Actor(person.get_username(), person=person, address=attempt.address or None),
        "signed in",
        f"person {person.get_username()}",
        now,
        way=way.value,
    )
    _keep(attempt, person, SignInOutcome.SIGNED_IN, way, now)
    return attempt.browser.with_name(attempt.name_digest)


def failed(
    attempt: Attempt,
    now: datetime,
    outcome: SignInOutcome = SignInOutcome.WRONG_PASSWORD,
    way: SignInWay = SignInWay.PASSWORD,
) -> None:
    """Write down that a sign-in failed. A name that nobody has is not repeated: it may be a password."""
    name = attempt.name.strip()
    person = Person.objects.filter(username=name).first() if "\0" not in name else None  # PostgreSQL fails over a NUL
    subject = f"person {person.get_username()}" if person else "an unknown name"
    stranger = Actor("anonymous", address=attempt.address or None)
    how = "" if outcome == SignInOutcome.WRONG_PASSWORD else f" ({outcome.value.replace('_', ' ')})"
    record_sparingly(stranger, f"failed to sign in{how}", subject, now)
    if person:
        _keep(attempt, person, outcome, way, now)


def signed_out(person: Person, address: str, now: datetime) -> None:
    """Write down that someone signed out."""
    name = person.get_username()
    record(Actor(name, person=person, address=address or None), "signed out", f"person {name}", now)


def _keep(attempt: Attempt, person: Person, outcome: SignInOutcome, way: SignInWay, now: datetime) -> None:
    SignInAttempt.objects.create(
        at=now, person=person, address=attempt.address or None, browser=browser_words(attempt.agent),
        way=way, outcome=outcome,
    )  # fmt: skip


def _book(attempt: Attempt, *, is_known: bool) -> Book:
    return _own(attempt) if is_known else {**_own(attempt), **_shared(attempt)}


def _own(attempt: Attempt) -> Book:
    """The tally of one name from one browser that it knows, else from one address."""
    knows = attempt.name_digest in attempt.browser.names
    origin = attempt.browser.mark if knows else neighbourhood(attempt.address)
    rule = Rule(free=settings.LOFT_LOGIN_FAILURE_LIMIT, most_s=900, leak_s=600)
    return {f"pair:{attempt.name_digest}:{origin}": rule}


def _shared(attempt: Attempt) -> Book:
    address = neighbourhood(attempt.address)
    return {f"name:{attempt.name_digest}": OF_NAME, f"address:{address}": OF_ADDRESS}


def _is_known(attempt: Attempt) -> bool:
    if attempt.name_digest in attempt.browser.names:
        return True
    try:
        return bool(client().exists(_seen_key(attempt)))
    except AWAY:
        return False


def _seen_key(attempt: Attempt) -> str:
    return f"{PREFIX}seen:{attempt.name_digest}:{neighbourhood(attempt.address)}"
