"""Rates on the event loop: this process takes a tenth of a second's worth at a time from Redis, and spends it here."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from django.db import close_old_connections

from console.quota.counters import Bucket, Call, Verdict, ask
from console.quota.kinds import Kind
from console.quota.limits import book

MOST_LEASES = 10_000
BELIEVED_FOR_S = 1.0
"""A refusal that would last longer is asked about again after this time: the limit may have been raised."""


HELD_S, MOST_HELD_S = 0.02, 0.5
"""Each refusal within that time is answered later than the one before: a crowd that heeds none must not be a storm."""


@dataclass
class Lease:
    """What is left of what was taken, below nothing after a request that needed more; or until when all is refused."""

    left: float = 0.0
    verdict: Verdict = field(default_factory=lambda: Verdict(0.0))
    closed_at_s: float = 0.0
    closed_until_s: float = 0.0
    refused: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Lender:
    """Leases by organisation and key, of some kinds of quota that are taken together. Only one event loop asks it."""

    def __init__(self, kinds: Sequence[Kind], clock: Callable[[], float] = monotonic) -> None:
        self._kinds, self._clock = kinds, clock
        self._leases: dict[tuple[int, int], Lease] = {}

    def check(self, organisation: int, key: int) -> None:
        """Refuse who is known to have used up what it may, before anything else is done.

        Raises:
            OverQuota: it has.
        """
        lease = self._leases.get((organisation, key))
        if lease and lease.closed_until_s and self._clock() < lease.closed_until_s:
            self._refuse(lease)

    async def take(self, organisation: int, key: int, count: int) -> None:
        """Take so many; `key` is 0 for who signs in.

        Raises:
            OverQuota: nothing is left.
        """
        lease = self._leases.get((organisation, key)) or self._begin(organisation, key)
        if lease.left <= 0:
            async with lease.turn:
                if lease.left <= 0:
                    await self._renew(lease, organisation, key)
        lease.left -= count

    async def _renew(self, lease: Lease, organisation: int, key: int) -> None:
        if self._clock() < lease.closed_until_s:
            self._refuse(lease)
        call = Call(debt=-lease.left, refused=lease.refused)
        lease.verdict = await asyncio.to_thread(_ask, self._kinds, organisation, key, call)
        lease.left, lease.refused, lease.closed_until_s = lease.verdict.granted, 0, 0.0
        if lease.verdict.short:
            lease.closed_at_s = self._clock()
            lease.closed_until_s = lease.closed_at_s + min(lease.verdict.wait_s, BELIEVED_FOR_S)
            self._refuse(lease)

    def _refuse(self, lease: Lease) -> None:
        lease.refused += 1
        short = lease.verdict.short
        assert short is not None  # it is closed because one was
        reason = short.over(lease.verdict.used, lease.verdict.wait_s - (self._clock() - lease.closed_at_s))
        reason.hold_s = min(MOST_HELD_S, lease.refused * HELD_S)
        raise reason

    def _begin(self, organisation: int, key: int) -> Lease:
        while len(self._leases) >= MOST_LEASES:
            del self._leases[next(iter(self._leases))]
        return self._leases.setdefault((organisation, key), Lease())


def buckets_of(kinds: Sequence[Kind], organisation: int, key: int = 0) -> list[Bucket]:
    """Return the counters of an organisation, and of one of its keys where its rate is counted, too."""
    buckets = [Bucket(kind, "organisation", organisation, book.of(organisation, kind)) for kind in kinds]
    if key:
        rates = (kind for kind in kinds if kind.rate_for_s)
        buckets += [Bucket(kind, "key", key, book.of_key(organisation, kind)) for kind in rates]
    return buckets


def fresh_buckets(kinds: Sequence[Kind], organisation: int, key: int = 0) -> list[Bucket]:
    """`buckets_of` for who may ask the database."""
    book.read()
    return buckets_of(kinds, organisation, key)


def _ask(kinds: Sequence[Kind], organisation: int, key: int, call: Call) -> Verdict:
    try:
        return ask(fresh_buckets(kinds, organisation, key), call)
    finally:
        close_old_connections()
