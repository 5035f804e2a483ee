"""Who may open a socket, and keep it: one look at the database for all who ask at the same time, in turns.

Thousands of pages come back at once after an outage. Each look is at a few dozen of them, so that whoever asks for
something else has a turn in between; while one is under way the next ones gather. Where many ask, the others wait
before they cost anything (`console/door/lobby.py`). All open lines are looked at together every half a minute, and at
once when something of theirs has ended.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.utils import timezone

from console.access.accounts import sessions
from console.access.authentication import person_actor
from console.access.session_people import Opened, opened
from console.live import hub
from console.live.lines import Line, Lines, lines
from console.live.turns import Turns
from console.models import Person
from console.quota import sockets
from console.quota.counters import OverQuota

turns = Turns()
log = logging.getLogger(__name__)
RECHECK_EVERY_S = 30.0
TOGETHER_S = 10.0
"""Lines that would be looked at within this time are looked at with those that are due."""
RECHECK_AGAIN_S = 2.0
ENTRANTS_AT_ONCE = 128
RESTS, MOST_TAKEN_S = 1, 0.25
"""After a look at entrants comes a rest as long as it took, in which more gather; others have their turn."""
LINES_AT_ONCE = 256
ROOM = 2 * ENTRANTS_AT_ONCE
"""So many may ask until others have to wait for them: those who are looked at, and as many who gather meanwhile."""
MOST_WAITING = 512


class Unknown(Exception):  # noqa: N818  it reads as what it is
    """Nobody can look just now: the database is away, or too many wait."""


@dataclass(frozen=True)
class Verdict:
    """Whether a line may be open: for how many seconds (0: not), and whose rows its person may see."""

    person: Person | None = None
    left_s: float = 0.0
    sees: frozenset[int] | None = frozenset()
    too_many: OverQuota | None = None


NOBODY = Verdict()


class Entrance:
    """Looks at the lines of one web process. Only its event loop touches it; the looks themselves run in a thread."""

    def __init__(self, lines: Lines, clock: Callable[[], float] = monotonic) -> None:
        self.looks = 0
        self._lines, self._clock = lines, clock
        self._asking: dict[Line, asyncio.Future[Verdict]] = {}
        self._ended: list[Line] = []
        self._running: asyncio.Task[None] | None = None
        self._awake = asyncio.Event()
        self.on_room: Callable[[], None] = lambda: None
        """Is called when one more may ask."""
        lines.wake = self._wake

    @property
    def is_full(self) -> bool:
        """Whether no more may wait."""
        return len(self._asking) >= MOST_WAITING

    @property
    def has_room(self) -> bool:
        """Whether one more is looked at soon."""
        return len(self._asking) < ROOM

    async def ask(self, line: Line) -> Verdict:
        """Return whether a line may open. It must have joined `lines`, so that what ends from now on is heard.

        Raises:
            Unknown: the database is away.
        """
        asked: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._asking[line] = asked
        self._wake()
        try:
            return await asked
        finally:
            self._asking.pop(line, None)
            self.on_room()

    def watch(self, line: Line, told: Callable[[Verdict], None]) -> None:
        """A line is open: look at it now and then, and say what came of it."""
        line.told = told
        self._wake()

    def leave(self, line: Line) -> None:
        """Look at a line no more, and let another of its organisation have its place."""
        self._lines.leave(line)
        line.told = None  # who is told refers to the line
        if line.organisation is not None:
            self._ended.append(line)
            self._wake()

    def _wake(self) -> None:
        if self._running is None or self._running.done() or self._running.get_loop() is not asyncio.get_running_loop():
            self._awake = asyncio.Event()  # of this loop
            self._running = asyncio.create_task(self._run())
        self._awake.set()

    async def _run(self) -> None:
        """Look at whoever asks or is due; end when there is nobody."""
        while self._asking or self._ended or len(self._lines):
            now_s = self._clock()
            batch = self._next(now_s)
            if batch or self._ended:
                await self._look(batch, now_s)
                if self._asking:
                    await asyncio.sleep(min(MOST_TAKEN_S, self._clock() - now_s) * RESTS)
                continue
            self._awake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._lines.due_in_s(now_s)):
                    await self._awake.wait()

    def _next(self, now_s: float) -> list[Line]:
        if entrants := [line for line in self._asking if not self._asking[line].done()][:ENTRANTS_AT_ONCE]:
            return entrants + self._lines.due(now_s, 0.0)[:LINES_AT_ONCE]
        if self._lines.due_in_s(now_s) > 0:
            return []
        return self._lines.due(now_s, TOGETHER_S)[:LINES_AT_ONCE]

    async def _look(self, batch: Sequence[Line], now_s: float) -> None:
        ended, self._ended = self._ended, []
        for line in batch:
            line.is_doubted = False  # what ends from here on is a new doubt; it is sure only once this look is over
        self.looks += 1
        try:
            verdicts = await look(batch, ended)
        except DatabaseError as reason:
            log.warning("could not look whether %d lines may be open: %s", len(batch), reason)
            self._postpone(batch, now_s)
            return
        except Exception:
            log.exception("could not look whether %d lines may be open", len(batch))
            self._postpone(batch, now_s)
            return
        for line, verdict in zip(batch, verdicts, strict=True):
            self._settle(line, verdict)

    def _settle(self, line: Line, verdict: Verdict) -> None:
        now_s = self._clock()
        line.ends_s = now_s + verdict.left_s
        line.due_s = min(now_s + RECHECK_EVERY_S, line.ends_s) if verdict.left_s else now_s + RECHECK_AGAIN_S  # it ends
        line.is_sure = verdict.left_s > 0 and not line.is_doubted
        if line not in self._lines and line.organisation is not None:
            self._ended.append(line)  # it left while it was looked at, and was counted
        if line.organisation is not None:
            sessions.learn(line.session_key, line.organisation)  # in whose account its page's requests go
        if asked := self._asking.get(line):
            turns.ask(partial(_resolve, asked, verdict))
        elif line.told:
            line.told(verdict)

    def _postpone(self, batch: Sequence[Line], now_s: float) -> None:
        """Open lines stay as they are; whoever asks is told to come again."""
        for line in batch:
            line.due_s, line.is_sure = now_s + RECHECK_AGAIN_S, False
            if (asked := self._asking.get(line)) and not asked.done():
                asked.set_exception(Unknown())


def _resolve(asked: asyncio.Future[Verdict], verdict: Verdict) -> None:
    if not asked.done():
        asked.set_result(verdict)


@database_sync_to_async  # type: ignore[untyped-decorator]
def look(batch: Sequence[Line], ended: Sequence[Line]) -> list[Verdict]:
    """Look at some lines, and count them for their organisations after those that have ended."""
    found = opened({line.session_key for line in batch}, timezone.now()) if batch else {}
    verdicts = [_verdict(line, found.get(line.session_key)) for line in batch]
    refused = sockets.hold_all(
        _named(line for line, verdict in zip(batch, verdicts, strict=True) if verdict.left_s), _named(ended)
    )
    return [
        Verdict(verdict.person, too_many=refused[line.name]) if line.name in refused else verdict
        for line, verdict in zip(batch, verdicts, strict=True)
    ]


def _verdict(line: Line, session: Opened | None) -> Verdict:
    if session is None:
        return NOBODY
    person = session.person
    if not all(topic in hub.RIGHTS and person.has_perm(hub.RIGHTS[topic]) for topic in line.topics):
        return Verdict(person)
    if session.left_s:
        line.organisation, line.roles = person_actor(person).organisation, session.roles
    return Verdict(person, session.left_s, person.sees)


def _named(some: Iterable[Line]) -> dict[int, list[str]]:
    named = defaultdict(list)
    for line in some:
        if line.organisation is not None:
            named[line.organisation].append(line.name)
    return named


entrance = Entrance(lines)
