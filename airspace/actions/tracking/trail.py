"""A drone's trail: its stored positions, thinned to what can be drawn."""

from dataclasses import dataclass

import numpy as np

from airspace.kernels.tracking import STALE_AFTER_S
from airspace.kernels.trail import thin
from airspace.models import Position

MAX_REPORTS = 100_000
PER_QUERY = 500


@dataclass(frozen=True)
class Trail:
    """Positions kept, each with whether a gap lies before it, of so many reports. `is_cut`: older ones are left out."""

    points: list[tuple[Position, bool]]
    reports: int
    is_cut: bool


def trail(drone: int, since_ms: int, limit: int) -> Trail:
    """Return a drone's trail since a time as at most `limit` points; a silence over five seconds is kept as a gap."""
    stored = Position.objects.filter(drone_id=drone, at_ms__gte=since_ms)
    newest_first = stored.order_by("-at_ms").values_list("at_ms", flat=True)[: MAX_REPORTS + 1]
    times = np.fromiter(newest_first, np.int64)[::-1][-MAX_REPORTS:]
    chosen, after_gap = thin(times, limit, round(STALE_AFTER_S * 1000))
    wanted = times[chosen].tolist()
    rows = [
        row
        for start in range(0, len(wanted), PER_QUERY)
        for row in stored.filter(at_ms__in=wanted[start : start + PER_QUERY]).order_by("at_ms")
    ]
    gaps = dict(zip(wanted, after_gap.tolist(), strict=True))
    is_cut = len(newest_first) > MAX_REPORTS
    return Trail([(row, gaps[row.at_ms]) for row in rows], len(times), is_cut)
