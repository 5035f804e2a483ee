"""The radio that a terminal at some place would have, as modelled from the inventory by the direct formulas."""

from dataclasses import dataclass, replace

import numpy as np

from network.actions.radio import sector
from network.actions.radio.layers import RADAR
from network.actions.radio.on_air import on_air
from network.actions.radio.sector import Air
from network.actions.topology.live import Live
from network.actions.topology.path import latency_between, nearest_edge_nodes
from network.kernels.geodesy import to_enu
from network.kernels.radio.raster import coverage
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB, Grid
from network.kernels.radio.sector import NOWHERE, Signals, signals_at
from network.kernels.topology import latency
from network.models import Region

CEILING_M = 300.0
FLOOR_M = 1.5
DEFINITION = (
    "Median reference signal power of the strongest sector by TR 38.901 and TR 36.777, line of sight weighted by its "
    "probability, antenna patterns included, no shadow fading; interference of all others at their load"
)


@dataclass(frozen=True)
class Radio:
    """What the model says of a place. All figures are None together: where no sector reaches nothing is known."""

    region: str | None
    site: str | None = None
    sector: str | None = None
    distance_m: float | None = None
    rsrp_dbm: float | None = None
    sinr_db: float | None = None
    rate_mbps: float | None = None
    detection: float | None = None  # probability
    is_covered: bool | None = None
    is_lost: bool | None = None  # of the live twin: covered as planned, and not now; None: not known
    rsrp_goal_dbm: float = RSRP_GOAL_DBM
    sinr_goal_db: float = SINR_GOAL_DB
    definition: str = DEFINITION
    source: str = "modelled"


@dataclass(frozen=True)
class RadioLink:
    """What the model says of a link. `one_way_latency_ms` reaches from the terminal to the nearest computing."""

    site: str
    sector: str
    rsrp_dbm: float
    sinr_db: float
    distance_m: float
    one_way_latency_ms: float | None
    definition: str = DEFINITION
    source: str = "modelled"


def radio_at(
    lat_deg: float, lon_deg: float, height_m: float, region: Region | None = None, *, live: Live | None = None
) -> Radio:
    """Return what the model says of a place.

    Args:
        lat_deg: where it is. [degrees]
        lon_deg: likewise. [degrees]
        height_m: above ground, 1.5 to 300 m. [m]
        region: whose sectors count; by default the smallest that reaches the place.
        live: the live twin, by which only what is known to be on air sends. What hangs on whether something sends of
            which nothing is known is neither covered nor not.
    """
    region = region or sector.region_at(lat_deg, lon_deg)
    if region is None:
        return Radio(None)
    around, place = on_air(region, live), (lat_deg, lon_deg, height_m)
    known = _radio_in(around.known, place)
    if live is None:
        return known
    is_covered = bool(known.is_covered)
    if around.unknown and bool(_radio_in(around.possible, place).is_covered) is not is_covered:
        return replace(known, is_covered=None)
    is_lost = not is_covered and not around.is_whole and bool(_radio_in(around.planned, place).is_covered)
    return replace(known, is_covered=is_covered, is_lost=is_lost)


def _radio_in(around: Air, place: tuple[float, float, float]) -> Radio:
    (lat_deg, lon_deg, height_m), region = place, around.region
    east_m, north_m = (float(metres) for metres in to_enu(lat_deg, lon_deg, region.lat_deg, region.lon_deg))
    near = around.near(east_m, north_m)
    sectors = [around.sectors[index] for index in near]
    signals = signals_at(sectors, east_m, north_m, height_m)
    if int(signals.server) == NOWHERE:
        return Radio(region.slug)
    best, spot = near[int(signals.server)], Grid(east_m - 0.5, north_m - 0.5, 1.0, 1, 1)
    return Radio(
        region=region.slug,
        site=around.site_slugs[best],
        sector=around.slugs[best],
        distance_m=float(np.hypot(around.sectors[best].east_m - east_m, around.sectors[best].north_m - north_m)),
        rsrp_dbm=float(signals.rsrp_dbm),
        sinr_db=float(signals.sinr_db),
        rate_mbps=float(signals.rate_bps) / 1e6,
        detection=float(coverage.echoes(spot, height_m, sectors, RADAR).probability()[0, 0]),
        is_covered=_is_covered(signals),
    )


def modelled_link(lat_deg: float, lon_deg: float, height_m: float, live: Live | None = None) -> RadioLink | None:
    """Return the modelled link to the strongest sector.

    Args:
        lat_deg: where the terminal is. [degrees]
        lon_deg: likewise. [degrees]
        height_m: its height above ground; taken as 1.5 m below that. [m]
        live: the live twin, by which only what is known to be on air serves; without it, whatever is planned to.

    Returns:
        The link; None when the place lies beyond the range of the model, or above 300 m.
    """
    if not height_m <= CEILING_M:
        return None
    radio = radio_at(lat_deg, lon_deg, max(height_m, FLOOR_M), live=live)
    if radio.site is None or radio.sector is None:
        return None
    assert radio.rsrp_dbm is not None
    assert radio.sinr_db is not None
    assert radio.distance_m is not None
    ms = _latency_ms(lat_deg, lon_deg, live)
    return RadioLink(radio.site, radio.sector, radio.rsrp_dbm, radio.sinr_db, radio.distance_m, ms)


def _is_covered(signals: Signals) -> bool:
    return bool(signals.rsrp_dbm >= RSRP_GOAL_DBM and signals.sinr_db >= SINR_GOAL_DB)


def _latency_ms(lat_deg: float, lon_deg: float, live: Live | None) -> float | None:
    if live is not None:
        _, by_what_is_left = latency_between((lat_deg, lon_deg), part=live.carrying(with_unknown=False))
        return by_what_is_left.mean_ms if by_what_is_left else None
    reached: list[tuple[object, latency.Latency]] = list(nearest_edge_nodes(lat_deg, lon_deg))
    return reached[0][1].mean_ms if reached else None
