"""A simulated site: a stateful STAMP session reflector behind a simulated stretch of network.

The stretch is real delay: an answer leaves only after both directions have passed. T2 and T3 are the times at the far
end of it, so a packet that lay about here longer than the network's delay shows as residence, as the protocol means it.
"""

import asyncio
import contextlib
import math
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.emulator.faults.faults import Faults, FaultState
from network.emulator.places import Place
from network.kernels.measurement.stamp import (
    PACKET_BYTES,
    Answer,
    Forged,
    Query,
    pack_answer,
    packet_bytes,
    reflect_extensions,
    unpack_query,
)
from network.kernels.topology.latency import mm1_ms, serialisation_ms
from network.probes.datagrams import Datagram, open_socket, receive

MAX_SESSIONS = 64
MAX_PENDING = 512
MAX_READS_AT_ONCE = 64
DRAWN_AT_ONCE = 64
MOST_USED = 0.97  # of a backhaul: beyond it packets are dropped rather than queued
Address = tuple[str, int]
Draw = tuple[float, float, float, float]  # varying parts there and back [ms], and two numbers in [0, 1) that lose


@dataclass(frozen=True, slots=True)
class Passage:
    """One packet's way through the simulated network, and its stay at the site."""

    forward_ns: int
    backward_ns: int
    residence_ns: int
    is_lost_forward: bool
    is_lost_backward: bool
    clock_ns: int


def each_way(share: float) -> float:
    """Return which share is lost each way, by chances of their own, when this share of round trips is lost."""
    return 1.0 - math.sqrt(1.0 - share)


def waits_ms(
    service_ms: float, use_share: float, rng: np.random.Generator, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return waiting times in an M/M/1 queue: this share of packets finds it busy, and waits. [ms].

    Source: Kleinrock, Queueing Systems I, section 5.12: waiting is nil or exponential with the mean time in the system.
    """
    in_system_ms = float(mm1_ms(service_ms, min(use_share, MOST_USED)))
    return rng.exponential(in_system_ms, shape) * (rng.random(shape) < use_share)


class Reflector:
    """Answers STAMP on one UDP port."""

    def __init__(
        self, place: Place, faults: Faults, rng: np.random.Generator, use: Callable[[], float] = lambda: 0.0
    ) -> None:
        """`use` tells how much of its backhaul a site uses now."""
        self.place = place
        self._use = use
        self._service_ms = float(serialisation_ms(place.backhaul_gbps)) if place.backhaul_gbps else 0.0
        self._faults = faults
        self._rng = rng
        self._key = place.secret.encode() or None
        self._sessions: OrderedDict[tuple[Address, int], int] = OrderedDict()
        self._pending = 0
        self._draws: list[Draw] = []
        self._line: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port it answers on."""
        assert self._line is not None
        return int(self._line.getsockname()[1])

    def open(self) -> None:
        """Start answering, on the running event loop."""
        self._line = open_socket(bind_to=(self.place.host, self.place.port))
        asyncio.get_running_loop().add_reader(self._line, self._read)

    def close(self) -> None:
        """Stop answering."""
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line)
            self._line.close()
            self._line = None

    def passage(self) -> Passage:
        """Return what befalls a packet that comes now."""
        return self._passage(self._faults.condition(self.place.slug))

    def _read(self) -> None:
        assert self._line is not None
        for _ in range(MAX_READS_AT_ONCE):
            datagram = receive(self._line)
            if datagram is None:
                return
            if len(datagram.payload) >= PACKET_BYTES and self._pending < MAX_PENDING:
                self._take(datagram)

    def _take(self, datagram: Datagram) -> None:
        passage = self.passage()
        if passage.is_lost_forward:
            return
        try:
            query = unpack_query(datagram.payload, datagram.received_ns, self._key)
        except (Forged, ValueError):  # an authenticated site answers to nobody else
            return
        sequence = self._count(datagram.address, query.session_id)
        if passage.is_lost_backward:
            return
        waited_ns = time.time_ns() - datagram.received_ns
        left_ns = passage.forward_ns + passage.backward_ns + passage.residence_ns - waited_ns
        self._pending += 1
        asyncio.get_running_loop().call_later(max(left_ns, 0) / 1e9, self._answer, datagram, query, sequence, passage)

    def _answer(self, datagram: Datagram, query: Query, sequence: int, passage: Passage) -> None:
        self._pending -= 1
        if self._line is None:
            return
        received_ns = datagram.received_ns + passage.forward_ns
        ttl = datagram.ttl if datagram.ttl is not None else 255
        sent_ns = max(time.time_ns() - passage.backward_ns, received_ns)
        answer = Answer(
            sequence, sent_ns + passage.clock_ns, query.session_id, received_ns + passage.clock_ns, query.sequence,
            query.sent_ns, query.error_estimate, ttl, query_sent_wire=query.sent_wire,
        )  # fmt: skip
        packet = pack_answer(answer, self._key) + reflect_extensions(datagram.payload[packet_bytes(self._key) :])
        with contextlib.suppress(BlockingIOError, ConnectionError):  # a full buffer loses packets, as a line does
            self._line.sendto(packet, datagram.address)

    def _count(self, address: Address, session_id: int) -> int:
        """Return the sequence number of the next answer in a session; the longest silent sessions are forgotten."""
        key = (address, session_id)
        sequence = self._sessions.pop(key, 0)
        self._sessions[key] = (sequence + 1) & 0xFFFF_FFFF
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return sequence

    def _passage(self, condition: FaultState) -> Passage:
        if not self._draws:
            self._draws = self._draw()
        there_ms, back_ms, first, second = self._draws.pop()
        if condition.jitter_ms:
            there_ms += self._rng.exponential(condition.jitter_ms)
            back_ms += self._rng.exponential(condition.jitter_ms)
        if condition.load and self._service_ms:
            busy_ms = float(mm1_ms(self._service_ms, min(condition.load, MOST_USED)))
            there_ms += self._rng.exponential(busy_ms)
            back_ms += self._rng.exponential(busy_ms)
        fixed_ms = max(self.place.fixed_ms + condition.delay_ms / 2, 0.0)
        half_share = each_way(max(self.place.loss_share, condition.loss_share))
        return Passage(
            int((fixed_ms + there_ms) * 1e6),
            int((fixed_ms + back_ms) * 1e6),
            int(condition.residence_ms * 1e6),
            condition.is_silent or first < half_share,
            second < half_share,
            int(condition.clock_ms * 1e6),
        )

    def _draw(self) -> list[Draw]:
        """Return chances for the next packets, many at once because one costs nearly as much."""
        jitter_ms = self._rng.gamma(*self.place.gamma, size=(2, DRAWN_AT_ONCE))
        if self._service_ms:
            jitter_ms += waits_ms(self._service_ms, self._use(), self._rng, jitter_ms.shape)
        return list(zip(*jitter_ms.tolist(), *self._rng.random((2, DRAWN_AT_ONCE)).tolist(), strict=True))
