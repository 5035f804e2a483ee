"""The radio link that a terminal at some place would have, as modelled from the inventory."""

from dataclasses import dataclass

import numpy as np

from network.actions import sector
from network.actions.path import nearest_edge_nodes
from network.kernels import latency
from network.kernels.geodesy import haversine_m, to_enu
from network.kernels.sector import NOWHERE, signals_at
from network.models import Region

RANGE_M = 4_000.0
CEILING_M = 300.0
FLOOR_M = 1.5
DEFINITION = (
    "Median reference signal power of the strongest sector by TR 38.901 and TR 36.777, line of sight weighted by its "
    "probability, antenna patterns included, no shadow fading; interference of all others at their load"
)


@dataclass(frozen=True)
class ModelledLink:
    """What the model says of a link. `one_way_latency_ms` reaches from the terminal to the nearest computing."""

    site: str
    sector: str
    rsrp_dbm: float
    sinr_db: float
    distance_m: float
    one_way_latency_ms: float | None
    definition: str = DEFINITION
    source: str = "modelled"


def modelled_link(lat_deg: float, lon_deg: float, height_m: float) -> ModelledLink | None:
    """Return the modelled link to the strongest sector.

    Args:
        lat_deg: where the terminal is. [degrees]
        lon_deg: likewise. [degrees]
        height_m: its height above ground; taken as 1.5 m below that. [m]

    Returns:
        The link; None when no sector lies within the model's range: 4 km, and 300 m of height.
    """
    region = _region_at(lat_deg, lon_deg)
    if region is None or not height_m <= CEILING_M:
        return None
    around = sector.air(region)
    east_m, north_m = (float(metres) for metres in to_enu(lat_deg, lon_deg, region.lat_deg, region.lon_deg))
    away_m = np.array([np.hypot(one.east_m - east_m, one.north_m - north_m) for one in around.sectors])
    near = np.flatnonzero(away_m <= RANGE_M)
    found = signals_at([around.sectors[index] for index in near], east_m, north_m, max(height_m, FLOOR_M))
    if int(found.server) == NOWHERE:
        return None
    best = int(near[int(found.server)])
    return ModelledLink(
        site=around.site_slugs[best],
        sector=around.slugs[best],
        rsrp_dbm=float(found.rsrp_dbm),
        sinr_db=float(found.sinr_db),
        distance_m=float(away_m[best]),
        one_way_latency_ms=_latency_ms(lat_deg, lon_deg),
    )


def _region_at(lat_deg: float, lon_deg: float) -> Region | None:
    """Return the smallest region that holds a place, the model's range added; None when none does."""
    for region in Region.objects.order_by("radius_m"):
        if haversine_m(lat_deg, lon_deg, region.lat_deg, region.lon_deg) <= region.radius_m + RANGE_M:
            return region
    return None


def _latency_ms(lat_deg: float, lon_deg: float) -> float | None:
    reached: list[tuple[object, latency.Latency]] = list(nearest_edge_nodes(lat_deg, lon_deg))
    return reached[0][1].mean_ms if reached else None
