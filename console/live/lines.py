"""Open sockets of this process: how many each sign-in may have, and whom to look at again when something ended.

A sign-out, a withdrawn right or a disabled person is told to every web process over Redis, as a revoked key is; the
sockets concerned then ask the database at once. What was told while Redis was away is made up for by asking for all.
"""

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from itertools import count
from math import inf
from time import monotonic
from typing import Any
from uuid import uuid4

from django.conf import settings

from console.once import once
from console.redis_clients import GONE, client

log = logging.getLogger(__name__)
LINES_CHANNEL = "loft.lines"
TOO_MANY = 4429
TRY_LATER = 1013
MOST_REMEMBERED = 64
"""Longer session keys are a stranger's inventions, and not remembered."""
listeners: list[Callable[[str, str], None]] = []
"""Who else is to hear what ended: "session" and its digest, "person" and their key, or "all"."""


class Full(Exception):  # noqa: N818
    """One line more would be too many. `code` closes it, the text says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


_numbers = count(1)


@once
def _process() -> str:
    """Return a name of this process that no other has."""
    return uuid4().hex


class Line:
    """One socket: of which sign-in, for which topics, of which person and organisation once that is known."""

    def __init__(self, session_key: str, topics: frozenset[str] = frozenset()) -> None:
        self.session_key, self.session, self.topics = session_key, digest_of(session_key), topics
        self.name = f"{_process()}-{next(_numbers)}"
        self.person: int | None = None
        self.organisation: int | None = None
        self.roles: Hashable = None
        """What all have in common who see and may do the same; None: not known."""
        self.due_s = inf
        self.ends_s = -inf
        """When its session ends if nobody uses it any more, as the last look at it found."""
        self.is_doubted = False
        self.is_sure = False
        """Whether nothing has ended since the last look at it that came to something."""
        self.told: Callable[[Any], None] | None = None
        """Hears what came of each look at it while it is open."""


class Lines:
    """All sockets of one web process. Only its event loop touches them."""

    def __init__(self) -> None:
        self._open: set[Line] = set()
        self._of_session: defaultdict[str, set[Line]] = defaultdict(set)
        self._of_person: Counter[int] = Counter()
        self.is_hearing = False
        """Whether what has ended is told to this process just now."""
        self.wake: Callable[[], None] = lambda: None
        """Is called when lines are in doubt."""

    @property
    def is_full(self) -> bool:
        """Whether the process has as many as it may."""
        return len(self._open) >= settings.LOFT_SOCKETS_PER_PROCESS

    def join(self, line: Line) -> None:
        """Count a line in, before anything is known of its session: what ends from now on is heard.

        Raises:
            Full: the process has as many as it may.
        """
        if self.is_full:
            raise Full(TRY_LATER, f"this server holds {settings.LOFT_SOCKETS_PER_PROCESS} lines, which is all it may")
        self._open.add(line)

    def count(self, line: Line, person: int) -> None:
        """Count a line for its sign-in and its person.

        Raises:
            Full: one of them has as many as it may.
        """
        if len(self._of_session.get(line.session, ())) >= settings.LOFT_SOCKETS_PER_SESSION:
            raise Full(TOO_MANY, f"at most {settings.LOFT_SOCKETS_PER_SESSION} lines per sign-in")
        if self._of_person[person] >= settings.LOFT_SOCKETS_PER_PERSON:
            raise Full(TOO_MANY, f"at most {settings.LOFT_SOCKETS_PER_PERSON} lines per person")
        line.person = person
        self._of_session[line.session].add(line)
        self._of_person[person] += 1

    def leave(self, line: Line) -> None:
        """Count a line out."""
        self._open.discard(line)
        if line.person is not None:
            self._of_session[line.session].discard(line)
            if not self._of_session[line.session]:
                del self._of_session[line.session]
            self._of_person[line.person] -= 1
            if not self._of_person[line.person]:
                del self._of_person[line.person]
            line.person = None

    def roles_of(self, session_key: str) -> Hashable:
        """Return the roles of whose session it is, as its lines know them; None when none is sure, or they differ."""
        now_s, roles = monotonic(), None
        for line in self._of_session.get(digest_of(session_key), ()) if self.is_hearing else ():
            if line.told and line.is_sure and now_s < line.due_s:
                if line.roles is None or (roles is not None and line.roles is not roles and line.roles != roles):
                    return None
                roles = line.roles
        return roles

    def left_s_of(self, session_key: str) -> float:
        """Return for how long a session lasts if nobody uses it any more, as its lines know: rather too short."""
        ends_s = (line.ends_s for line in self._of_session.get(digest_of(session_key), ()))
        return max(0.0, max(ends_s, default=-inf) - monotonic())

    def doubt(self, kind: str, value: str) -> None:
        """Doubt the lines of one session (by its digest) or of one person (by their key), and who is not known yet."""
        self._doubt(
            line for line in self._open if value == (line.session if kind == "session" else str(line.person))
            or (kind == "person" and line.person is None)
        )  # fmt: skip

    def doubt_all(self) -> None:
        """Doubt every line: something may have gone unheard."""
        _tell_listeners("all")
        self._doubt(self._open)

    def due(self, now_s: float, within_s: float) -> list[Line]:
        """Return the lines that are in doubt, and those to be looked at within a time."""
        return [line for line in self._open if line.told and (line.is_doubted or line.due_s <= now_s + within_s)]

    def due_in_s(self, now_s: float) -> float:
        """Return after how many seconds the next is due."""
        due_s = (now_s if line.is_doubted else line.due_s for line in self._open if line.told)
        return max(0.0, min(due_s, default=now_s + 60.0) - now_s)

    def _doubt(self, some: Iterable[Line]) -> None:
        doubted = list(some)
        for line in doubted:
            line.is_doubted, line.is_sure = True, False
        if doubted:
            self.wake()

    def __contains__(self, line: Line) -> bool:
        return line in self._open

    def __len__(self) -> int:
        return len(self._open)


lines = Lines()


def take(message: bytes) -> None:
    """Take what another process told."""
    kind, _, value = message.decode().partition(" ")
    lines.doubt(kind, value)
    _tell_listeners(kind, value)


def tell_session(session_key: str) -> None:
    """A session has ended, or acts for another organisation: tell every process. Call it after the commit."""
    _tell("session", digest_of(session_key))


def tell_person(person: int) -> None:
    """A person was disabled or lost a right: tell every process. Call it after the commit."""
    _tell("person", str(person))


def digest_of(session_key: str) -> str:
    """Return what stands for a session: its key opens doors and is told to nobody."""
    known = len(session_key) <= MOST_REMEMBERED
    return _known_digest(session_key) if known else _known_digest.__wrapped__(session_key)


@lru_cache(maxsize=4_096)
def _known_digest(session_key: str) -> str:
    return hashlib.sha256(session_key.encode(errors="replace")).hexdigest()


def _tell(kind: str, value: str) -> None:
    _tell_listeners(kind, value)  # those of this process at once, whether or not Redis answers
    try:
        client().publish(LINES_CHANNEL, f"{kind} {value}")
    except GONE as reason:  # once Redis is back every process looks at all its lines
        log.warning("could not tell the sockets: %s", reason)


def _tell_listeners(kind: str, value: str = "") -> None:
    for listener in listeners:
        listener(kind, value)
