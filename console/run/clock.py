"""The clocks of this machine: the wall clock, which somebody may set, and the time since its start, which nobody can.

Durations and ages within one machine are those of the second. Processes of one machine share it; on another machine,
or after another start, it means nothing, which is what `machine` tells apart.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

STEP_S = 0.25
"""A wall clock that gained or lost so much between two looks was set: slewing takes 0.17 s in two seconds at most."""
_READ_WITHIN_S, _READINGS = 0.02, 5


def _elapsed_s() -> float:
    """Return seconds since this machine started, those in which it was suspended included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME if hasattr(time, "CLOCK_BOOTTIME") else time.CLOCK_MONOTONIC)


def _machine() -> str:
    """Return what this start of this machine is called; empty where the system does not say."""
    try:
        started = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    with suppress(OSError):  # a container may have a clock of its own since the start
        started += str(Path("/proc/self/ns/time").readlink())
    return started


@dataclass(kw_only=True, eq=False)
class Clock:
    """What processes tell the time by; `MACHINE` is that of every process.

    Args:
        now: the wall clock, aware.
        elapsed_s: the time since the machine started.
        machine: the start that it counts from; empty: it can be compared within this process only.
    """

    now: Callable[[], datetime]
    elapsed_s: Callable[[], float]
    machine: str

    def offset_s(self) -> float:
        """Return what the wall clock is ahead of the time since the start: it changes when somebody sets the clock.

        Both are read within 20 ms, and again when the process was held up in between.
        """
        readings = []
        for _ in range(_READINGS):
            before_s, wall_s, after_s = self.elapsed_s(), self.now().timestamp(), self.elapsed_s()
            readings.append((after_s - before_s, wall_s - (before_s + after_s) / 2))
            if after_s - before_s < _READ_WITHIN_S:
                break
        return min(readings)[1]


MACHINE = Clock(now=lambda: datetime.now(UTC), elapsed_s=_elapsed_s, machine=_machine())


class StepMeter:
    """Tells one process whether the wall clock was set since it last asked."""

    def __init__(self, clock: Clock = MACHINE) -> None:
        self._clock = clock
        self._offset_s = clock.offset_s()

    def take_s(self) -> float:
        """Return by how much the clock was set since the last call, above nil when forward; 0: it was not."""
        before_s, self._offset_s = self._offset_s, self._clock.offset_s()
        change_s = self._offset_s - before_s
        return change_s if abs(change_s) >= STEP_S else 0.0
