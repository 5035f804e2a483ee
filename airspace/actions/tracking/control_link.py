"""Judging drones on their control links: by the live twin, where they are and will be if they fly straight on.

Once every few seconds for all that fly, in arrays; what came of it is held in Redis (`airspace.judged`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from airspace import judged
from airspace.judged import Judged
from airspace.kernels import control_link as kernel
from airspace.kernels.control_link import NOBODY, REASONS, STATES, Found, Rows
from airspace.kernels.tracking import LOST_AFTER_S
from airspace.models import LastPosition
from console.redis_clients import GONE
from network.actions.radio.control_link import links_at
from network.actions.topology.live import Live, live
from network.models import Sector, Site

MOST_LINKS = 4_000_000
"""So many pairs of a place and a sector are worked out in a look; of drones beyond, heard earlier, nothing is known."""
LOOKS = 1 + len(kernel.AHEAD_S)
SOURCE = "modelled"
_FIELDS = ("drone_id", "lat_deg", "lon_deg", "height_agl_m", "speed_mps", "track_deg")


@dataclass(frozen=True)
class ControlLink:
    """What was judged of a drone's control link; all figures modelled, by the live twin. Nothing known: all None."""

    state: str = STATES[kernel.UNKNOWN]
    site: str | None = None
    margin_db: float | None = None
    rsrp_dbm: float | None = None
    sinr_db: float | None = None
    gap_in_s: float | None = None
    below_since: datetime | None = None
    reason: str | None = None
    judged_at: datetime | None = None
    twin: str = "live"
    source: str = SOURCE


NOTHING = ControlLink()


def judge(now: datetime) -> Rows:
    """Judge the links of all drones in flight that were heard within 15 s, and hold what came of it.

    Args:
        now: the present. [aware]
    """
    now_ms = round(now.timestamp() * 1e3)
    before = judged.read()
    found = _found(live(now), now)
    rows = kernel.hold(before.rows if before else NOBODY, found, now_ms)
    judged.keep(rows, now_ms)
    return rows


class Known:
    """What was judged last of each drone, read once and when it is first asked for. Without Redis nothing is known."""

    def get(self, drone: int) -> ControlLink:
        """Return what is known of a drone's control link."""
        place = self._places.get(drone)
        return NOTHING if place is None or self._judged is None else self._told(self._judged.rows[place])

    def in_state(self, state: str) -> list[int]:
        """Return the drones in a state, by key."""
        rows = self._judged.rows if self._judged else NOBODY
        return [int(pk) for pk in rows["drone"][rows["state"] == STATES.index(state)]]

    @cached_property
    def _judged(self) -> Judged | None:
        try:
            return judged.read()
        except GONE:
            return None

    @cached_property
    def _places(self) -> Mapping[int, int]:
        rows = self._judged.rows if self._judged else NOBODY
        return {drone: place for place, drone in enumerate(rows["drone"].tolist())}

    @cached_property
    def _slugs(self) -> Mapping[int, str]:
        rows = self._judged.rows if self._judged else NOBODY
        sites = np.unique(rows["site"][rows["site"] > 0]).tolist()
        return dict(Site.objects.filter(pk__in=sites).values_list("pk", "slug"))

    def _told(self, row: np.void) -> ControlLink:
        assert self._judged is not None
        return ControlLink(
            STATES[row["state"]], self._slugs.get(int(row["site"])),
            figure(row["margin_db"]), figure(row["rsrp_dbm"]), figure(row["sinr_db"]), figure(row["gap_s"]),
            _moment(row["below_ms"]) if row["below_ms"] else None, REASONS[row["reason"]],
            _moment(self._judged.at_ms),
        )  # fmt: skip


def heard_from_ms(now: datetime) -> int:
    """Return from when on a drone must have been heard to be judged. [epoch ms]."""
    return round((now.timestamp() - LOST_AFTER_S) * 1e3)


def _found(twin: Live, now: datetime) -> Found:
    flying = LastPosition.objects.filter(at_ms__gte=heard_from_ms(now), drone__retired_at=None).exclude(status="ground")
    most = max(1, MOST_LINKS // (LOOKS * max(1, Sector.objects.filter(is_active=True).count())))
    rows = list(flying.order_by("-at_ms").values_list(*_FIELDS)[:most])
    drone = np.array([row[0] for row in rows], np.int64)
    lat_deg, lon_deg, height_m, speed_mps, track_deg = np.array([row[1:] for row in rows], float).reshape(-1, 5).T
    ahead_lat, ahead_lon = kernel.along(lat_deg, lon_deg, speed_mps, track_deg)
    places = np.concatenate([lat_deg, ahead_lat.ravel()]), np.concatenate([lon_deg, ahead_lon.ravel()])
    links = links_at(*places, np.tile(height_m, LOOKS), twin)
    margins_db = links.margin_db.reshape(LOOKS, -1)
    here = slice(len(rows))
    reason = np.where(links.is_cell_silent[here], kernel.CELL_SILENT, kernel.WEAK).astype(np.uint8)
    return Found(
        drone, links.site_id[here], links.rsrp_dbm[here], links.sinr_db[here], margins_db[0],
        kernel.first_gap_s(margins_db[1:]), reason,
    )  # fmt: skip


def figure(value: float) -> float | None:
    """Return a figure as it is told; None where it is unknown or without bound."""
    return round(float(value), 1) if np.isfinite(value) else None


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(int(at_ms) / 1e3, UTC)
