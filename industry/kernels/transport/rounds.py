"""Vehicles that drive rounds in a hall, for the demonstration: where each is after so many seconds. Pure functions."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import atan2, hypot

Point = tuple[float, float]


@dataclass(frozen=True)
class OnRound:
    """Where a vehicle is on its round [m], where it points [rad from x], and the corners still before it [m]."""

    at_m: Point
    theta_rad: float
    ahead_m: list[Point]


def round_of(number: int, length_m: float, width_m: float) -> list[Point]:
    """Return the corners of a vehicle's round: every second one stays in one half of the hall."""
    x, y = length_m / 2 - 20.0, width_m / 2 - 20.0
    low = 0.0 if number % 2 else -y
    corners = [(-x, low), (x, low), (x, y), (-x, y)]
    return corners if number % 4 < 2 else corners[::-1]


def on_round(corners: Sequence[Point], gone_m: float) -> OnRound:
    """Return where a vehicle is that has gone so far along a closed round from its first corner.

    Raises:
        ValueError: the corners are no round.
    """
    ends = [*corners[1:], corners[0]]
    lengths = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(corners, ends, strict=True)]
    if sum(lengths) <= 0:
        raise ValueError("a round has a length")
    left_m = gone_m % sum(lengths)
    index = bisect_right(list(accumulate(lengths)), left_m) % len(lengths)
    left_m -= sum(lengths[:index])
    (ax, ay), (bx, by) = corners[index], ends[index]
    part = left_m / lengths[index]
    ahead = [ends[(index + step) % len(ends)] for step in range(len(ends))]
    return OnRound((ax + (bx - ax) * part, ay + (by - ay) * part), atan2(by - ay, bx - ax), ahead)
