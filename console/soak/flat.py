"""Whether a row of figures stays flat: the slope of the line through them against stated bounds. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHARE = 0.05
"""A figure is flat where the line through it rises by less than this share of its mean, from end to end."""
LEAST_POINTS = 3


@dataclass(frozen=True)
class Trend:
    """The line through some figures: their mean, and by how much it rises from the first to the last."""

    mean: float
    rise: float


def trend(days: Sequence[float], values: Sequence[float]) -> Trend:
    """Fit a line by least squares.

    Raises:
        ValueError: there are fewer than three points.
    """
    if len(days) < LEAST_POINTS:
        raise ValueError(f"{len(days)} points given; expected {LEAST_POINTS} or more")
    slope, _ = np.polyfit(np.asarray(days, float), np.asarray(values, float), 1)
    return Trend(float(np.mean(values)), float(slope) * (days[-1] - days[0]))


def is_flat(line: Trend, free: float, share: float = SHARE) -> bool:
    """Whether a line rises by no more than a share of its mean, or by what is free: noise of small figures."""
    return line.rise <= max(share * abs(line.mean), free)
