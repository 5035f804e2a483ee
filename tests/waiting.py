"""Waiting for something to become true, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(check: Callable[[], T], what: str, timeout_s: float = 30.0, every_s: float = 0.05) -> T:
    """Return the first true answer of `check`; fail with `what` and the last answer after the time-out."""
    until = time.monotonic() + timeout_s
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {timeout_s:.0f} s in vain until: {what}; last seen: {answer!r}")
        time.sleep(every_s)
