"""A sector of a base station, and what is received of it anywhere: the direct formulas. Metres, degrees, dBm.

These are the definitions of every coverage figure; the rasters of `coverage` are a fast way to the same numbers.

- Reference signal power (RSRP): median power of one subcarrier of 30 kHz, the sector's power spread evenly over its
  bandwidth, antenna gain included, no shadow fading.
- Expected path loss: the losses with and without line of sight, weighted in decibels by the probability of sight.
- Signal to interference and noise (SINR): the strongest sector over all others on its carrier, each at its load, and
  noise. Rate: attenuated Shannon over the strongest sector's whole bandwidth.
- Ground is flat. Beyond the range of the formulas (5 km on the ground, 4 km in the air; rural 10 km) a sector counts as
  absent, as server and as interferer; what no sector reaches is unknown, NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from network.kernels.radio import antenna, radio

Array = NDArray[np.float64]
Pattern = Literal["column", "sector", "omni"]

SUBCARRIER_HZ = 30e3
NOISE_FIGURE_DB = 9.0
NOWHERE = -1
_NEAREST_3D_M = 1.0


@dataclass(frozen=True)
class Sector:
    """Where a sector stands, where it looks, and what it sends.

    Raises:
        ValueError: a value is out of range; the message names it.
    """

    east_m: float
    north_m: float
    height_m: float  # of the antenna above ground
    bearing_deg: float  # clockwise from north
    downtilt_deg: float  # electrical
    power_dbm: float  # all subcarriers together, before the antenna
    fc_ghz: float
    bandwidth_hz: float
    scenario: radio.Scenario = "UMa"
    pattern: Pattern = "column"
    elements: int = 10
    spacing_wavelengths: float = 0.5
    omni_dbi: float = 0.0  # gain of the pattern "omni"
    load_share: float = 1.0  # how much of the time it interferes
    is_on_air: bool = True  # false: it sends nothing, and senses nothing

    def __post_init__(self) -> None:
        limits = {
            "height_m": (1.0, 150.0),
            "bearing_deg": (-360.0, 360.0),
            "downtilt_deg": (-90.0, 90.0),
            "power_dbm": (-30.0, 80.0),
            "fc_ghz": (0.5, 100.0),
            "bandwidth_hz": (SUBCARRIER_HZ, 10e9),
            "omni_dbi": (-30.0, 50.0),
            "load_share": (0.0, 1.0),
            "elements": (1, 64),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; expected {low:g} to {high:g}")
        if not np.isfinite([self.east_m, self.north_m]).all():
            raise ValueError(f"east_m and north_m are {self.east_m} and {self.north_m}; expected finite numbers")
        if self.scenario not in radio.RANGES or self.pattern not in ("column", "sector", "omni"):
            raise ValueError(f"scenario and pattern are {self.scenario!r} and {self.pattern!r}; expected known ones")
        antenna.check_column(self.elements, self.downtilt_deg, self.spacing_wavelengths)

    @property
    def subcarrier_dbm(self) -> float:
        """Power of one subcarrier before the antenna; -inf off air. [dBm]."""
        if not self.is_on_air:
            return -float("inf")
        return float(self.power_dbm - 10 * np.log10(self.bandwidth_hz / SUBCARRIER_HZ))

    def gain_dbi(self, zenith_deg: ArrayLike, azimuth_deg: ArrayLike) -> Array:
        """Return the antenna's gain in directions; arguments as for `antenna.element_gain_dbi`. [dBi]."""
        if self.pattern == "omni":
            return np.full(np.broadcast(zenith_deg, azimuth_deg).shape, self.omni_dbi)
        if self.pattern == "sector":
            return antenna.sector_gain_dbi(zenith_deg, azimuth_deg, self.downtilt_deg)
        return antenna.column_sector_gain_dbi(
            zenith_deg, azimuth_deg, self.elements, self.downtilt_deg, self.spacing_wavelengths
        )


@dataclass(frozen=True)
class Signals:
    """What a terminal finds at each place; NaN, and `NOWHERE` as server, where no sector reaches."""

    server: NDArray[np.int32]  # index of the strongest sector
    rsrp_dbm: NDArray[np.floating]
    sinr_db: NDArray[np.floating]
    rate_bps: NDArray[np.floating]


def noise_mw() -> float:
    """Return the noise in one subcarrier at a terminal of noise figure 9 dB. [mW]."""
    return float(10 ** (radio.noise_dbm(SUBCARRIER_HZ, NOISE_FIGURE_DB) / 10))


def reach_m(scenario: radio.Scenario, height_m: ArrayLike) -> Array:
    """Return how far the formulas hold for users of these heights. [m]."""
    limits = radio.RANGES[scenario]
    return np.where(np.asarray(height_m, float) > limits.threshold_m, limits.aerial_far_m, limits.ground_far_m)


def nearest_m(scenario: radio.Scenario, rise_m: ArrayLike, height_m: ArrayLike) -> Array:
    """Return the least horizontal distance taken: 10 m on the ground; in the air, where the slant range is 1 m. [m]."""
    above = np.asarray(height_m, float) > radio.RANGES[scenario].threshold_m
    return np.where(above, np.sqrt(np.maximum(_NEAREST_3D_M**2 - np.asarray(rise_m, float) ** 2, 0.0)), radio.NEAR_M)


def sight_probability(scenario: radio.Scenario, d2d_m: ArrayLike, height_m: ArrayLike) -> Array:
    """Return the probability of line of sight with distances taken into the range of the formulas."""
    taken_m = np.clip(np.asarray(d2d_m, float), radio.NEAR_M, reach_m(scenario, height_m))
    return radio.los_probability(scenario, taken_m, height_m)


def expected_loss_db(
    scenario: radio.Scenario, d2d_m: ArrayLike, h_bs_m: float | Array, h_ut_m: ArrayLike, fc_ghz: float
) -> Array:
    """Return the path loss to be expected where sight is not known.

    Args:
        scenario: "UMa", "UMi" or "RMa".
        d2d_m: horizontal distance within the range of the formulas. [m]
        h_bs_m: height of the antenna. [m]
        h_ut_m: height of the user, to 300 m. [m]
        fc_ghz: carrier frequency. [GHz]

    Returns:
        P PL_LOS + (1 - P) PL_NLOS, P the probability of sight, both losses in decibels; PL_LOS alone at heights where
        sight is certain. [dB]

    Raises:
        ValueError: an argument is out of the range of the formulas; the message names it.

    Source: 3GPP TR 38.901 sections 7.4.1 and 7.4.2; TR 36.777 Annex B. The weighting in decibels is ours.
    """
    d2d, h_ut = np.broadcast_arrays(np.asarray(d2d_m, float), np.asarray(h_ut_m, float))
    sight = radio.los_probability(scenario, d2d, h_ut)
    seen_db = radio.path_loss_db(scenario, d2d, h_bs_m, h_ut, fc_ghz, True)
    unsure = sight < 1
    hidden_db = seen_db.copy()
    h_bs = np.broadcast_to(h_bs_m, d2d.shape)[unsure]
    hidden_db[unsure] = radio.path_loss_db(scenario, d2d[unsure], h_bs, h_ut[unsure], fc_ghz, False)
    return np.asarray(sight * seen_db + (1 - sight) * hidden_db)


def received_dbm(sector: Sector, east_m: ArrayLike, north_m: ArrayLike, height_m: ArrayLike) -> Array:
    """Return the reference signal power of a sector at places.

    Args:
        sector: the sender.
        east_m: of the places. [m]
        north_m: likewise. [m]
        height_m: above ground, 1.5 to 300 m. [m]

    Returns:
        Power of one subcarrier; -inf beyond the range of the formulas. [dBm]
    """
    east, north, height = np.broadcast_arrays(
        np.asarray(east_m, float) - sector.east_m,
        np.asarray(north_m, float) - sector.north_m,
        np.asarray(height_m, float),
    )
    away_m = np.hypot(east, north)
    reached = away_m <= reach_m(sector.scenario, height)
    received = np.full(away_m.shape, -np.inf)
    if reached.any():
        received[reached] = _within_reach_dbm(sector, east[reached], north[reached], height[reached])
    return received


def _within_reach_dbm(sector: Sector, east: Array, north: Array, height: Array) -> Array:
    rise = height - sector.height_m
    d2d = np.maximum(np.hypot(east, north), nearest_m(sector.scenario, rise, height))
    loss_db = expected_loss_db(sector.scenario, d2d, sector.height_m, height, sector.fc_ghz)
    azimuth = antenna.off_boresight_deg(antenna.bearing_deg(east, north), sector.bearing_deg)
    return sector.subcarrier_dbm + sector.gain_dbi(antenna.zenith_deg(d2d, rise), azimuth) - loss_db


def signals_at(sectors: Sequence[Sector], east_m: ArrayLike, north_m: ArrayLike, height_m: ArrayLike) -> Signals:
    """Return what a terminal finds at places, by the direct formulas; arguments as for `received_dbm`.

    Heights may differ from place to place.
    """
    shape = np.broadcast(east_m, north_m, height_m).shape
    if not sectors:
        unknown = np.full(shape, np.nan)
        return Signals(np.full(shape, NOWHERE, np.int32), unknown, unknown.copy(), unknown.copy())
    power_mw = np.stack([10 ** (received_dbm(sector, east_m, north_m, height_m) / 10) for sector in sectors])
    load = np.array([sector.load_share for sector in sectors]).reshape(-1, *([1] * len(shape)))
    carrier = np.array([sector.fc_ghz for sector in sectors])
    server = power_mw.argmax(axis=0)
    best_mw = power_mw.max(axis=0)
    shared = carrier.reshape(load.shape) == carrier[server]
    shared &= np.arange(len(sectors)).reshape(load.shape) != server
    return signals_of(sectors, server, best_mw, (power_mw * load * shared).sum(axis=0))


def signals_of(sectors: Sequence[Sector], server: NDArray[np.intp], best_mw: Array, others_mw: Array) -> Signals:
    """Return signals from powers: of the strongest sector, and of all others on its carrier at their load. [mW]."""
    reached = best_mw > 0
    best_mw = np.where(reached, best_mw, np.nan)
    bandwidth_hz = np.array([sector.bandwidth_hz for sector in sectors])[server]
    sinr_db = 10 * np.log10(best_mw / (others_mw + noise_mw()))
    rate_bps = np.where(reached, radio.spectral_efficiency_bps_per_hz(sinr_db) * bandwidth_hz, np.nan)
    return Signals(np.where(reached, server, NOWHERE).astype(np.int32), 10 * np.log10(best_mw), sinr_db, rate_bps)
