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
from airspace.kernels.telemetry import FLIGHT_OVER_S
from airspace.kernels.tracking import LOST_AFTER_S, Floats
from airspace.models import LastPosition
from console.redis_clients import GONE
from network.actions.radio.control_link import Links, links_at
from network.actions.topology.live import Live, live
from network.models import Site

MOST_LINKS = 2_000_000
"""So many pairs of a place and a sector within its reach a look costs: about 1.5 s. Who flies is judged where it is;
what is left then is spent on the way ahead, of those with the least margin first."""
MOST_DRONES = 20_000
"""Of more in flight at once, heard earlier than these, nothing is known."""
SOURCE = "modelled"
_FIELDS = ("drone_id", "lat_deg", "lon_deg", "height_agl_m", "speed_mps", "track_deg", "at_ms")


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
    """Judge the links of all drones in flight, and hold what came of it; of those silent for 15 s nothing is known.

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
        is_low = bool(row["below_ms"]) and row["state"] != kernel.UNKNOWN
        return ControlLink(
            STATES[row["state"]], self._slugs.get(int(row["site"])),
            figure(row["margin_db"]), figure(row["rsrp_dbm"]), figure(row["sinr_db"]), figure(row["gap_s"]),
            _moment(row["below_ms"]) if is_low else None, REASONS[row["reason"]] if is_low else None,
            _moment(self._judged.at_ms),
        )  # fmt: skip


def _found(twin: Live, now: datetime) -> Found:
    known_from_ms, heard_from_ms = (
        round((now.timestamp() - silent_s) * 1e3) for silent_s in (FLIGHT_OVER_S, LOST_AFTER_S)
    )
    flying = LastPosition.objects.filter(at_ms__gte=known_from_ms, drone__retired_at=None).exclude(status="ground")
    rows = list(flying.order_by("-at_ms").values_list(*_FIELDS))
    drone = np.array([row[0] for row in rows], np.int64)
    *place, speed_mps, track_deg, at_ms = np.array([row[1:] for row in rows], float).reshape(-1, 6).T
    place[2] = np.where(at_ms >= heard_from_ms, place[2], np.nan)  # where a silent one is nobody knows
    place[2][MOST_DRONES:] = np.nan
    links = links_at(place[0], place[1], place[2], twin)
    reason = np.where(links.is_cell_silent, kernel.CELL_SILENT, kernel.WEAK).astype(np.uint8)
    gap_s = _gap_s(links, (place[0], place[1], place[2]), (speed_mps, track_deg), twin)
    return Found(drone, links.site_id, links.rsrp_dbm, links.sinr_db, links.margin_db, gap_s, reason)


def _gap_s(links: Links, place: tuple[Floats, Floats, Floats], way: tuple[Floats, Floats], twin: Live) -> Floats:
    """Return when on their way drones fall below their need; NaN: not soon, or it was not looked at. [s]."""
    gap_s, looks = np.full(len(links.margin_db), np.nan), len(kernel.AHEAD_S)
    is_asked = (links.margin_db >= 0) & np.isfinite(way[0]) & np.isfinite(way[1])
    least_first = np.argsort(np.where(is_asked, links.margin_db, np.inf), kind="stable")[: is_asked.sum()]
    left = MOST_LINKS - int(links.in_reach.sum())
    asked = least_first[np.cumsum(links.in_reach[least_first]) * looks <= left]
    ahead_lat, ahead_lon = kernel.along(place[0][asked], place[1][asked], way[0][asked], way[1][asked])
    margins_db = links_at(ahead_lat.ravel(), ahead_lon.ravel(), np.tile(place[2][asked], looks), twin).margin_db
    gap_s[asked] = kernel.first_gap_s(margins_db.reshape(looks, -1))
    return gap_s


def figure(value: float) -> float | None:
    """Return a figure as it is told; None where it is unknown or without bound."""
    return round(float(value), 1) if np.isfinite(value) else None


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(int(at_ms) / 1e3, UTC)
