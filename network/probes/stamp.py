"""Measuring sites with STAMP (RFC 8762): one session per site, several packets a round, and the probe's own health.

A lost packet is a loss, never a time of 0. An answer of an earlier round, a duplicate or a stranger's packet counts for
nothing. A packet that this process itself held up between taking its time and sending it is left out.
"""

import asyncio
import contextlib
import ipaddress
import math
import secrets
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from console.once import once
from console.outbound import Guard, NotAllowed, names, purposes
from console.run import celery_loops
from network.kernels.measurement.stamp import unpack_answer
from network.probes.clock import Clock
from network.probes.datagrams import Datagram, drops, open_socket, receive
from network.probes.session import Address, Measured, Session, Target

MAX_TARGETS = 10_000
PROBER, CHECKER = "prober", "checker"
"""What alarms call the one that measures by STAMP, and the one that checks what speaks none."""
CUT_OFF_TARGETS = 5  # when none of so many answers, it is the probe's own line that is cut
TICK_S = 0.005
WATCH_EVERY_S = 0.01
NAMELESS_FOR_S = 60.0  # a name that cannot be resolved holds a round up, so it is asked for so seldom
MOST_HELD_SHARE = 0.5  # more packets held up than this, and the probe is too busy to measure
_SESSION_ID = struct.Struct("!H")
_ID_PLACE, _ID_PLACE_SIGNED = 14, 26
__all__ = [
    "CHECKER",
    "MAX_TARGETS",
    "PROBER",
    "Measured",
    "Pace",
    "Prober",
    "Round",
    "Target",
    "probe",
    "prober",
    "subject_of",
]


@dataclass(frozen=True)
class Pace:
    """How a round is measured."""

    packets: int = 3
    spacing_s: float = 0.02
    timeout_s: float = 0.8
    most_held_ms: float = 0.5  # a packet that took longer to send is left out
    most_delay_ms: float = 400.0  # the probe is unwell when it is later than that for what it wanted to do
    most_delay_without_kernel_ms: float = 2.0  # likewise, where the kernel stamps no receipts
    spread_s: float | None = None  # the targets' first packets are spread over so long; None: see `per_target_s`
    per_target_s: float = 0.0004  # of that for each target, at least one spacing
    most_clock_error_ms: float = 0.5  # of both ends together; beyond it no one-way delay is told


PACE = Pace()


def subject_of(prober: str, shard: int | None) -> str:
    """Return what alarms and metrics call whoever measures a piece of the sites, or all of them."""
    return prober if shard is None else f"{prober} {shard}"


@dataclass(frozen=True)
class Round:
    """One round over many targets. Nothing may be concluded about them unless `is_trusted`."""

    measured: list[Measured]
    delay_ms: float  # how late the probe itself was, at worst
    is_kernel_time: bool
    is_well: bool
    ended_ns: int
    send_delay_ms: float = 0.0  # 99th percentile of how late packets were sent
    drops: int = 0  # answers that this machine threw away, because nobody read them in time
    held: int = 0  # packets that this machine held up
    prober: str = PROBER  # who measured
    shard: int | None = None  # which piece of the sites, where there are several
    is_second_look: bool = False  # only those were asked who had just fallen silent
    refused: dict[int, str] = field(default_factory=dict)  # whom the installation does not allow to be asked, and why
    is_settling: bool = False  # the probe, or whoever answers it in the demo, was started only just now

    @property
    def subject(self) -> str:
        """What alarms and metrics call whoever measured this piece of the sites."""
        return subject_of(self.prober, self.shard)

    @property
    def is_cut_off(self) -> bool:
        """Whether nobody at all answered, of so many that it must be the probe's own line."""
        is_telling = len(self.measured) >= CUT_OFF_TARGETS and not self.is_second_look
        return is_telling and all(measured.rtt_ms is None for measured in self.measured)

    @property
    def is_trusted(self) -> bool:
        """Whether the round says something about its targets."""
        return self.is_well and not self.is_cut_off and not self.is_settling


@dataclass
class _Work:
    """What is under way in a round."""

    left: int = 0
    is_kernel_time: bool = True
    lateness_s: list[float] = field(default_factory=list)
    all_answered: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.all_answered.set()


class Prober:
    """Measures rounds. Its sessions and sockets outlive a round, so that sequence numbers go on."""

    def __init__(self, pace: Pace = PACE, guard: Guard | None = None) -> None:
        self.pace = pace
        self._guard = guard
        self._refused: dict[int, str] = {}  # by target, in this round
        self._inside: dict[str, str] = {}  # names that lead where nobody may be asked, and why
        self._sessions: dict[int, Session] = {}
        self._by_id: dict[int, Session] = {}
        self._lines: dict[tuple[socket.AddressFamily, int], socket.socket] = {}
        self._drops: dict[socket.socket, int] = {}
        self._nameless_until_s: dict[str, float] = {}  # names that could not be resolved, and until when nobody asks
        self._found: dict[int, tuple[socket.AddressFamily, Address]] = {}  # of this round, by target
        self._clock = Clock()
        self._work = _Work()
        self._is_stamped = False  # whether the last round's answers had the kernel's time of receipt

    def close(self) -> None:
        """Give the sockets back."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    async def round(self, targets: Sequence[Target]) -> Round:
        """Measure every target once.

        Args:
            targets: whom to measure, 10,000 at most. One whose name cannot be resolved is left out of the result;
                one that the installation does not allow to be asked is `refused`.

        Returns:
            What was found, after at most the spacing of the packets and one time-out.

        Raises:
            ValueError: there are too many targets.
        """
        if len(targets) > MAX_TARGETS:
            raise ValueError(f"{len(targets)} targets; expected at most {MAX_TARGETS}")
        self._refused = {}
        await self._look_up(targets)
        sessions = [session for target in targets if (session := self._session(target))]
        self._work = work = _Work()
        watch = asyncio.create_task(lateness_ms())
        await asyncio.sleep(0)  # so that it watches from the beginning
        with contextlib.nullcontext() if self._is_stamped else self._reading():
            await self._send_all(sessions)
        with self._reading():
            if work.left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(work.all_answered.wait(), self.pace.timeout_s)
            self._read_all()  # what came in while this process did not get to run is no loss
        watch.cancel()
        return self._conclude(sessions, await watch)

    async def _send_all(self, sessions: list[Session]) -> None:
        """Send every packet at its time: those of one target evenly, those of all targets spread over ticks.

        A tick sends what is due and reads what has come. Where the kernel stamps receipts nothing is lost by reading a
        tick late, and a thousand targets wake this process two hundred times a second instead of two thousand.
        """
        for session in sessions:
            session.begin(self._clock.estimate(session.address[0]))
        loop, work = asyncio.get_running_loop(), self._work
        start_s = loop.time()
        for due_s, due in groupby(self._timetable(sessions), key=itemgetter(0)):
            celery_loops.beat()
            if (ahead_s := start_s + due_s - loop.time()) > 0:
                await asyncio.sleep(ahead_s)
            late_s = max(loop.time() - start_s - due_s, 0.0)
            for _, session in due:
                work.lateness_s.append(late_s)
                if session.send():
                    work.left += 1
                    work.all_answered.clear()
            if self._is_stamped:
                self._read_all()

    def _timetable(self, sessions: list[Session]) -> list[tuple[float, Session]]:
        """Return when each packet is due after the start of the round, in whole ticks. [s]."""
        usual_s = max(self.pace.spacing_s, self.pace.per_target_s * len(sessions))
        spread_s = usual_s if self.pace.spread_s is None else self.pace.spread_s
        table = []
        for number, session in enumerate(sessions):
            target = session.target
            spacing_s = 1 / target.rate_hz if target.rate_hz else self.pace.spacing_s
            first_s = spread_s * number / len(sessions)
            packets = target.packets or self.pace.packets
            table += [(_tick(first_s + packet * spacing_s), session) for packet in range(packets)]
        return sorted(table, key=itemgetter(0))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for line in self._lines.values():
            loop.add_reader(line, self._read, line)
        try:
            yield
        finally:
            for line in self._lines.values():
                loop.remove_reader(line)

    def _read_all(self) -> None:
        for line in self._lines.values():
            self._read(line)

    def _read(self, line: socket.socket) -> None:
        while (datagram := receive(line)) is not None:
            self._take(datagram)

    def _take(self, datagram: Datagram) -> None:
        session = self._session_of(datagram)
        if session is None or datagram.address != session.address:
            return
        try:
            answer = unpack_answer(datagram.payload, datagram.received_ns, session.key)
        except ValueError:  # forged ones too
            return
        if session.take(answer, datagram.received_ns):
            self._work.is_kernel_time &= datagram.is_kernel_time
            self._work.answered()

    def _session_of(self, datagram: Datagram) -> Session | None:
        """Return the session whose id a packet carries; where, depends on whether it is authenticated."""
        for place, is_signed in ((_ID_PLACE, False), (_ID_PLACE_SIGNED, True)):
            if len(datagram.payload) >= place + _SESSION_ID.size:
                session = self._by_id.get(_SESSION_ID.unpack_from(datagram.payload, place)[0])
                if session is not None and (session.key is not None) == is_signed:
                    return session
        return None

    def _conclude(self, sessions: list[Session], delay_ms: float) -> Round:
        work = self._work
        most_ms = self.pace.most_delay_ms if work.is_kernel_time else self.pace.most_delay_without_kernel_ms
        if self._is_stamped and not work.is_kernel_time:  # read a tick late, and nobody noted when it came
            delay_ms = max(delay_ms, TICK_S * 1e3)
        self._is_stamped = work.is_kernel_time and any(session.answers for session in sessions)
        measured = [session.conclude() for session in sessions if session.sent]
        send_delay_ms = _p99(work.lateness_s) * 1e3
        dropped = sum(self._new_drops(line) for line in self._lines.values())
        held, sent = sum(session.held for session in sessions), len(work.lateness_s)
        is_well = max(delay_ms, send_delay_ms) <= most_ms and not dropped and held <= MOST_HELD_SHARE * sent
        return Round(
            measured, delay_ms, work.is_kernel_time, is_well, time.time_ns(), round(send_delay_ms, 3), dropped, held,
            refused=self._refused,
        )  # fmt: skip

    def _new_drops(self, line: socket.socket) -> int:
        before, self._drops[line] = self._drops.get(line, 0), drops(line)
        return self._drops[line] - before

    async def _look_up(self, targets: Sequence[Target]) -> None:
        """Find the addresses of those that are new or have moved, many at the same time.

        A round waits for all of them only as long as for one that nobody knows; the next one asks for the rest.
        """
        self._found = {}
        if not (unknown := [target for target in targets if self._is_to_look_up(target)]):
            return
        celery_loops.beat()  # who knows names may be slow to answer
        turns = asyncio.Semaphore(names.MOST_AT_ONCE)
        finding = [asyncio.create_task(self._find(target, turns)) for target in unknown]
        _, late = await asyncio.wait(finding, timeout=names.WITHIN_S + TICK_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*finding, return_exceptions=True)

    def _is_to_look_up(self, target: Target) -> bool:
        session = self._sessions.get(target.key)
        is_known = session is not None and session.target == target
        return not is_known and time.monotonic() >= self._nameless_until_s.get(target.host, 0.0)

    async def _find(self, target: Target, turns: asyncio.Semaphore) -> None:
        try:
            async with turns:
                if self._is_to_look_up(target):  # another of the same name may have been asked for meanwhile
                    self._found[target.key] = await _resolve(target, self._guard or purposes.probes())
        except NotAllowed as reason:
            self._inside[target.host] = str(reason)
            self._leave_out(target.host)
        except (OSError, UnicodeError):  # a name that cannot be one is no name either
            self._inside.pop(target.host, None)
            self._leave_out(target.host)

    def _leave_out(self, host: str) -> None:
        self._nameless_until_s[host] = time.monotonic() + NAMELESS_FOR_S

    def _session(self, target: Target) -> Session | None:
        """Return the target's session, begun anew when it moved; None when its name cannot be resolved."""
        session = self._sessions.get(target.key)
        if session and session.target == target:
            return session
        found = self._found.get(target.key)
        try:
            line = self._line(found[0], target.dscp) if found else None
        except OSError:  # this machine has no such addresses
            line = None
            self._leave_out(target.host)
        if found is None or line is None:
            self._refuse(target)
            return None
        self._nameless_until_s.pop(target.host, None)
        self._inside.pop(target.host, None)
        address = found[1]
        if session:
            del self._by_id[session.session_id]
        session = Session(
            self._free_id(), target, address, line, int(self.pace.most_held_ms * 1e6), self.pace.most_clock_error_ms
        )
        self._sessions[target.key] = self._by_id[session.session_id] = session
        return session

    def _refuse(self, target: Target) -> None:
        if reason := self._inside.get(target.host):
            self._refused[target.key] = reason

    def _line(self, family: socket.AddressFamily, dscp: int) -> socket.socket:
        if (family, dscp) not in self._lines:
            self._lines[family, dscp] = open_socket(family, dscp=dscp)
        return self._lines[family, dscp]

    def _free_id(self) -> int:
        if len(self._by_id) > 2 * MAX_TARGETS:  # sites that came and went; sessions of the present ones start anew
            self._by_id.clear()
            self._sessions.clear()
        while (session_id := 1 + secrets.randbelow(0xFFFF)) in self._by_id:
            pass
        return session_id


def probe(targets: Sequence[Target], after_s: float = 0.0) -> Round:
    """Measure every target once with this process's prober, so long from now; see `Prober.round`."""
    return asyncio.run(_probe(targets, after_s))


async def _probe(targets: Sequence[Target], after_s: float) -> Round:
    await asyncio.sleep(after_s)
    return await prober().round(targets)


@once
def prober() -> Prober:
    """Return this process's prober."""
    return Prober()


async def lateness_ms() -> float:
    """Return, once cancelled, by how much this process was woken late at worst. [ms]."""
    worst_s = 0.0
    due_s = time.monotonic() + WATCH_EVERY_S
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            now_s = time.monotonic()
            worst_s = max(worst_s, now_s - due_s)
            due_s = now_s + WATCH_EVERY_S
    return max(worst_s, time.monotonic() - due_s) * 1e3


async def _resolve(target: Target, guard: Guard) -> tuple[socket.AddressFamily, Address]:
    """Return the very address that the guard has looked at; no name is asked for where the host is an address.

    Raises:
        NotAllowed: the guard refuses it.
        OSError: nobody knows the name.
    """
    try:
        address = str(ipaddress.ip_address(target.host))
    except ValueError:
        address = (await guard.find(target.host, target.port, "udp"))[0]
    if wrong := guard.problem(target.host, target.port, "udp"):
        raise NotAllowed(wrong)
    return (socket.AF_INET6 if ":" in address else socket.AF_INET), (address, target.port)


def _tick(due_s: float) -> float:
    return math.floor(due_s / TICK_S + 1e-9) * TICK_S


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))] if values else 0.0
