"""Thinning a trail for drawing, so that gaps stay gaps. Pure numpy; times in epoch milliseconds."""

import numpy as np

from airspace.kernels.tracking import Flags, Ints


def thin(at_ms: Ints, limit: int, gap_ms: int) -> tuple[Ints, Flags]:
    """Choose at most `limit` points of a trail, spread evenly, with both ends of every stretch where they fit.

    Args:
        at_ms: times of the points, ascending. [epoch ms]
        limit: how many points to keep at most, at least 2.
        gap_ms: a longer silence between two neighbours is a gap. [ms]

    Returns:
        Indices of the points kept, ascending, and for each whether a gap lies between it and the one kept before it.
    """
    stretch = np.cumsum(np.diff(at_ms, prepend=at_ms[:1]) > gap_ms)
    chosen = np.arange(len(at_ms))
    if len(at_ms) > limit:
        chosen = _spread(chosen, limit)
        borders = np.flatnonzero(np.diff(stretch))
        ends = np.unique(np.concatenate([[0, len(at_ms) - 1], borders, borders + 1]))
        if len(ends) <= limit:
            others = np.setdiff1d(chosen, ends)
            chosen = np.union1d(ends, _spread(others, limit - len(ends)))
    after_gap = np.diff(stretch[chosen], prepend=stretch[chosen][:1]) > 0
    return chosen, after_gap


def _spread(indices: Ints, count: int) -> Ints:
    if count >= len(indices):
        return indices
    return indices[np.linspace(0, len(indices) - 1, count).astype(np.int64)] if count > 0 else indices[:0]
