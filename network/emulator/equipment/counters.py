"""The performance counters that a simulated site tells: a period's figures per cell, and of the site as a whole."""

import zlib
from datetime import UTC, datetime
from typing import Any

import numpy as np

from network.emulator.equipment.configuration import Setting
from network.emulator.equipment.hidden import DAY_S, LOCAL_S, Air, Array, Reception, SiteProfile, busy_share
from network.emulator.faults.faults import FaultState
from network.emulator.places import Place
from network.kernels.radio.energy import Kind, power_w

PERIOD_S = 10.0
RSRP_EDGES_DBM = tuple(range(-130, -49, 10))
SINR_EDGES_DB = tuple(range(-10, 31, 5))
PEOPLE = 12_000  # of a site about which it is not known
DEVICES_SHARE = 0.05  # of the people, on line with us at the peak
DEVICE_MBPS, DRONE_MBPS = 0.15, 8.0
DRONES = 1.2  # above a cell at noon, on average
PLANNED_SHARE = 0.6  # of a cell that its operator plans to fill at the peak
SPREAD = 0.05  # by which traffic varies from period to period
WARMEST_H, AMBIENT_C, SWING_C, C_PER_W = 15.0, 22.0, 7.0, 0.012
EDGE_IDLE, EDGE_BUSY = 0.15, 0.6
MOST_QUEUE = 1_000
Json = dict[str, Any]


def period_of(at_s: float) -> int:
    """Return the number of the last period that is over."""
    return int(at_s // PERIOD_S) - 1


def counters(place: Place, air: Air, setting: Setting, condition: FaultState, *, period: int) -> Json:
    """Return what a site tells about a period; the same for the same period and circumstances."""
    ends_s = (period + 1) * PERIOD_S
    rng = np.random.default_rng([period, zlib.crc32(place.slug.encode())])
    profile = air.profile(place.slug)
    receptions = air.receptions(place.slug, setting, profile.lost_db(ends_s))
    cells = [
        {
            **_cell(slug, receptions.get(slug), (place, profile, condition), ends_s, rng),
            "tilt_deg": state.tilt_deg,
            "power_dbm": state.power_dbm,
        }
        for slug, state in setting.cells.items()
    ]
    drawn_w = _power_w(place, setting, cells)
    return {
        "site": place.slug, "from": _time(ends_s - PERIOD_S), "to": _time(ends_s), "period_s": PERIOD_S,
        "version": setting.version, "cells": cells, "power_w": round(drawn_w, 1),
        "energy_wh": round(drawn_w * PERIOD_S / 3_600, 4),
        "temperature_c": round(_temperature_c(profile, drawn_w, ends_s) + float(rng.normal(0.0, 0.2)), 1),
        "edge": _edge(place, profile, condition, ends_s, rng),
    }  # fmt: skip


def _cell(
    slug: str,
    reception: Reception | None,
    who: tuple[Place, SiteProfile, FaultState],
    at_s: float,
    rng: np.random.Generator,
) -> Json:
    place, profile, condition = who
    is_active = reception is not None
    if reception is None or condition.is_asleep or not len(reception.rsrp_dbm):
        return _told(slug, (0, 0), (0.0, 0.0), ([], []), rng, is_active=is_active)
    busy = busy_share(profile, at_s) * float(rng.lognormal(0.0, SPREAD))
    people = place.people if place.people is not None else PEOPLE
    attached = int(rng.poisson(people * DEVICES_SHARE * busy * profile.appetite / len(place.antennas)))
    drones = int(rng.poisson(DRONES * _daylight_share(at_s)))
    capacity_mbps = max(reception.rate_bps / 1e6, 0.001)
    planned_mbps = PLANNED_SHARE * busy * reception.built_bps / 1e6  # where more is asked for, more was built
    offered_mbps = min(attached * DEVICE_MBPS + drones * DRONE_MBPS, planned_mbps)
    if condition.load:
        attached = int(attached * max(condition.load, 1.0))
        offered_mbps = max(offered_mbps, condition.load * capacity_mbps)
    carried = min(offered_mbps / capacity_mbps, 1.0), min(offered_mbps, capacity_mbps)
    return _told(slug, (attached, drones), carried, (reception.rsrp_dbm, reception.sinr_db), rng, is_active=True)


def _told(
    slug: str, attached: tuple[int, int], carried: tuple[float, float],
    received: tuple[Array | list[float], Array | list[float]], rng: np.random.Generator, *, is_active: bool,
) -> Json:  # fmt: skip
    reports = 2 * sum(attached)
    return {
        "sector": slug, "is_active": is_active, "devices": attached[0], "drones": attached[1],
        "prb_use_share": round(carried[0], 4), "throughput_mbps": round(carried[1], 2),
        "rsrp_dbm": _histogram(received[0], RSRP_EDGES_DBM, reports, rng),
        "sinr_db": _histogram(received[1], SINR_EDGES_DB, reports, rng),
    }  # fmt: skip


def _histogram(values: Array | list[float], edges: tuple[int, ...], reports: int, rng: np.random.Generator) -> Json:
    """Return how many reports fell between the edges; the first and the last class are open."""
    counts = np.bincount(np.digitize(values, edges), minlength=len(edges) + 1)
    total = counts.sum()
    drawn = rng.multinomial(reports, counts / total) if total else np.zeros(len(edges) + 1, int)
    return {"edges": list(edges), "counts": drawn.tolist()}


def _power_w(place: Place, setting: Setting, cells: list[Json]) -> float:
    kind: Kind = "micro" if place.kind == "micro" else "macro"
    built = {antenna.slug: antenna.power_dbm for antenna in place.antennas}
    drawn_w = 0.0
    for cell in cells:
        slug, state = cell["sector"], setting.cells[cell["sector"]]
        out_share = 10 ** ((state.power_dbm - built[slug]) / 10)
        drawn_w += power_w(kind, cell["prb_use_share"], out_share=out_share, is_asleep=state.is_asleep)
    return drawn_w / max(len(cells), 1)  # the model's figures are of all transceivers together


def _temperature_c(profile: SiteProfile, drawn_w: float, at_s: float) -> float:
    hour = (at_s + LOCAL_S) % DAY_S / 3_600.0
    outside_c = AMBIENT_C + SWING_C * float(np.cos(2 * np.pi * (hour - WARMEST_H) / 24))
    return outside_c + C_PER_W * drawn_w + profile.warmer_c(at_s)


def _daylight_share(at_s: float) -> float:
    hour = (at_s + LOCAL_S) % DAY_S / 3_600.0
    return float(max(np.sin(np.pi * (hour - 6.0) / 12.0), 0.05))


def _edge(
    place: Place, profile: SiteProfile, condition: FaultState, at_s: float, rng: np.random.Generator
) -> Json | None:
    if not place.edge_cores:
        return None
    load = condition.load or EDGE_IDLE + EDGE_BUSY * busy_share(profile, at_s)
    mean = load / (1 - load) if load < 0.95 else MOST_QUEUE * min(load - 0.9, 1.0)
    return {
        "cores": place.edge_cores,
        "busy_share": round(min(load, 1.0), 4),
        "queue": min(int(rng.poisson(mean)), MOST_QUEUE),
    }


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
