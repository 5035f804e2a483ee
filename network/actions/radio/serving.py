"""Which base station serves a place in the air, and which ones a corridor: the strongest sector, as modelled."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from network.actions.radio.sector import REACH_M, Air, air
from network.actions.snapshot import Snapshots
from network.kernels.geodesy import haversine_m, to_enu
from network.kernels.radio import corridor as way
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB
from network.kernels.radio.sector import NOWHERE, Signals
from network.kernels.radio.terminals import received
from network.models import Corridor, Region

FLOOR_M, CEILING_M = 1.5, 300.0
STEP_M = 100.0
MOST_PLACES = 4_000
"""Along all corridors of a region together; with more, they are farther apart."""
NOBODY = 0
Array = NDArray[np.float64]
Keys = NDArray[np.int64]


_held: Snapshots[Mapping[str, frozenset[int]]] = Snapshots()
"""The sites that serve each corridor of a region, by slug: of an air, of whose it is, and of a set of corridors."""


def servers_at(lat_deg: Array, lon_deg: Array, height_m: Array) -> Keys:
    """Return the site that serves each place, by primary key, modelled; 0 where none does or it cannot be said.

    Args:
        lat_deg: of the places. [degrees]
        lon_deg: likewise. [degrees]
        height_m: above ground; below 1.5 m taken as that. Above 300 m, or NaN: it cannot be said. [m]
    """
    servers = np.zeros(len(lat_deg), np.int64)
    for here, around, place in by_region(lat_deg, lon_deg, height_m):
        servers[here] = _strongest(around, *place)
    return servers


def covered_at(lat_deg: Array, lon_deg: Array, height_m: Array) -> Array:
    """Return which places are covered (1) and which are not (0), modelled; NaN where that cannot be said.

    Covered is where signal power and quality meet the goals of coverage maps. Arguments as for `servers_at`.
    """
    shares = np.full(len(lat_deg), np.nan)
    for here, around, place in by_region(lat_deg, lon_deg, height_m):
        signals = list(signals_in(around, *place))
        rsrp_dbm = np.concatenate([signal.rsrp_dbm for signal in signals])
        sinr_db = np.concatenate([signal.sinr_db for signal in signals])
        is_covered = (rsrp_dbm >= RSRP_GOAL_DBM) & (sinr_db >= SINR_GOAL_DB)
        shares[here] = np.where(np.isnan(rsrp_dbm), np.nan, is_covered)
    return shares


def corridor_sites(corridors: Iterable[Corridor]) -> dict[str, frozenset[int]]:
    """Return the sites that serve each of these corridors somewhere along it and in its band, by slug; modelled."""
    wanted = list(corridors)
    served = {pk: _served(Region.objects.get(pk=pk)) for pk in {corridor.region_id for corridor in wanted}}
    return {corridor.slug: served[corridor.region_id].get(corridor.slug, frozenset()) for corridor in wanted}


def corridors_of(site_ids: Collection[int]) -> list[Corridor]:
    """Return the corridors that one of these sites serves somewhere."""
    corridors = list(Corridor.objects.order_by("slug"))
    served, wanted = corridor_sites(corridors), set(site_ids)
    return [corridor for corridor in corridors if not wanted.isdisjoint(served[corridor.slug])]


def is_inside(row: Corridor, lat_deg: Array, lon_deg: Array, height_m: Array) -> NDArray[np.bool_]:
    """Return which places lie in a corridor: within its half width and its band. Of unknown height, width alone.

    Args:
        row: the corridor.
        lat_deg: of the places. [degrees]
        lon_deg: likewise. [degrees]
        height_m: above ground, NaN where unknown. [m]
    """
    path = np.array(row.path_lon_lat_deg, float)
    lon0_deg, lat0_deg = path.mean(axis=0)
    way_east_m, way_north_m = to_enu(path[:, 1], path[:, 0], lat0_deg, lon0_deg)
    east_m, north_m = to_enu(lat_deg, lon_deg, lat0_deg, lon0_deg)
    is_near = way.away_m(east_m, north_m, way_east_m, way_north_m) <= row.half_width_m
    in_band = (height_m >= row.lowest_m) & (height_m <= row.highest_m)
    return np.asarray(is_near & (in_band | np.isnan(height_m)))


def by_region(
    lat_deg: Array, lon_deg: Array, height_m: Array
) -> Iterator[tuple[Keys, Air, tuple[Array, Array, Array]]]:
    """Yield the places that each region's sectors may reach, in metres from its centre."""
    left = np.asarray(height_m) <= CEILING_M  # false for NaN
    for region in Region.objects.order_by("radius_m", "slug"):
        away_m = haversine_m(lat_deg, lon_deg, region.lat_deg, region.lon_deg)
        here = np.flatnonzero(left & (away_m <= region.radius_m + REACH_M))
        if len(here):
            east_m, north_m = to_enu(lat_deg[here], lon_deg[here], region.lat_deg, region.lon_deg)
            left[here] = False
            yield here, air(region), (east_m, north_m, np.maximum(height_m[here], FLOOR_M))


def _served(region: Region) -> Mapping[str, frozenset[int]]:
    around, rows = air(region), list(region.corridors.order_by("slug"))
    inputs = repr(
        [(corridor.slug, corridor.path_lon_lat_deg, corridor.lowest_m, corridor.highest_m) for corridor in rows]
    )
    version = around.digest, around.site_ids, inputs  # a site made anew looks the same, yet has another key
    step_m = max(STEP_M, sum(_length_m(corridor) for corridor in rows) / MOST_PLACES)
    return _held.get(
        region.pk, lambda: version, lambda: {corridor.slug: _along(corridor, around, step_m) for corridor in rows}
    )


def _along(row: Corridor, around: Air, step_m: float) -> frozenset[int]:
    lon_deg, lat_deg = np.array(row.path_lon_lat_deg, float).T
    corners = to_enu(lat_deg, lon_deg, around.region.lat_deg, around.region.lon_deg)
    east_m, north_m = way.along(*corners, step_m)
    heights_m = {min(max(height_m, FLOOR_M), CEILING_M) for height_m in (row.lowest_m, row.highest_m)}
    servers = [_strongest(around, east_m, north_m, np.full(len(east_m), height_m)) for height_m in heights_m]
    return frozenset(int(pk) for pk in np.unique(np.concatenate(servers)) if pk != NOBODY)


def _strongest(around: Air, east_m: Array, north_m: Array, height_m: Array) -> Keys:
    """Return the site of the strongest sector at every place."""
    keys = np.array([*around.site_ids, NOBODY], np.int64)
    servers = [signal.server for signal in signals_in(around, east_m, north_m, height_m)]
    strongest = np.concatenate([*servers, np.zeros(0, np.int32)])
    return keys[np.where(strongest == NOWHERE, len(around.site_ids), strongest).astype(np.int64)]


def signals_in(around: Air, east_m: Array, north_m: Array, height_m: Array) -> Iterator[Signals]:
    """Yield what is found at the places, a piece of them at a time to bound the memory."""
    for piece in received(around.senders, (east_m, north_m, height_m)):
        yield piece.signals(around.is_on_air)


def _length_m(row: Corridor) -> float:
    lon_deg, lat_deg = np.array(row.path_lon_lat_deg, float).T
    return float(haversine_m(lat_deg[:-1], lon_deg[:-1], lat_deg[1:], lon_deg[1:]).sum())
