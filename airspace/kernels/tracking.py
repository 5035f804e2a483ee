"""The live picture: the newest report of every drone, as a structure of arrays. Pure numpy; times in epoch ms.

A drone has a slot (a row of the arrays) for as long as it is in the picture. A batch is folded in at once; of several
reports of one drone the newest wins, and none that is not newer than what is known changes anything. A time beyond the
present is not known: it came of a clock that was ahead, and what comes next wins.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

STALE_AFTER_S = 5.0
LOST_AFTER_S = 15.0
LOW_BATTERY_PCT = 20.0
EMPTY_BATTERY_PCT = 8.0

NORMAL, WARNING, EMERGENCY, ON_GROUND = range(4)
STATES = ("normal", "warning", "emergency", "ground")
STATUSES = ("undeclared", "ground", "airborne", "emergency", "remote_id_failure")
"""Operational status as ASTM F3411-22a names it, in lower case; None is stored as code 255."""
NO_STATUS = 255
UNOWNED = 0
"""Owner of a drone of which none is known: nobody's number, so only who sees all sees more than its position."""
STATUS_CODES: dict[str | None, int] = {None: NO_STATUS, **{name: code for code, name in enumerate(STATUSES)}}
AHEAD_MS = 2_000
"""A known time that lies further ahead of the present came of a clock that was ahead; reports may be one second."""
NEVER_MS = 2**63 - 1
VALUES = ("lat_deg", "lon_deg", "altitude_wgs84_m", "speed_mps", "track_deg", "battery_pct")


@dataclass(frozen=True)
class Batch:
    """Reports as columns of equal length; NaN where a value was not reported.

    Args:
        drone: primary key of each report's drone.
        at_ms: time at the source. [epoch ms]
        values: shape (n, 6): the columns of VALUES. [deg, deg, m, m/s, deg, %]
        status: index into STATUSES, or NO_STATUS.
    """

    drone: Ints
    at_ms: Ints
    values: Floats
    status: Bytes


def classify(battery_pct: Floats, status: Bytes) -> Bytes:
    """Judge the state of each drone: emergency before ground, ground before a low battery.

    Args:
        battery_pct: remaining charge, NaN when unknown. [%]
        status: index into STATUSES, or NO_STATUS.

    Returns:
        NORMAL, WARNING, EMERGENCY or ON_GROUND for each.
    """
    on_ground = status == STATUS_CODES["ground"]
    state = np.where(battery_pct < LOW_BATTERY_PCT, WARNING, NORMAL)
    state = np.where((battery_pct < EMPTY_BATTERY_PCT) & ~on_ground, EMERGENCY, state)
    state = np.where(on_ground, ON_GROUND, state)
    return np.where(status == STATUS_CODES["emergency"], EMERGENCY, state).astype(np.uint8)


def link_state(age_s: float | None) -> str:
    """Name how fresh a drone's last report is: heard, stale (over 5 s), lost (over 15 s) or unknown (never)."""
    if age_s is None:
        return "unknown"
    if age_s > LOST_AFTER_S:
        return "lost"
    return "stale" if age_s > STALE_AFTER_S else "heard"


def newest_of_each(drone: Ints, at_ms: Ints) -> Ints:
    """Return the index of each drone's newest report; of equals the first given."""
    order = np.lexsort((-np.arange(len(drone)), at_ms, drone))
    ends = np.append(drone[order][1:] != drone[order][:-1], True) if len(drone) else np.zeros(0, np.bool_)
    return np.sort(order[ends])


class Picture:
    """The newest report of every drone, and what changed since the last frame."""

    def __init__(self, capacity: int = 1024) -> None:
        self.count = 0
        self.drone = np.zeros(capacity, np.int64)
        self.at_ms = np.zeros(capacity, np.int64)
        self.values = np.full((capacity, len(VALUES)), np.nan)
        self.status = np.full(capacity, NO_STATUS, np.uint8)
        self.is_unverified = np.zeros(capacity, np.bool_)
        self.owner = np.zeros(capacity, np.int64)
        self.control_link = np.zeros(capacity, np.uint8)
        """Code of `control_link.STATES`; 0: nothing is known."""
        self.tile = np.full(capacity, -1, np.int64)
        """Tile in which the drone was last shown, -1 before its first frame."""
        self.is_changed = np.zeros(capacity, np.bool_)
        self._slots: dict[int, int] = {}
        self._marks: dict[int, tuple[int, bool]] = {}

    def update(self, batch: Batch, present_ms: int = NEVER_MS - AHEAD_MS) -> int:
        """Fold a batch in, newest wins; return how many drones moved on. A track moves back from the future alone."""
        pick = newest_of_each(batch.drone, batch.at_ms)
        slots = np.array([self._slot(drone) for drone in batch.drone[pick].tolist()], np.int64)
        newer = (batch.at_ms[pick] > self.at_ms[slots]) | (self.at_ms[slots] > present_ms + AHEAD_MS)
        pick, slots = pick[newer], slots[newer]
        self.at_ms[slots] = batch.at_ms[pick]
        self.values[slots] = batch.values[pick]
        self.status[slots] = batch.status[pick]
        self.is_changed[slots] = True
        return len(slots)

    def mark(self, drone: int, *, owner: int, is_unverified: bool) -> None:
        """Note whose a drone is, and whether its registration was checked; a change is shown in the next frame."""
        self._marks[drone] = owner, is_unverified
        slot = self._slots.get(drone)
        if slot is not None:
            self.is_changed[slot] |= (int(self.owner[slot]), bool(self.is_unverified[slot])) != (owner, is_unverified)
            self.owner[slot], self.is_unverified[slot] = owner, is_unverified

    def judge(self, codes_of: Callable[[Ints], Bytes]) -> None:
        """Note how the control links of all drones are, by their keys; a change is shown in the next frame."""
        slots = self.heard()
        codes = codes_of(self.drone[slots])
        self.is_changed[slots] |= codes != self.control_link[slots]
        self.control_link[slots] = codes

    def states(self, slots: Ints) -> Bytes:
        """Return the state code of these slots."""
        return classify(self.values[slots, VALUES.index("battery_pct")], self.status[slots])

    def changed(self) -> Ints:
        """Return the slots that changed since the last call of `settle`."""
        return np.flatnonzero(self.is_changed[: self.count])

    def heard(self) -> Ints:
        """Return the slots of drones that have reported at all."""
        return np.flatnonzero(self.at_ms[: self.count] > 0)

    def settle(self, slots: Ints, tiles: Ints) -> None:
        """Note that these slots were shown, and in which tiles."""
        self.is_changed[slots] = False
        self.tile[slots] = tiles

    def forget(self, before_ms: int) -> Ints:
        """Drop drones last heard before a time; return the tiles in which they were shown."""
        slots = np.arange(self.count)
        gone = self.at_ms[slots] < before_ms
        tiles = np.unique(self.tile[slots[gone]])
        self._keep(slots[~gone])
        return tiles[tiles >= 0]

    def drop(self, drones: Collection[int]) -> Ints:
        """Drop these drones; return the tiles in which they were shown."""
        slots = np.arange(self.count)
        gone = np.isin(self.drone[slots], list(drones))
        tiles = np.unique(self.tile[slots[gone]])
        self._keep(slots[~gone])
        for drone in drones:
            self._marks.pop(drone, None)
        return tiles[tiles >= 0]

    def _columns(self) -> list[str]:
        return ["drone", "at_ms", "values", "status", "is_unverified", "owner", "control_link", "tile", "is_changed"]

    def _keep(self, slots: Ints) -> None:
        fresh = Picture(max(1024, len(slots)))
        for name in self._columns():
            getattr(fresh, name)[: len(slots)] = getattr(self, name)[slots]
            setattr(self, name, getattr(fresh, name))
        self.count = len(slots)
        self._slots = {drone: slot for slot, drone in enumerate(self.drone[: self.count].tolist())}

    def _slot(self, drone: int) -> int:
        slot = self._slots.get(drone)
        if slot is None:
            slot = self.count
            if slot == len(self.drone):
                self._grow()
            self._slots[drone] = slot
            self.drone[slot] = drone
            self.owner[slot], self.is_unverified[slot] = self._marks.get(drone, (UNOWNED, False))
            self.at_ms[slot] = 0
            self.tile[slot] = -1
            self.control_link[slot] = 0
            self.count += 1
        return slot

    def _grow(self) -> None:
        fresh = Picture(2 * len(self.drone))
        for name in self._columns():
            getattr(fresh, name)[: self.count] = getattr(self, name)[: self.count]
            setattr(self, name, getattr(fresh, name))
