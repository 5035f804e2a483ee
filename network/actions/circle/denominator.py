"""What a share of the circle is a share of: the weight of every site, unknown where the inventory does not say.

Key sites count one each; people live in a site's service area; area is ground that radio covers (both goals of
`kernels.coverage` met at 1.5 m, on the cells that count for shares of area), given to the station that serves it best.
"""

from collections import OrderedDict

import numpy as np

from network.actions.radio import layers, sector
from network.actions.topology.graph import Network
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB
from network.kernels.radio.sector import NOWHERE
from network.kernels.topology.definition import Denominator
from network.kernels.topology.topology import Array
from network.models import Region

GROUND_M = 1.5
UNITS = {Denominator.KEY_SITES: "sites", Denominator.POPULATION: "people", Denominator.AREA: "km2"}
MOST_KEPT = 32
_served_km2: OrderedDict[tuple[str, tuple[int, ...]], dict[int, float]] = OrderedDict()
"""By the digest of the air and whose it is (a region made anew has new keys), then by site."""


def weights(network: Network, region: Region, denominator: Denominator) -> Array | None:
    """Return the weight of every site of the network in a region's share.

    Args:
        network: the inventory.
        region: whose sites count; all others weigh nothing.
        denominator: what is counted.

    Returns:
        Sites, people or km2, by `UNITS`, of shape (nodes,). None when the inventory knows people of no site of the
        region, or radio covers no ground there. Key sites are always known.
    """
    is_here = network.region_ids == region.pk
    if denominator is Denominator.KEY_SITES:
        return np.asarray(network.is_key_site * is_here, float)
    if denominator is Denominator.POPULATION:
        people = np.where(is_here, np.nan_to_num(network.people), 0.0)
    else:
        served_km2 = area_km2(region)
        people = np.array([served_km2.get(pk, 0.0) for pk in network.site_ids.tolist()])
    return people if people.sum() > 0 else None


def area_km2(region: Region) -> dict[int, float]:
    """Return how much covered ground each station of a region serves best, by the site's primary key. [km2]."""
    air = sector.air(region)
    if not air.sectors:
        return {}
    kept = air.digest, tuple(air.site_ids)
    if kept not in _served_km2:
        _served_km2[kept] = _area_km2(air)
        while len(_served_km2) > MOST_KEPT:
            _served_km2.popitem(last=False)
    return _served_km2[kept]


def _area_km2(air: sector.Air) -> dict[int, float]:
    ground = layers.layer(air, GROUND_M)
    signals, cell_km2 = ground.signals, (ground.ground.grid.cell_m / 1_000) ** 2
    is_covered = ground.ground.counted & (signals.server != NOWHERE)
    is_covered &= (signals.rsrp_dbm >= RSRP_GOAL_DBM) & (signals.sinr_db >= SINR_GOAL_DB)
    cells = np.bincount(signals.server[is_covered], minlength=len(air.sectors))
    areas_km2: dict[int, float] = {}
    for site, count in zip(air.site_ids, cells.tolist(), strict=True):
        areas_km2[site] = areas_km2.get(site, 0.0) + count * cell_km2
    return areas_km2
