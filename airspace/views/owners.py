"""Whose serials are, as a web process knows it: all of an organisation's at once, forgotten when any owner changes.

It spares callers a wait and the stream what would be refused; the engine judges again, by what is true then.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

MAX_KNOWN = 100_000


class Owners:
    """Serials by organisation, used from the event loop alone."""

    def __init__(self) -> None:
        self._own: defaultdict[int, set[str]] = defaultdict(set)
        self._all: dict[str, tuple[int, int]] = {}
        self._admitted: defaultdict[int, set[str]] = defaultdict(set)
        self._asked_at: dict[int, datetime] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.turn = 0
        """How often everything was forgotten: an answer of an earlier turn may be of before a change."""

    def begin(self) -> None:
        """Forget everything: an owner changed, or could have without our hearing it."""
        self.turn += 1
        self._own.clear()
        self._all.clear()
        self._admitted.clear()
        self._asked_at.clear()
        self._locks.clear()

    def others(self, serials: set[str], organisation: int) -> set[str]:
        """Return those of the serials that are not known to be an organisation's own."""
        return serials - self._own[organisation]

    def known(self, serials: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Return drone and organisation of those of the serials whose owner is known here."""
        return {serial: self._all[serial] for serial in serials if serial in self._all}

    def new(self, serials: set[str], organisation: int) -> set[str]:
        """Return those of the serials that were not admitted yet; whoever was waits for the engine to register it."""
        return serials - self._admitted[organisation]

    def admit(self, serials: set[str], organisation: int) -> None:
        """Remember that these serials, which nobody has, may be registered by reporting them."""
        if len(self._admitted[organisation]) > MAX_KNOWN:
            self._admitted[organisation].clear()
        self._admitted[organisation] |= serials

    def lock(self, organisation: int) -> asyncio.Lock:
        """Return what lets an organisation ask once at a time: one answer serves all who wait for it."""
        return self._locks[organisation]

    def asked_at(self, organisation: int) -> datetime | None:
        """Return when an organisation's drones were asked for last."""
        return self._asked_at.get(organisation)

    def keep(self, asked: Mapping[str, tuple[int, int]], organisation: int, at: datetime, turn: int) -> None:
        """Remember what the database said at a time in a turn, for an organisation, unless the turn is over."""
        if turn != self.turn:
            return
        self._asked_at[organisation] = at
        if len(self._all) > MAX_KNOWN:
            self._own.clear()
            self._all.clear()  # each is asked for again when it reports
        self._all.update(asked)
        for serial, (_, owner) in asked.items():
            self._own[owner].add(serial)
