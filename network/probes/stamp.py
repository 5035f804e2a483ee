"""Measuring sites with STAMP (RFC 8762): one session per site, several packets a round, and the probe's own health.

A lost packet is a loss, never a time of 0. An answer of an earlier round, a duplicate or a stranger's packet counts for
nothing. A packet that this process itself held up between taking its time and sending it is left out.
"""

import asyncio
import contextlib
import ipaddress
import secrets
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from network.kernels.stamp import Answer, Query, pack_query, rtt_ns, sequence_gap, unpack_answer
from network.probes.datagrams import Datagram, open_socket, receive

MAX_TARGETS = 10_000
CUT_OFF_TARGETS = 5  # when none of so many answers, it is the probe's own line that is cut
TICK_S = 0.01
Address = tuple[str, int]


@dataclass(frozen=True)
class Pace:
    """How a round is measured."""

    packets: int = 3
    spacing_s: float = 0.02
    timeout_s: float = 0.8
    most_held_ms: float = 0.5  # a packet that took longer to send is left out
    most_delay_ms: float = 400.0  # the probe is unwell when it is later than that for what it wanted to do
    most_delay_without_kernel_ms: float = 2.0  # likewise, where the kernel stamps no receipts


PACE = Pace()


@dataclass(frozen=True)
class Target:
    """Whom to measure."""

    key: int
    host: str
    port: int


@dataclass(frozen=True)
class Measured:
    """What one round found out about a target. `rtts_ms` has one value per packet, None for a lost one."""

    key: int
    sent_ns: int
    rtts_ms: list[float | None]
    lost_forward: int | None
    lost_backward: int | None
    residence_ms: float | None

    @property
    def lost(self) -> int:
        """How many packets were lost."""
        return self.rtts_ms.count(None)

    @property
    def rtt_ms(self) -> float | None:
        """Median of the answered packets."""
        answered = [rtt for rtt in self.rtts_ms if rtt is not None]
        return statistics.median(answered) if answered else None


@dataclass(frozen=True)
class Round:
    """One round over many targets. Nothing may be concluded about them unless `is_trusted`."""

    measured: list[Measured]
    delay_ms: float  # how late the probe itself was, at worst
    is_kernel_time: bool
    is_well: bool
    ended_ns: int

    @property
    def is_cut_off(self) -> bool:
        """Whether nobody at all answered, of so many that it must be the probe's own line."""
        return len(self.measured) >= CUT_OFF_TARGETS and all(one.rtt_ms is None for one in self.measured)

    @property
    def is_trusted(self) -> bool:
        """Whether the round says something about its targets."""
        return self.is_well and not self.is_cut_off


@dataclass
class _Session:
    session_id: int
    target: Target
    address: Address
    family: socket.AddressFamily
    sequence: int = 0
    reference: tuple[int, int] | None = None  # sequence numbers of the last answer: ours, the reflector's
    sent: dict[int, int] = field(default_factory=dict)  # this round: sequence -> T1 [ns]
    answers: dict[int, tuple[Answer, int]] = field(default_factory=dict)  # sequence -> answer and T4 [ns]
    started_ns: int = 0


class Prober:
    """Measures rounds. Its sessions and sockets outlive a round, so that sequence numbers go on."""

    def __init__(self, pace: Pace = PACE) -> None:
        self.pace = pace
        self._sessions: dict[int, _Session] = {}
        self._by_id: dict[int, _Session] = {}
        self._lines: dict[socket.AddressFamily, socket.socket] = {}
        self._left = 0
        self._is_kernel_time = True
        self._all_answered = asyncio.Event()

    def close(self) -> None:
        """Give the sockets back."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    async def round(self, targets: Sequence[Target]) -> Round:
        """Measure every target once.

        Args:
            targets: whom to measure, 10,000 at most. One whose name cannot be resolved is left out of the result.

        Returns:
            What was found, after at most the spacing of the packets and one time-out.

        Raises:
            ValueError: there are too many targets.
        """
        if len(targets) > MAX_TARGETS:
            raise ValueError(f"{len(targets)} targets; expected at most {MAX_TARGETS}")
        sessions = [found for target in targets if (found := await self._session(target))]
        self._left, self._all_answered, self._is_kernel_time = 0, asyncio.Event(), True
        watch = asyncio.create_task(_lateness_ms())
        with self._reading():
            await self._send_all(sessions)
            if self._left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._all_answered.wait(), self.pace.timeout_s)
            for line in self._lines.values():  # what came in while this process did not get to run is no loss
                self._read(line)
        watch.cancel()
        return self._conclude(sessions, await watch)

    async def _send_all(self, sessions: list[_Session]) -> None:
        for session in sessions:
            session.sent, session.answers, session.started_ns = {}, {}, time.time_ns()
        for number in range(self.pace.packets):
            for session in sessions:
                self._send(session)
            if number < self.pace.packets - 1:
                await asyncio.sleep(self.pace.spacing_s)

    def _send(self, session: _Session) -> None:
        sequence, session.sequence = session.sequence, (session.sequence + 1) & 0xFFFF_FFFF
        line = self._lines[session.family]
        session.sent[sequence] = sent_ns = time.time_ns()
        self._left += 1
        self._all_answered.clear()
        try:
            line.sendto(pack_query(Query(sequence, sent_ns, session.session_id)), session.address)
        except OSError:  # it never left this machine, so it says nothing about the other one
            self._forget(session, sequence)
            return
        if time.time_ns() - sent_ns > self.pace.most_held_ms * 1e6:
            self._forget(session, sequence)

    def _forget(self, session: _Session, sequence: int) -> None:
        if session.sent.pop(sequence, None) is not None:
            self._left -= 1

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

    def _read(self, line: socket.socket) -> None:
        while (datagram := receive(line)) is not None:
            self._take(datagram)

    def _take(self, datagram: Datagram) -> None:
        try:
            answer = unpack_answer(datagram.payload, datagram.received_ns)
        except ValueError:
            return
        session = self._by_id.get(answer.session_id)
        if session is None or datagram.address != session.address:
            return
        is_ours = session.sent.get(answer.query_sequence) == answer.query_sent_ns
        if not is_ours or answer.query_sequence in session.answers:
            return
        session.answers[answer.query_sequence] = answer, datagram.received_ns
        self._is_kernel_time &= datagram.is_kernel_time
        self._left -= 1
        if self._left == 0:
            self._all_answered.set()

    def _conclude(self, sessions: list[_Session], delay_ms: float) -> Round:
        most_ms = self.pace.most_delay_ms if self._is_kernel_time else self.pace.most_delay_without_kernel_ms
        measured = [_measured(session) for session in sessions if session.sent]
        return Round(measured, delay_ms, self._is_kernel_time, delay_ms <= most_ms, time.time_ns())

    async def _session(self, target: Target) -> _Session | None:
        """Return the target's session, begun anew when it moved; None when its name cannot be resolved."""
        session = self._sessions.get(target.key)
        if session and session.target == target:
            return session
        try:
            family, address = await _resolve(target)
            if family not in self._lines:
                self._lines[family] = open_socket(family)
        except OSError:
            return None
        if session:
            del self._by_id[session.session_id]
        session = _Session(self._free_id(), target, address, family)
        self._sessions[target.key] = self._by_id[session.session_id] = session
        return session

    def _free_id(self) -> int:
        if len(self._by_id) > 2 * MAX_TARGETS:  # sites that came and went; sessions of the present ones start anew
            self._by_id.clear()
            self._sessions.clear()
        while (session_id := 1 + secrets.randbelow(0xFFFF)) in self._by_id:
            pass
        return session_id


def probe(targets: Sequence[Target]) -> Round:
    """Measure every target once with this process's prober; see `Prober.round`."""
    return asyncio.run(prober().round(targets))


@cache
def prober() -> Prober:
    """Return this process's prober."""
    return Prober()


async def _lateness_ms() -> float:
    """Return, once cancelled, by how much this process was woken late at worst. [ms]."""
    worst_s = 0.0
    due_s = time.monotonic() + TICK_S
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            worst_s = max(worst_s, now_s - due_s)
            due_s = now_s + TICK_S
    return max(worst_s, time.monotonic() - due_s) * 1e3


async def _resolve(target: Target) -> tuple[socket.AddressFamily, Address]:
    try:
        version = ipaddress.ip_address(target.host).version
    except ValueError:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_DGRAM)
        return found[0][0], (str(found[0][4][0]), target.port)
    return (socket.AF_INET if version == 4 else socket.AF_INET6), (target.host, target.port)


def _measured(session: _Session) -> Measured:
    rtts_ms: list[float | None] = []
    residences_ms = []
    for sequence, sent_ns in session.sent.items():
        if sequence not in session.answers:
            rtts_ms.append(None)
            continue
        answer, back_ns = session.answers[sequence]
        found_ns = rtt_ns(sent_ns, answer.received_ns, answer.sent_ns, back_ns)
        if found_ns > 0:  # otherwise a clock was set meanwhile: no measurement, and no loss either
            rtts_ms.append(found_ns / 1e6)
            residences_ms.append(answer.residence_ns / 1e6)
    forward, backward = _directions(session)
    residence_ms = statistics.median(residences_ms) if residences_ms else None
    return Measured(session.target.key, session.started_ns, rtts_ms, forward, backward, residence_ms)


def _directions(session: _Session) -> tuple[int | None, int | None]:
    """Return how many packets were lost on the way there and back since the last answer of an earlier round.

    The reflector counts what it answers: what its count lacks was lost on the way there, the rest on the way back.
    None where it cannot be told: no answer yet, the reflector has started anew, or packets overtook each other.
    """
    reference = session.reference
    if not session.answers:
        return None, None
    first = next(iter(session.answers))
    last = max(session.answers, key=lambda sequence: sequence_gap(first, sequence))
    theirs = session.answers[last][0].sequence
    session.reference = last, theirs
    if reference is None:
        return None, None
    sent, reflected = sequence_gap(reference[0], last), sequence_gap(reference[1], theirs)
    forward, backward = sent - reflected, reflected - len(session.answers)
    return (forward, backward) if forward >= 0 and backward >= 0 else (None, None)
