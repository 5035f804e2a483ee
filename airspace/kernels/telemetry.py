"""Whether a drone's reports kept coming, second by second. Pure numpy; times in epoch milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from airspace.kernels.tracking import STALE_AFTER_S, Flags, Ints

FLIGHT_OVER_S = 600.0
"""Silent for longer, a drone is not known to fly any more."""


@dataclass(frozen=True)
class Seconds:
    """Every second of a span. `newest` is the index of the newest report by then, -1 where there is none."""

    newest: Ints
    is_fresh: Flags  # its newest report is not older than agreed
    is_landed: Flags  # silent since it reported to be on the ground: nothing is owed
    is_unknown: Flags  # never heard, or silent for so long that nobody knows whether it flies

    def excused(self, is_ours: Flags) -> "Seconds":
        """Return the seconds with those unknown that are missing because nobody was there to hear."""
        is_unknown = self.is_unknown | (self.is_missing & is_ours)
        return Seconds(self.newest, self.is_fresh, self.is_landed, is_unknown)

    @property
    def is_missing(self) -> Flags:
        """It should have reported and did not."""
        return ~(self.is_fresh | self.is_landed | self.is_unknown)


def unheard(
    at_ms: Ints, absences_ms: Sequence[tuple[int, int]], again_within_ms: int, start_ms: int, count: int
) -> Flags:
    """Return the seconds from `start_ms` in which a silence is not the drone's.

    Args:
        at_ms: times of the reports at their source, ascending. [epoch ms]
        absences_ms: when nobody was there to hear. [epoch ms]
        again_within_ms: so long after that a drone may take to be heard again; once it was, nothing is excused. [ms]
        start_ms: the first second. [epoch ms]
        count: how many seconds.
    """
    instants_ms = start_ms + 1_000 * np.arange(count, dtype=np.int64)
    unheard = np.zeros(count, bool)
    for since_ms, until_ms in absences_ms:
        later = at_ms[np.searchsorted(at_ms, until_ms) :]
        end_ms = min(int(later[0]) if len(later) else np.iinfo(np.int64).max, until_ms + again_within_ms)
        unheard |= (instants_ms >= since_ms) & (instants_ms < end_ms)
    return unheard


def seconds(at_ms: Ints, on_ground: Flags, start_ms: int, count: int, stale_after_s: float = STALE_AFTER_S) -> Seconds:
    """Judge the seconds that begin at `start_ms`.

    Args:
        at_ms: times of the reports at their source, ascending. [epoch ms]
        on_ground: which of them said that the drone stands on the ground.
        start_ms: the first second. [epoch ms]
        count: how many seconds.
        stale_after_s: how old the newest report may be. [s]
    """
    instants_ms = start_ms + 1_000 * np.arange(count, dtype=np.int64)
    newest = np.searchsorted(at_ms, instants_ms, side="right") - 1
    is_heard = newest >= 0
    if len(at_ms) == 0:
        nothing = np.zeros(count, bool)
        return Seconds(newest, nothing, nothing, ~nothing)
    age_ms = instants_ms - at_ms[newest]
    is_fresh = is_heard & (age_ms <= 1_000 * stale_after_s)
    is_landed = is_heard & ~is_fresh & on_ground[newest]
    is_unknown = ~is_fresh & ~is_landed & (~is_heard | (age_ms > 1_000 * FLIGHT_OVER_S))
    return Seconds(newest, is_fresh, is_landed, is_unknown)
