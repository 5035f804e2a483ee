"""Times over a simulated network, which are true to a millisecond only where nobody else is at work."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.waiting import PATIENCE_S

T = TypeVar("T")


async def at_rest(measure: Callable[[], Awaitable[T]], is_so: Callable[[T], bool]) -> T:
    """Measure until it is so; return that, or what was measured last.

    What else this machine does adds to a time, now and then; what is wrong with the probe does so every time.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        measured = await measure()
        if is_so(measured) or time.monotonic() > until:
            return measured
