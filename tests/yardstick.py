"""How slow this machine is just now: a bound on processor time holds on the machine that it was written down for."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

WORK_S = 0.010
"""What `_work` takes on the machine of the bounds, a core of a server of 2023. [s]"""
TRIES = 5


@contextmanager
def at_most_s(bound_s: float) -> Iterator[None]:
    """Fail where what is within takes more processor time than so many seconds on the machine of the bounds."""
    with uncollected():
        began_s = time.process_time()
        yield
        spent_s = time.process_time() - began_s
        most_s = here_s(bound_s)
    assert spent_s < most_s, f"{spent_s:.2f} s of a processor, at most {most_s:.2f} s on this machine"


def here_s(bound_s: float) -> float:
    """Return a bound on processor time as much larger as this machine is slower, for its build or for its neighbours."""
    return bound_s * max(1.0, min(_work_s() for _ in range(TRIES)) / WORK_S)


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage meanwhile: walking through all that thousands of tests hold takes a second at any moment."""
    was_so = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_so:
            gc.enable()


def _work_s() -> float:
    began_s = time.process_time()
    _work()
    return time.process_time() - began_s


def _work() -> None:
    """A little of everything: objects of Python, and arrays."""
    texts = {number: str(number) for number in range(30_000)}
    sum(len(text) for text in texts.values())
    sorted(texts.values())
    np.sort(np.sin(np.arange(200_000.0))).sum()
