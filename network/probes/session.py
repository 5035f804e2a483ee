"""One STAMP session with a target: what was sent, what came back, and what follows from it."""

import secrets
import socket
import statistics
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from network.kernels.measurement.stamp import (
    AUTHENTICATED_BYTES,
    MOST_BYTES,
    PACKET_BYTES,
    Answer,
    Query,
    clock_error_s,
    pack_query,
    packet_bytes,
    padding,
    rtt_ns,
    sequence_gap,
)
from network.kernels.measurement.variation import OneWay, Refusal, jitter_ms, one_way, spread_ms

KEPT_RTTS = 100
MOST_PACKETS = 100
MOST_HZ = 1_000.0
LONGEST_S = 30.0
Address = tuple[str, int]
Times = tuple[int, int, int, int]  # T1 to T4 [ns]


@dataclass(frozen=True)
class Target:
    """Whom to measure, and with what.

    Raises:
        ValueError: a value is out of range; the message names it.
    """

    key: int
    host: str
    port: int
    packets: int | None = None  # in a round; None: as the pace says
    rate_hz: float | None = None  # of the packets within a round; None: as the pace says
    size_bytes: int = 0  # of a packet, above UDP; 0: as short as can be
    dscp: int = 0  # class of service
    secret: str = ""  # of the authenticated mode; empty: none

    def __post_init__(self) -> None:
        least_bytes = AUTHENTICATED_BYTES if self.secret else PACKET_BYTES
        sizes = {0, least_bytes, *range(least_bytes + 4, MOST_BYTES + 1)}
        _expect("packets", self.packets, self.packets is None or 1 <= self.packets <= MOST_PACKETS, "1 to 100")
        _expect("rate_hz", self.rate_hz, self.rate_hz is None or 0 < self.rate_hz <= MOST_HZ, "above 0, at most 1000")
        _expect(
            "size_bytes", self.size_bytes, self.size_bytes in sizes, f"{least_bytes}, or from 4 more to {MOST_BYTES}"
        )
        _expect("dscp", self.dscp, 0 <= self.dscp <= 63, "0 to 63")
        if self.packets and self.rate_hz and (self.packets - 1) / self.rate_hz > LONGEST_S:
            raise ValueError(f"packets at this rate take longer than {LONGEST_S:g} s; expected fewer or faster")


def _expect(name: str, value: object, is_right: bool, expected: str) -> None:  # noqa: FBT001  one line per field
    if not is_right:
        raise ValueError(f"{name} is {value!r}; expected {expected}")


@dataclass(frozen=True)
class Measured:
    """What one round found out about a target. `rtts_ms` has one value per packet, None for a lost one.

    None everywhere else is "not known". Jitter is RFC 3550's and lasts from round to round, as the spread does: how far
    the 95th percentile of the last hundred round trips lies above the least of them.
    """

    key: int
    sent_ns: int
    rtts_ms: list[float | None]
    lost_forward: int | None
    lost_backward: int | None
    residence_ms: float | None
    forward_ms: float | None = None  # one-way, where the clocks of both ends allow it
    backward_ms: float | None = None
    one_way_error_ms: float | None = None
    one_way_refusal: Refusal | None = None  # why there is no one-way delay
    jitter_ms: float | None = None
    jitter_forward_ms: float | None = None
    jitter_backward_ms: float | None = None
    spread_ms: float | None = None
    reordered: int | None = None
    duplicates: int | None = None
    held: int | None = None  # left out, because this machine itself held them up
    method: str = "stamp"  # how it was asked: times of different methods are never mixed
    failure: str = ""  # why a check by TCP or HTTP failed

    @property
    def lost(self) -> int:
        """How many packets were lost."""
        return self.rtts_ms.count(None)

    @property
    def rtt_ms(self) -> float | None:
        """Median of the answered packets."""
        answered = [rtt for rtt in self.rtts_ms if rtt is not None]
        return statistics.median(answered) if answered else None


@dataclass
class Jitters:
    """Jitter that lasts from round to round: of the round trip, the way there and the way back."""

    found_ms: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    last_ms: list[float | None] = field(default_factory=lambda: [None, None, None])

    def carry_on(self, times: list[Times]) -> None:
        """Take a round's packets in, in the order sent."""
        transits = [
            [rtt_ns(*stamps) / 1e6 for stamps in times],
            [(t2 - t1) / 1e6 for t1, t2, _, _ in times],
            [(t4 - t3) / 1e6 for _, _, t3, t4 in times],
        ]
        for number, transits_ms in enumerate(transits):
            jitter = jitter_ms(self.found_ms[number], transits_ms, self.last_ms[number])
            self.found_ms[number], self.last_ms[number] = jitter

    def told_ms(self) -> tuple[float | None, float | None, float | None]:
        """Return the three, None before there was anything to compare."""
        both, there, back = self.found_ms
        return (both, there, back) if any(self.found_ms) else (None, None, None)


@dataclass
class Session:
    """A session of ours with one target. It outlives a round, so that sequence numbers and jitter go on."""

    session_id: int
    target: Target
    address: Address
    line: socket.socket
    most_held_ns: int
    most_clock_error_ms: float
    sequence: int = 0
    reference: tuple[int, int] | None = None  # sequence numbers of the last answer: ours, the reflector's
    sent: dict[int, tuple[int, int]] = field(default_factory=dict)  # this round: sequence -> T1 as sent, and departure
    answers: dict[int, tuple[Answer, int]] = field(default_factory=dict)  # sequence -> answer and T4 [ns]
    strays: dict[int, int] = field(default_factory=dict)  # this round: left too late to be measured -> T1
    reflected: dict[int, int] = field(default_factory=dict)  # this round: answered, strays too -> reflector's sequence
    started_ns: int = 0
    estimate: int = 0  # what our own clock says of its error
    newest: int | None = None
    reordered: int = 0
    duplicates: int = 0
    held: int = 0
    rtts_ms: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_RTTS))
    jitters: Jitters = field(default_factory=Jitters)
    extension: bytes = b""

    def __post_init__(self) -> None:
        self.key = self.target.secret.encode() or None
        if self.target.size_bytes:
            self.extension = padding(self.target.size_bytes - packet_bytes(self.key), secrets.token_bytes(64))

    def begin(self, estimate: int) -> None:
        """Begin a round."""
        self.sent, self.answers, self.strays, self.reflected = {}, {}, {}, {}
        self.started_ns, self.newest = time.time_ns(), None
        self.reordered = self.duplicates = self.held = 0
        self.estimate = estimate

    def send(self) -> bool:
        """Send the next packet; return whether it left in time to say anything about the target."""
        sequence, self.sequence = self.sequence, (self.sequence + 1) & 0xFFFF_FFFF
        written_ns = time.time_ns()
        query = Query(sequence, written_ns, self.session_id, self.estimate)
        packet = pack_query(query, self.key) + self.extension
        left_ns = time.time_ns()
        try:
            self.line.sendto(packet, self.address)
        except OSError:  # it never left this machine, so it says nothing about the other one
            self.sequence = sequence
            self.held += 1
            return False
        if time.time_ns() - left_ns > self.most_held_ns:
            self.strays[sequence] = written_ns
            self.held += 1
            return False
        self.sent[sequence] = written_ns, left_ns
        return True

    def take(self, answer: Answer, back_ns: int) -> bool:
        """Take an answer of this round in; return whether it is the first to its packet."""
        sequence = answer.query_sequence
        if self.strays.get(sequence) == answer.query_sent_ns:
            self.reflected[sequence] = answer.sequence
        if self.sent.get(sequence, (0,))[0] != answer.query_sent_ns:
            return False
        if sequence in self.answers:
            self.duplicates += 1
            return False
        if self.newest is not None and sequence_gap(self.newest, sequence) < 0:
            self.reordered += 1
        else:
            self.newest = sequence
        self.answers[sequence] = answer, back_ns
        self.reflected[sequence] = answer.sequence
        return True

    def conclude(self) -> Measured:
        """Return what the round found out."""
        times = list(self._times())
        rtts_ms = self._rtts_ms()
        self.rtts_ms.extend(rtt for rtt in rtts_ms if rtt is not None)
        self.jitters.carry_on(times)
        forward, backward = self._directions()
        residences_ms = [(t3 - t2) / 1e6 for _, t2, t3, _ in times]
        delays, jitters_ms = self._one_way(times), self.jitters.told_ms()
        return Measured(
            self.target.key, self.started_ns, rtts_ms, forward, backward,
            statistics.median(residences_ms) if residences_ms else None,
            delays.forward_ms, delays.backward_ms, delays.error_ms, delays.refusal,
            jitters_ms[0], jitters_ms[1], jitters_ms[2], spread_ms(self.rtts_ms),
            self.reordered, self.duplicates, self.held,
        )  # fmt: skip

    def _times(self) -> Iterator[Times]:
        """Yield the times of the answered packets; without those during which a clock was set."""
        for sequence, (_, left_ns) in self.sent.items():
            if sequence in self.answers:
                answer, back_ns = self.answers[sequence]
                times = left_ns, answer.received_ns, answer.sent_ns, back_ns
                if rtt_ns(*times) > 0:
                    yield times

    def _rtts_ms(self) -> list[float | None]:
        rtts_ms: list[float | None] = []
        for sequence, (_, left_ns) in self.sent.items():
            if sequence not in self.answers:
                rtts_ms.append(None)
                continue
            answer, back_ns = self.answers[sequence]
            found_ns = rtt_ns(left_ns, answer.received_ns, answer.sent_ns, back_ns)
            if found_ns > 0:  # otherwise a clock was set meanwhile: no measurement, and no loss either
                rtts_ms.append(found_ns / 1e6)
        return rtts_ms

    def _one_way(self, times: list[Times]) -> OneWay:
        if not times:
            return OneWay(None, None, None, Refusal.NO_ANSWER)
        theirs = next(iter(self.answers.values()))[0].error_estimate
        return one_way(
            [(t2 - t1) / 1e6 for t1, t2, _, _ in times],
            [(t4 - t3) / 1e6 for _, _, t3, t4 in times],
            (clock_error_s(self.estimate), clock_error_s(theirs)),
            self.most_clock_error_ms,
        )

    def _directions(self) -> tuple[int | None, int | None]:
        """Return how many packets were lost on the way there and back since the last answer of an earlier round.

        The reflector counts what it answers: what its count lacks was lost on the way there, the rest on the way back.
        None where it cannot be told: no answer yet, the reflector has started anew, or packets overtook each other.
        """
        reference = self.reference
        if not self.reflected:
            return None, None
        first = next(iter(self.reflected))
        last = max(self.reflected, key=lambda sequence: sequence_gap(first, sequence))
        theirs = self.reflected[last]
        self.reference = last, theirs
        if reference is None:
            return None, None
        sent, reflected = sequence_gap(reference[0], last), sequence_gap(reference[1], theirs)
        forward, backward = sent - reflected, reflected - len(self.reflected)
        return (forward, backward) if forward >= 0 and backward >= 0 else (None, None)
