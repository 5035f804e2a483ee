"""The solver of placement in a process of its own, so that a proof can be watched and ended at any moment.

The case goes in as a pickle of our own making, plans come out as lines of JSON. The process dies with its parent.
"""

import ctypes
import json
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from network.kernels.placement import placement, siting
from network.kernels.placement.placement import Solution
from network.kernels.placement.siting import Case

EVERY_S = 0.5
_PR_SET_PDEATHSIG = 1
_ROOT = Path(__file__).resolve().parent.parent


class SolverLost(Exception):  # noqa: N818
    """The solver's process ended without a last word."""


class Proof:
    """A proof under way: iterate to hear of it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.is_over = False

    def __iter__(self) -> Iterator[Solution | None]:
        """Yield the newest plan, or None when there is no news, every half second; the last one is the result.

        Raises:
            ValueError: the share asked for cannot be reached.
            SolverLost: the process ended too soon.
        """
        assert self._process.stdout is not None
        while not self.is_over:
            ready, _, _ = select.select([self._process.stdout], [], [], EVERY_S)
            if not ready:
                yield None
                continue
            line = self._process.stdout.readline()
            if not line:
                raise SolverLost(f"the solver ended with code {self._process.wait()}")
            document = json.loads(line)
            if "problem" in document:
                raise ValueError(document["problem"])
            self.is_over = document.pop("is_over")
            yield _plan(document)


@contextmanager
def proving(case: Case, most_s: float) -> Iterator[Proof]:
    """Start a solver; whatever is left of it ends with the block.

    Args:
        case: what is asked.
        most_s: after that much wall time the solver tells the best plan it has. [s]
    """
    command = [sys.executable, "-m", __name__, str(os.getpid()), str(most_s)]
    with subprocess.Popen(  # noqa: S603  our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=_ROOT
    ) as process:
        try:
            _hand_over(process, case)
            yield Proof(process)
        finally:
            process.kill()


def _hand_over(process: "subprocess.Popen[bytes]", case: Case) -> None:
    assert process.stdin is not None
    try:
        with process.stdin as way:
            left = memoryview(pickle.dumps(case))
            while left:
                left = left[way.write(left) or 0 :]
    except BrokenPipeError:
        return  # its end is noticed by whoever listens


def _plan(document: dict[str, Any]) -> Solution:
    gap = np.inf if document["gap"] is None else document["gap"]
    return Solution(tuple(document["sites"]), document["share"], document["cost"], document["bound"], gap)


def _main(parent: int, most_s: float) -> None:
    """Read a case, solve it, tell of it; notes of the solver's library go to the error output."""
    _die_with(parent)
    mouth = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    case: Case = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  written by our own parent

    def tell(plan: Solution, *, is_over: bool = False) -> bool:
        gap = plan.gap if np.isfinite(plan.gap) else None
        mouth.write(json.dumps({**asdict(plan), "gap": gap, "is_over": is_over}, default=float) + "\n")
        return True

    try:
        solve = partial(placement.prove, tell=tell, time_limit_s=most_s)
        tell(siting.solved(case, solve), is_over=True)
    except ValueError as reason:
        mouth.write(json.dumps({"problem": str(reason)}) + "\n")


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the line above
        os._exit(1)


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]))
