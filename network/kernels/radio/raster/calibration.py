"""System calibration: whole drops of users whose distributions 3GPP's companies published. Losses in dB.

It reruns phase 1 (large scale) of TR 38.901 section 7.8.1: 19 sites of three sectors that wrap around, 80 % of the
users indoors on the floors of buildings, everyone served by the strongest sector. And, for sensing, the coupling loss
of a drone that a base station sees by its own echo.

Bearings: the sectors look at 30, 150 and 270 degrees, and in 3GPP's layout of three hexagons per site each sector looks
along a row of sites, straight at a neighbour; the lattice below has such rows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.kernels.radio import antenna, o2i, radio, sensing

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

SECTOR_BEARINGS_DEG = (30.0, 150.0, 270.0)
RINGS = 2
COLUMN_ELEMENTS = 10
DOWNTILT_DEG = 12.0
INDOOR_SHARE = 0.8
HIGH_LOSS_SHARE = 0.5
NOISE_FIGURE_DB = 9.0
FLOOR_M = 3.0
USERS_PER_SECTOR = 30
DROPS = 80
PERCENTILES = tuple(range(5, 100, 5))


@dataclass(frozen=True)
class Deployment:
    """What Table 7.8-1 lays down for a scenario at a frequency."""

    scenario: radio.Scenario
    fc_ghz: float
    inter_site_m: float
    height_m: float
    nearest_m: float
    power_dbm: float
    bandwidth_hz: float


@dataclass(frozen=True)
class Drop:
    """Users: place, height, how deep indoors (0 outdoors)."""

    place_m: Array  # (n, 2)
    height_m: Array
    is_indoor: NDArray[np.bool_]
    depth_m: Array


@dataclass(frozen=True)
class Outcome:
    """What each user sees. [dB]."""

    coupling_loss_db: Array
    geometry_sinr_db: Array
    sir_db: Array


def deployment(scenario: str, fc_ghz: float) -> Deployment:
    """Return the calibration's deployment.

    Args:
        scenario: "UMa" or "UMi".
        fc_ghz: 0.5 to 100 GHz; to 6 GHz 20 MHz at 49 (UMi: 44) dBm, above that 100 MHz at 35 dBm. [GHz]

    Raises:
        ValueError: another scenario, or the frequency is out of range.

    Source: 3GPP TR 38.901 Tables 7.2-1 and 7.8-1.
    """
    if not 0.5 <= fc_ghz <= 100:
        raise ValueError(f"fc_ghz is {fc_ghz}; expected 0.5 to 100 GHz")
    low = fc_ghz <= 6
    bandwidth_hz = 20e6 if low else 100e6
    if scenario == "UMa":
        return Deployment("UMa", fc_ghz, 500.0, 25.0, 35.0, 49.0 if low else 35.0, bandwidth_hz)
    if scenario == "UMi":
        return Deployment("UMi", fc_ghz, 200.0, 10.0, 10.0, 44.0 if low else 35.0, bandwidth_hz)
    raise ValueError(f"scenario is {scenario!r}; expected UMa or UMi")


def calibrate(plan: Deployment, seed: int, drops: int = DROPS, progress: Progress | None = None) -> Outcome:
    """Drop users again and again, and return what they see.

    Args:
        plan: scenario and frequency.
        seed: of the chance; the same seed gives the same figures.
        drops: how many times 1,710 users are dropped.
        progress: called with the drops done and to do.

    Returns:
        One entry per user: the coupling loss (negative: a gain) to the strongest sector, and its signal over the other
        56 sectors with and without noise.

    Source: 3GPP TR 38.901 section 7.8.1.
    """
    rng = np.random.default_rng(seed)
    outcomes = []
    for done in range(1, drops + 1):
        users = dropped(plan, 3 * USERS_PER_SECTOR * len(sites_m(plan.inter_site_m)), rng)
        outcomes.append(_outcome(plan, coupling_db(plan, users, rng)))
        if progress:
            progress(done, drops)
    columns = zip(*((o.coupling_loss_db, o.geometry_sinr_db, o.sir_db) for o in outcomes), strict=True)
    return Outcome(*(np.concatenate(column) for column in columns))


def isac_coupling_loss_db(fc_ghz: float, seed: int, count: int = 100_000) -> Array:
    """Draw the coupling loss from a base station over a small drone back to it.

    Args:
        fc_ghz: carrier frequency. [GHz]
        seed: of the chance.
        count: how many drones.

    Returns:
        Coupling loss, negative as in the calibration's tables. [dB]

    Monostatic, UMa-AV, antenna without direction at 25 m, drone at 200 m anywhere above a disc of 500 m; the mean of
    the small drone's radar cross-section without its fluctuation, and one draw of shadow fading for each way.

    Source: 3GPP TR 38.901 (Release 19) section 7.9; TR 36.777 Annex B.
    """
    rng = np.random.default_rng(seed)
    d2d_m = 500.0 * np.sqrt(rng.random(count))
    loss_db = radio.path_loss_db("UMa", d2d_m, 25.0, 200.0, fc_ghz, True)
    sigma_db = radio.shadow_sigma_db("UMa", d2d_m, 25.0, 200.0, fc_ghz, True)
    shadow_db = sigma_db * rng.standard_normal((2, count))
    return -sensing.target_coupling_loss_db(
        loss_db + shadow_db[0], loss_db + shadow_db[1], fc_ghz, sensing.SMALL_DRONE_DBSM
    )


def percentiles(values_db: Array) -> dict[str, float]:
    """Return the percentiles 5, 10, ... 95, rounded to hundredths."""
    percentile = np.percentile(values_db, PERCENTILES)
    return {str(share): round(float(value), 2) for share, value in zip(PERCENTILES, percentile, strict=True)}


def sites_m(inter_site_m: float, rings: int = RINGS) -> Array:
    """Return the places of the sites on their hexagonal lattice, one in the middle; east and north, (n, 2). [m]."""
    steps = range(-rings, rings + 1)
    cells = [(q, r) for q in steps for r in steps if abs(q + r) <= rings]
    return _on_lattice(cells, inter_site_m)


def images_m(inter_site_m: float, rings: int = RINGS) -> Array:
    """Return by what the cluster is shifted onto itself when it wraps around: nil and six ways, (7, 2). [m]."""
    q, r = rings + 1, rings
    shifts = [(0, 0)]
    for _ in range(6):
        shifts.append((q, r))
        q, r = -r, q + r  # a sixth of a turn
    return _on_lattice(shifts, inter_site_m)


def dropped(plan: Deployment, count: int, rng: np.random.Generator) -> Drop:
    """Drop users evenly over all cells, none nearer than allowed; 80 % are indoors, on some floor of some building.

    Source: 3GPP TR 38.901 Tables 7.2-1 and 7.8-1 (heights: TR 36.873 Table 6-1).
    """
    sites = sites_m(plan.inter_site_m)
    place_m = sites[rng.integers(len(sites), size=count)] + _within_hexagon_m(plan, count, rng)
    is_indoor = rng.random(count) < INDOOR_SHARE
    floor = rng.integers(0, rng.integers(4, 9, count))
    height_m = 1.5 + np.where(is_indoor, FLOOR_M * floor, 0.0)
    return Drop(place_m, height_m, is_indoor, np.where(is_indoor, o2i.drawn_depth_m(count, rng), 0.0))


def coupling_db(plan: Deployment, users: Drop, rng: np.random.Generator) -> Array:
    """Return the gain of every link, users by sectors: antenna less path, shadow and building. [dB].

    Sight and shadow are drawn once per user and site, what a building takes once per user.
    """
    away_m = _to_sites_m(plan, users.place_m)
    d2d_m = np.maximum(np.hypot(away_m[..., 0], away_m[..., 1]), radio.NEAR_M)
    height_m = np.broadcast_to(users.height_m[:, None], d2d_m.shape)
    taken_db = _path_db(plan, d2d_m, height_m, users, rng) + _building_db(plan, users, rng)[:, None]
    zenith = antenna.zenith_deg(d2d_m, height_m - plan.height_m)
    column_db = antenna.column_gain_db(zenith, COLUMN_ELEMENTS, DOWNTILT_DEG) - taken_db
    bearing = antenna.bearing_deg(away_m[..., 0], away_m[..., 1])
    looks = (antenna.off_boresight_deg(bearing, boresight) for boresight in SECTOR_BEARINGS_DEG)
    gains_db = [antenna.element_gain_dbi(zenith, off) + column_db for off in looks]
    return np.concatenate(gains_db, axis=1)


def _path_db(plan: Deployment, d2d_m: Array, height_m: Array, users: Drop, rng: np.random.Generator) -> Array:
    outdoors_m = np.maximum(d2d_m - users.depth_m[:, None], radio.NEAR_M)
    seen = rng.random(d2d_m.shape) < radio.los_probability(plan.scenario, outdoors_m, height_m)
    arguments = (plan.scenario, d2d_m, plan.height_m, height_m, plan.fc_ghz, seen)
    sigma_db = np.where(users.is_indoor[:, None], o2i.SHADOW_DB, radio.shadow_sigma_db(*arguments))
    return radio.path_loss_db(*arguments) + sigma_db * rng.standard_normal(d2d_m.shape)


def _building_db(plan: Deployment, users: Drop, rng: np.random.Generator) -> Array:
    is_high = rng.random(len(users.height_m)) < HIGH_LOSS_SHARE
    return np.where(users.is_indoor, o2i.drawn_loss_db(is_high, users.depth_m, plan.fc_ghz, rng), 0.0)


def _outcome(plan: Deployment, gain_db: Array) -> Outcome:
    best_db = gain_db.max(axis=1)
    received_mw = 10 ** ((gain_db + plan.power_dbm) / 10)
    signal_mw = 10 ** ((best_db + plan.power_dbm) / 10)
    others_mw = received_mw.sum(axis=1) - signal_mw
    noise_mw = 10 ** (radio.noise_dbm(plan.bandwidth_hz, NOISE_FIGURE_DB) / 10)
    sinr_db = 10 * np.log10(signal_mw / (others_mw + noise_mw))
    return Outcome(best_db, sinr_db, 10 * np.log10(signal_mw / others_mw))


def _to_sites_m(plan: Deployment, place_m: Array) -> Array:
    """Return from every site, taken at its nearest image, the way to every user: (users, sites, 2)."""
    best_m = np.full((len(place_m), len(sites_m(plan.inter_site_m)), 2), np.inf)
    for shift_m in images_m(plan.inter_site_m):
        away_m = place_m[:, None, :] - (sites_m(plan.inter_site_m) + shift_m)[None]
        nearer = (away_m**2).sum(axis=-1) < (best_m**2).sum(axis=-1)
        best_m[nearer] = away_m[nearer]
    return best_m


def _within_hexagon_m(plan: Deployment, count: int, rng: np.random.Generator) -> Array:
    """Draw places in a site's cell, seen from the site: nearer to it than to any neighbour."""
    neighbours = _on_lattice([(1, 0), (0, 1), (-1, 1)], plan.inter_site_m) / plan.inter_site_m
    place_m = np.empty((count, 2))
    missing = np.arange(count)
    while len(missing):
        drawn_m = rng.uniform(-1, 1, (len(missing), 2)) * plan.inter_site_m / np.sqrt(3)
        inside = np.all(np.abs(drawn_m @ neighbours.T) <= plan.inter_site_m / 2, axis=1)
        inside &= np.hypot(drawn_m[:, 0], drawn_m[:, 1]) >= plan.nearest_m
        place_m[missing[inside]] = drawn_m[inside]
        missing = missing[~inside]
    return place_m


def _on_lattice(cells: list[tuple[int, int]], inter_site_m: float) -> Array:
    """Return places of lattice cells; its rows run along bearings 30, 90 and 150 degrees, and back."""
    q, r = np.array(cells, float).T
    return inter_site_m * np.stack([q + r / 2, r * np.sqrt(3) / 2], axis=-1)
