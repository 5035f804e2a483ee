"""How much of the stream of reports each organisation may fill while others report, too."""

from collections.abc import Callable, Mapping
from time import monotonic

MOST_KEPT = 10_000
REPORTS_WITHIN_S = 30.0
SHARE = 0.5


class Waiting:
    """Entries waiting by organisation, as last heard from Redis, and who reported lately to this process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._counts: dict[int, int] = {}
        self._last, self._last_at_s, self._other_at_s = 0, float("-inf"), float("-inf")

    def note(self, organisation: int) -> None:
        """An organisation reports."""
        if organisation != self._last:
            self._last, self._other_at_s = organisation, self._last_at_s
        self._last_at_s = self._clock()

    def learn(self, counts: Mapping[int, object]) -> None:
        """Take what Redis said of some organisations."""
        if len(self._counts) >= MOST_KEPT:
            self._counts = {}
        self._counts |= {organisation: count for organisation, count in counts.items() if isinstance(count, int)}

    def learn_all(self, counts: Mapping[bytes, bytes]) -> None:
        """Take what Redis said of all."""
        self._counts = {int(organisation): int(count) for organisation, count in counts.items()}

    def over_share(self, organisation: int, length: int, limit: int) -> str:
        """Return why an organisation may add nothing to a stream of this length now, an empty text when it may.

        One that reports alone may fill all of it. Its count is never above the length, whatever went astray.
        """
        own = min(length, self._counts.get(organisation, 0))
        if own < limit * SHARE or not (own < length or self._others_report(organisation)):
            return ""
        return f"{own} batches of this organisation wait to be stored, more than its share of the {limit} allowed"

    def _others_report(self, organisation: int) -> bool:
        at_s = self._other_at_s if organisation == self._last else self._last_at_s
        return self._clock() - at_s < REPORTS_WITHIN_S
