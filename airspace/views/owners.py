"""Whose serials are, as a web process knows it: asked once per serial, forgotten as soon as any owner changes.

It spares callers a wait and the stream what would be refused; the engine judges again, by what is true then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

MAX_KNOWN = 100_000


class Owners:
    """Serials by organisation, used from the event loop alone."""

    def __init__(self) -> None:
        self._own: defaultdict[int, set[str]] = defaultdict(set)
        self._all: dict[str, tuple[int, int]] = {}
        self.turn = 0
        """How often everything was forgotten: an answer of an earlier turn may be of before a change."""

    def begin(self) -> None:
        """Forget everything: an owner changed, or could have without our hearing it."""
        self.turn += 1
        self._own.clear()
        self._all.clear()

    def others(self, serials: set[str], organisation: int) -> set[str]:
        """Return those of the serials that are not known to be an organisation's own."""
        return serials - self._own[organisation]

    def known(self, serials: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Return drone and organisation of those of the serials whose owner is known here."""
        return {serial: self._all[serial] for serial in serials if serial in self._all}

    def keep(self, asked: Mapping[str, tuple[int, int]], turn: int) -> None:
        """Remember what the database said in a turn, unless that is over."""
        if turn != self.turn:
            return
        if len(self._all) > MAX_KNOWN:
            self._own.clear()
            self._all.clear()
        self._all.update(asked)
        for serial, (_, owner) in asked.items():
            self._own[owner].add(serial)
