"""The demo city on a simulated clock: the emulator's own faults, reflectors and counters, and a prober that waits not.

Every packet suffers what the emulator's reflector decides, at the time at which the real prober's timetable sends it;
what the round found out is concluded by the real sessions. Only sockets and waiting are left out.
"""

import heapq
import itertools
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from console.outbound import purposes
from network.emulator.equipment.equipment import Equipment
from network.emulator.faults.faults import Faults
from network.emulator.faults.scenario import Player
from network.emulator.faults.truth import Truth
from network.emulator.places import Inventory, Place
from network.emulator.reflector import Reflector
from network.emulator.run import use_of
from network.kernels.measurement.stamp import ERROR_ESTIMATE, Answer
from network.probes.session import Session, Target
from network.probes.stamp import PACE, Prober, Round
from network.probes.stations import Stations

TOKEN = "of the simulated stations"
TTL = 64


@dataclass(order=True)
class _Due:
    """Something that happens at its time, unless it is called off."""

    at_s: float
    number: int
    act: Callable[[], None] = field(compare=False)
    is_off: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.is_off = True


@dataclass
class _Line:
    """A session of the prober's, and the simulated site at its other end."""

    session: Session
    reflector: Reflector
    reflected: int = 0  # packets that it answered


class World:
    """The simulated sites, their clock, and the prober's and the counters' way to them."""

    def __init__(self, inventory: Inventory, log: Path, seed: int) -> None:
        self.inventory = inventory
        self.seed = seed
        self.now_s = 0.0
        self.faults = Faults(self.clock, inventory.routes, Truth(log, self.clock))
        self.player = Player(self.faults, self.clock, self._call_later)
        self.equipment = Equipment(inventory, self.faults, TOKEN, self.clock, seed=seed)
        self.rng = np.random.default_rng(seed)
        self._places: dict[int, Place] = {place.port: place for place in inventory.places}
        self._lines: dict[int, _Line] = {}
        self._timetables: dict[tuple[int, ...], list[tuple[float, Session]]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # a session has one; nothing is sent on it
        self._prober = Prober(PACE, purposes.LOOPBACK)
        self._due: list[_Due] = []
        self._numbers = itertools.count()

    def begin(self, at_s: float, number: int) -> None:
        """Set the clock, and begin anew: sessions, and chances that depend on the number alone."""
        self.now_s = at_s
        self.rng = np.random.default_rng([self.seed, number])
        self._lines, self._timetables, self._due = {}, {}, []

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def clock(self) -> float:
        """Return the simulated time. [s]."""
        return self.now_s

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromtimestamp(self.now_s, UTC)

    def advance(self, to_s: float) -> None:
        """Let everything happen that is due by then, each at its own time."""
        while self._due and self._due[0].at_s <= to_s:
            due = heapq.heappop(self._due)
            if not due.is_off:
                self.now_s = max(self.now_s, due.at_s)
                due.act()
        self.now_s = max(self.now_s, to_s)

    def _call_later(self, after_s: float, act: Callable[..., None], *what: Any) -> _Due:
        due = _Due(self.now_s + after_s, next(self._numbers), lambda: act(*what))
        heapq.heappush(self._due, due)
        return due

    def stations(self) -> Stations:
        """Return a line to the interface of the simulated stations."""
        app: Any = self.equipment  # its types are dicts where those of httpx are mappings
        return Stations("http://stations", TOKEN, httpx.ASGITransport(app))

    def probe(self, targets: Sequence[Target], after_s: float) -> Round:
        """Measure every target once, so long from now, as the real prober does; the clock then stands at the end."""
        self.advance(self.now_s + after_s)
        start_s = self.now_s
        for target in targets:
            self._begin(target)
        backs_ns = [self._send(start_s + due_s, session) for due_s, session in self._timetable(targets)]
        last_s = self.now_s + PACE.timeout_s
        came_ns = [back_ns for back_ns in backs_ns if back_ns is not None and back_ns <= last_s * 1e9]
        self.advance(max(came_ns) / 1e9 if len(came_ns) == len(backs_ns) else last_s)
        for session in (self._lines[target.key].session for target in targets):
            session.answers = {key: answer for key, answer in session.answers.items() if answer[1] <= last_s * 1e9}
        measured = [self._lines[target.key].session.conclude() for target in targets]
        return Round(measured, 0.0, True, True, int(self.now_s * 1e9))

    def _begin(self, target: Target) -> None:
        line = self._lines.get(target.key)
        if line is None:
            session = Session(target.key, target, (target.host, target.port), self._socket, 0, PACE.most_clock_error_ms)
            place = self._places[target.port]
            line = _Line(session, Reflector(place, self.faults, self.rng, use_of(place, self.clock)))
            self._lines[target.key] = line
        line.session.begin(ERROR_ESTIMATE)
        line.session.started_ns = int(self.now_s * 1e9)

    def _timetable(self, targets: Sequence[Target]) -> list[tuple[float, Session]]:
        keys = tuple(target.key for target in targets)
        if keys not in self._timetables:
            sessions = [self._lines[key].session for key in keys]
            self._timetables[keys] = self._prober._timetable(sessions)  # noqa: SLF001  the very times of the prober
        return self._timetables[keys]

    def _send(self, at_s: float, session: Session) -> int | None:
        """Send a packet at its time; return when its answer is back [ns], None when it is lost."""
        self.advance(at_s)
        line, left_ns = self._lines[session.target.key], int(at_s * 1e9)
        sequence, session.sequence = session.sequence, session.sequence + 1
        session.sent[sequence] = left_ns, left_ns
        passage = line.reflector.passage()
        if passage.is_lost_forward:
            return None
        number, line.reflected = line.reflected, line.reflected + 1
        if passage.is_lost_backward:
            return None
        there_ns = left_ns + passage.forward_ns
        gone_ns = there_ns + passage.residence_ns
        answer = Answer(
            number, gone_ns + passage.clock_ns, session.session_id, there_ns + passage.clock_ns, sequence, left_ns,
            ERROR_ESTIMATE, TTL,
        )  # fmt: skip
        session.take(answer, gone_ns + passage.backward_ns)
        return gone_ns + passage.backward_ns
