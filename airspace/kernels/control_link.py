"""Whether drones' control links meet their need, held against flicker. Pure numpy; times in epoch milliseconds.

A drone is judged by its margin: by how much signal power and quality exceed what it needs, the smaller of the two. A
link is below its need once it was so for `ON_DELAY_S`, and meets it again once it did for `OFF_DELAY_S`. What nothing
is known of is unknown, and keeps what was known of it for as long.
"""

from dataclasses import dataclass

import numpy as np

from airspace.kernels.tracking import Bytes, Floats, Ints

ON_DELAY_S, OFF_DELAY_S = 8.0, 10.0
AHEAD_S = (10.0, 20.0, 30.0)
"""When on its way a drone is looked at. [s]"""
METRES_PER_DEG = 111_320.0
UNKNOWN, MET, GAP_AHEAD, BELOW = range(4)
STATES = ("unknown", "met", "gap_ahead", "below")
"""By code: not known; the need is met; it will not be on the way, or is not yet for long; it is not."""
NO_REASON, CELL_SILENT, WEAK = range(3)
REASONS = (None, "cell_silent", "weak")
"""Why a link is below its need, by code: what would serve it is not on air; by plan nothing reaches it well enough."""
HELD = np.dtype([
    ("drone", "<i8"), ("site", "<i8"), ("below_ms", "<i8"), ("well_ms", "<i8"), ("margin_db", "<f8"), ("gap_s", "<f8"),
    ("rsrp_dbm", "<f8"), ("sinr_db", "<f8"), ("state", "u1"), ("reason", "u1"), ("is_below", "?"),
])  # fmt: skip
"""What is held of a drone: who serves it or would by plan; since when it is below its need and since when above (0: it
is not); its margin [dB]; when on its way it first falls below (NaN: not soon, or it is already) [s]; code of STATES and
of REASONS; whether it was below for long enough when it was known last."""
Rows = np.ndarray[tuple[int], np.dtype[np.void]]
NOBODY: Rows = np.empty(0, HELD)


@dataclass(frozen=True)
class Found:
    """What the radio model says of drones now, by the live twin. All of shape (n,).

    Args:
        drone: primary keys.
        site: primary key of who serves them; where that is not on air, of who would by plan; 0: nobody.
        rsrp_dbm: signal power of the strongest that is on air; NaN where unknown or none. [dBm]
        sinr_db: its quality. [dB]
        margin_db: above both needs; NaN where unknown, -inf where nothing is on air. [dB]
        gap_s: when on its way a drone falls below its need; NaN: not soon, or not known. [s]
        reason: code of REASONS, of those below their need.
    """

    drone: Ints
    site: Ints
    rsrp_dbm: Floats
    sinr_db: Floats
    margin_db: Floats
    gap_s: Floats
    reason: Bytes


def along(lat_deg: Floats, lon_deg: Floats, speed_mps: Floats, track_deg: Floats) -> tuple[Floats, Floats]:
    """Return where drones are at `AHEAD_S` if they fly straight on, shape (times, n); NaN of whose way is unknown."""
    ahead_m = np.array(AHEAD_S)[:, None] * speed_mps
    track = np.radians(track_deg)
    lat = lat_deg + ahead_m * np.cos(track) / METRES_PER_DEG
    lon = lon_deg + ahead_m * np.sin(track) / (METRES_PER_DEG * np.cos(np.radians(lat_deg)))
    return lat, lon


def first_gap_s(margins_db: Floats) -> Floats:
    """Return when the margin along the way, shape (times, n), first falls below zero; NaN where it does not. [s]."""
    is_below = margins_db < 0  # false for NaN
    first = np.array(AHEAD_S)[is_below.argmax(axis=0)]
    return np.where(is_below.any(axis=0), first, np.nan)


def hold(before: Rows, found: Found, now_ms: int) -> Rows:
    """Return what is held of drones from now on; of whom nothing was found nothing is held.

    Args:
        before: what was held, in the order of the drones.
        found: of each drone once.
        now_ms: the present. [epoch ms]
    """
    order = np.argsort(found.drone)
    rows = np.zeros(len(order), HELD)
    for name in ("drone", "site", "rsrp_dbm", "sinr_db", "margin_db", "gap_s", "reason"):
        rows[name] = getattr(found, name)[order]
    last, known = _before(before, rows["drone"]), ~np.isnan(rows["margin_db"])
    low, well = rows["margin_db"] < 0, rows["margin_db"] >= 0  # both false for NaN
    rows["well_ms"] = np.where(well, _since(last["well_ms"], now_ms), 0)
    lingers = well & last["is_below"] & (now_ms - rows["well_ms"] < OFF_DELAY_S * 1e3)
    rows["below_ms"] = np.where(low, _since(last["below_ms"], now_ms), np.where(well & ~lingers, 0, last["below_ms"]))
    rows["reason"] = np.where(
        low, rows["reason"], np.where(lingers | (~known & last["is_below"]), last["reason"], NO_REASON)
    )
    is_below = lingers | (low & (now_ms - rows["below_ms"] >= ON_DELAY_S * 1e3))
    rows["is_below"] = np.where(known, is_below, last["is_below"])
    rows["gap_s"][low] = np.nan
    is_ahead = low | ~np.isnan(rows["gap_s"])
    rows["state"] = np.select([~known, is_below, is_ahead], [UNKNOWN, BELOW, GAP_AHEAD], MET)
    return rows


def codes_of(rows: Rows, drones: Ints) -> Bytes:
    """Return the code of STATES of each of these drones, in any order; unknown of whom nothing is held."""
    return np.asarray(_before(rows, drones)["state"], np.uint8)


def _before(rows: Rows, drones: Ints) -> Rows:
    """Return what is held of drones; zeros where nothing is. Rows are in the order of their drones."""
    held = np.zeros(len(drones), HELD)
    if len(rows):
        place = np.minimum(np.searchsorted(rows["drone"], drones), len(rows) - 1)
        is_known = rows["drone"][place] == drones
        held[is_known] = rows[place[is_known]]
    return held


def _since(since_ms: Ints, now_ms: int) -> Ints:
    """Return since when it is so; a time yet to come is of a clock that was ahead."""
    return np.where((since_ms > 0) & (since_ms <= now_ms), since_ms, now_ms)
