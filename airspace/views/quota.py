"""How much a key may send: a token bucket per key, in this process."""

import math
from collections.abc import Callable
from time import monotonic

MAX_BUCKETS = 10_000


class Quota:
    """Buckets hold one second's worth. A batch may overdraw one, and the next then waits until it is paid."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, key: int, count: int, rate_per_s: float) -> int:
        """Take `count` from a key's bucket; return 0, or the whole seconds to wait when it is empty."""
        now = self._clock()
        level, since = self._buckets.get(key, (rate_per_s, now))
        level = min(rate_per_s, level + (now - since) * rate_per_s)
        is_empty = level <= 0
        if len(self._buckets) >= MAX_BUCKETS and key not in self._buckets:
            self._buckets.clear()
        self._buckets[key] = (level if is_empty else level - count, now)
        return max(1, math.ceil(-level / rate_per_s)) if is_empty else 0
