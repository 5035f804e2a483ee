"""The radio link that a terminal at some place would have, as modelled from the inventory."""

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Max
from numpy.typing import NDArray

from network.actions.path import nearest_edge_nodes
from network.kernels import latency, radio
from network.kernels.geodesy import Array, haversine_m
from network.models import Site, SiteKind

RANGE_M = 4_000.0
CEILING_M = 300.0
FLOOR_M = 1.5
RESOURCE_BLOCK_MHZ = 0.36  # one subcarrier is a twelfth of it, at 30 kHz spacing
NOISE_FIGURE_DB = 9.0
LOAD_SHARE = 0.5  # how much of the time a neighbour transmits: an engineering default
DEFINITION = (
    "Median reference signal power of the strongest base station by TR 38.901 and TR 36.777, line of sight weighted by "
    "its probability, antennas without direction, no shadow fading; interference of all others at half load"
)
_SCENARIOS: dict[str, radio.Scenario] = {SiteKind.MACRO: "UMa", SiteKind.MICRO: "UMi"}


@dataclass(frozen=True)
class ModelledLink:
    """What the model says of a link. `one_way_latency_ms` reaches from the terminal to the nearest computing."""

    site: str
    rsrp_dbm: float
    sinr_db: float
    distance_m: float
    one_way_latency_ms: float | None
    definition: str = DEFINITION
    source: str = "modelled"


@dataclass(frozen=True)
class _Stations:
    version: tuple[object, ...]
    slugs: list[str]
    scenario: list[str]
    lat_deg: Array
    lon_deg: Array
    height_m: Array
    carrier_ghz: Array
    subcarrier_dbm: Array  # radiated per subcarrier, antenna gain included
    noise_dbm: Array  # per subcarrier


_cached: _Stations | None = None


def modelled_link(lat_deg: float, lon_deg: float, height_m: float) -> ModelledLink | None:
    """Return the modelled link to the strongest base station.

    Args:
        lat_deg: where the terminal is. [degrees]
        lon_deg: likewise. [degrees]
        height_m: its height above ground; taken as 1.5 m below that. [m]

    Returns:
        The link; None when no base station lies within the model's range: 4 km, and 300 m of height.
    """
    stations = _stations()
    away_m = haversine_m(lat_deg, lon_deg, stations.lat_deg, stations.lon_deg)
    near = np.flatnonzero(away_m <= RANGE_M)
    if not near.size or not height_m <= CEILING_M:
        return None
    received_dbm = _received_dbm(stations, near, away_m[near], max(height_m, FLOOR_M))
    best = int(np.argmax(received_dbm))
    powers_mw = 10 ** (received_dbm / 10)
    others_mw = (powers_mw.sum() - powers_mw[best]) * LOAD_SHARE + 10 ** (stations.noise_dbm[near[best]] / 10)
    return ModelledLink(
        site=stations.slugs[near[best]],
        rsrp_dbm=float(received_dbm[best]),
        sinr_db=float(received_dbm[best] - 10 * np.log10(others_mw)),
        distance_m=float(away_m[near[best]]),
        one_way_latency_ms=_latency_ms(lat_deg, lon_deg),
    )


def _latency_ms(lat_deg: float, lon_deg: float) -> float | None:
    reached: list[tuple[object, latency.Latency]] = list(nearest_edge_nodes(lat_deg, lon_deg))
    return reached[0][1].mean_ms if reached else None


def _received_dbm(stations: _Stations, near: NDArray[np.int64], away_m: Array, height_m: float) -> Array:
    """Return the power per subcarrier from each near station, with and without sight weighted in decibels."""
    received = np.empty(len(near))
    groups: dict[tuple[str, float, float], list[int]] = {}
    for row, index in enumerate(near):
        key = (stations.scenario[index], float(stations.height_m[index]), float(stations.carrier_ghz[index]))
        groups.setdefault(key, []).append(row)
    for (name, h_bs_m, carrier_ghz), rows in groups.items():
        scenario: radio.Scenario = "UMa" if name == "UMa" else "UMi"
        loss_db = _mean_loss_db(scenario, np.maximum(away_m[rows], radio.NEAR_M), h_bs_m, height_m, carrier_ghz)
        received[rows] = stations.subcarrier_dbm[near[rows]] - loss_db
    return received


def _mean_loss_db(scenario: radio.Scenario, d2d_m: Array, h_bs_m: float, h_ut_m: float, fc_ghz: float) -> Array:
    sight = radio.los_probability(scenario, d2d_m, h_ut_m)
    seen_db = radio.path_loss_db(scenario, d2d_m, h_bs_m, h_ut_m, fc_ghz, True)
    if h_ut_m > radio.RANGES[scenario].nlos_ceiling_m:
        return seen_db
    return np.asarray(
        sight * seen_db + (1 - sight) * radio.path_loss_db(scenario, d2d_m, h_bs_m, h_ut_m, fc_ghz, False)
    )


def _stations() -> _Stations:
    """Return the base stations, read anew only when one was added, removed or changed."""
    global _cached  # noqa: PLW0603  a cache of this process
    counted = Site.objects.with_radio().aggregate(Count("pk"), Max("pk"), Max("changed_at"))
    version = tuple(counted.values())
    if _cached is None or _cached.version != version:
        _cached = _read(version)
    return _cached


def _read(version: tuple[object, ...]) -> _Stations:
    names = ("slug", "kind", "lat_deg", "lon_deg", "height_m", "carrier_ghz", "bandwidth_mhz", "power_dbm", "gain_dbi")
    rows = list(Site.objects.with_radio().order_by("pk").values_list(*names))
    numbers = np.array([row[2:] for row in rows], dtype=float).reshape(-1, 7)
    subcarriers = 12 * numbers[:, 4] / RESOURCE_BLOCK_MHZ
    noise_dbm = radio.noise_dbm(RESOURCE_BLOCK_MHZ * 1e6 / 12, NOISE_FIGURE_DB)
    return _Stations(
        version=version,
        slugs=[row[0] for row in rows],
        scenario=[_SCENARIOS[row[1]] for row in rows],
        lat_deg=numbers[:, 0],
        lon_deg=numbers[:, 1],
        height_m=numbers[:, 2],
        carrier_ghz=numbers[:, 3],
        subcarrier_dbm=numbers[:, 5] + numbers[:, 6] - 10 * np.log10(subcarriers),
        noise_dbm=np.full(len(rows), noise_dbm),
    )
