"""Waiting for something to become true, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 90.0
"""No wait is given up sooner: a busy machine takes long for what is quick, and where it comes true nobody waits longer.

What is much work may take longer still, so long as there is progress. How soon something has to come is asserted apart, in what does not hang on the machine: rounds, turns, its own clock.
"""


def wait_until(
    check: Callable[[], T],
    what: str,
    timeout_s: float = PATIENCE_S,
    every_s: float = 0.05,
    *,
    progress: Callable[[], object] | None = None,
) -> T:
    """Return the first true answer of `check`; fail with `what` and the last answer after the time-out.

    Args:
        check: Asked until its answer is true.
        what: What is waited for.
        timeout_s: How long to wait; of what makes progress, how long without any.
        every_s: How often to ask.
        progress: How far it has come: while this changes, the waiting begins anew.
    """
    assert timeout_s >= PATIENCE_S, f"{timeout_s:.0f} s for {what!r} are too few on a busy machine"
    until, before = time.monotonic() + timeout_s, None
    while True:
        answer = check()
        if answer:
            return answer
        if progress and (now := progress()) != before:
            until, before = time.monotonic() + timeout_s, now
        if time.monotonic() > until:
            raise AssertionError(f"waited {timeout_s:.0f} s in vain until: {what}; last seen: {answer!r}")
        time.sleep(every_s)
