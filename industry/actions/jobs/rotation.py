"""Whose job an edge node takes next: organisations in turn."""

from collections.abc import Iterable

MOST_KEPT = 10_000


class Rotation:
    """Whom each edge node served last. Its one worker keeps it: what a new worker does not know soon comes round."""

    def __init__(self) -> None:
        self._turn = 0
        self._served: dict[tuple[str, int], int] = {}

    def next_of(self, node: str, organisations: Iterable[int]) -> int | None:
        """Return who has waited longest for its turn among those with jobs waiting; None where nobody has."""
        waiting = sorted((self._served.get((node, organisation), 0), organisation) for organisation in organisations)
        if not waiting:
            return None
        self._turn += 1
        if len(self._served) >= MOST_KEPT:
            self._served = {}
        self._served[node, waiting[0][1]] = self._turn
        return waiting[0][1]
