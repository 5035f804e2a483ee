"""Radio propagation: path loss, line of sight and shadow fading on the ground and in the air; noise and rate.

Ground: 3GPP TR 38.901 section 7.4. Aerial users, above a threshold height: 3GPP TR 36.777 Annex B.
Frequencies in GHz, distances and heights in metres, losses in dB.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Scenario = Literal["UMa", "UMi", "RMa"]

C_MPS = 299_792_458.0
RMA_BUILDING_M = 5.0
RMA_STREET_M = 20.0
THERMAL_NOISE_DBM_PER_HZ = -174.0


@dataclass(frozen=True)
class Range:
    """Where the formulas of a scenario hold."""

    threshold_m: float  # user heights above it are aerial
    ground_far_m: float
    aerial_far_m: float
    lowest_m: float
    nlos_ceiling_m: float  # above it every link is in sight, and no loss without sight is defined


NEAR_M = 10.0
CEILING_M = 300.0
RANGES: dict[str, Range] = {
    "UMa": Range(22.5, 5_000.0, 4_000.0, 1.5, 100.0),
    "UMi": Range(22.5, 5_000.0, 4_000.0, 1.5, 300.0),
    "RMa": Range(10.0, 10_000.0, 10_000.0, 1.0, 40.0),
}


def path_loss_db(
    scenario: Scenario, d2d_m: ArrayLike, h_bs_m: float | Array, h_ut_m: ArrayLike, fc_ghz: float, los: ArrayLike
) -> Array:
    """Return the median path loss.

    Args:
        scenario: "UMa", "UMi" or "RMa".
        d2d_m: horizontal distance, 10 m (0 for an aerial user) to the scenario's far end. [m]
        h_bs_m: height of the base station's antenna. [m]
        h_ut_m: height of the user above ground; above 22.5 m (RMa: 10 m) the aerial formulas hold, to 300 m. [m]
        fc_ghz: carrier frequency, 0.5 to 100 GHz. [GHz]
        los: whether the link is in line of sight.

    Returns:
        Path loss, of the broadcast shape. [dB]

    Raises:
        ValueError: an argument is out of the range of the formulas; the message names it.

    Source: 3GPP TR 38.901 Table 7.4.1-1 (effective environment height 1 m); TR 36.777 Table B-2.
    """
    d2d, h_ut, seen = np.broadcast_arrays(np.asarray(d2d_m, float), np.asarray(h_ut_m, float), np.asarray(los, bool))
    limits = _limits(scenario, d2d, h_ut)
    if not 0.5 <= fc_ghz <= 100:
        raise ValueError(f"fc_ghz is {fc_ghz}; expected 0.5 to 100 GHz")
    if np.any(~seen & (h_ut > limits.nlos_ceiling_m)):
        raise ValueError(f"{scenario} without line of sight is defined for h_ut_m up to {limits.nlos_ceiling_m:g} m")
    aerial = h_ut > limits.threshold_m
    h_ground, h_air = np.minimum(h_ut, limits.threshold_m), np.maximum(h_ut, limits.threshold_m)
    ground = _GROUND[scenario](np.maximum(d2d, NEAR_M), h_bs_m, h_ground, fc_ghz)
    air = _AERIAL[scenario](np.hypot(d2d, h_bs_m - h_air), h_air, fc_ghz)
    return np.where(seen, np.where(aerial, air[0], ground[0]), np.where(aerial, air[1], ground[1]))


def los_probability(scenario: Scenario, d2d_m: ArrayLike, h_ut_m: ArrayLike) -> Array:
    """Return the probability of line of sight. It jumps at the aerial threshold: so do the sources.

    Args:
        scenario: "UMa", "UMi" or "RMa".
        d2d_m: horizontal distance. [m]
        h_ut_m: height of the user above ground. [m]

    Returns:
        Probability, 0 to 1, of the broadcast shape.

    Raises:
        ValueError: an argument is out of the range of the formulas; the message names it.

    Source: 3GPP TR 38.901 Table 7.4.2-1; TR 36.777 Table B-1.
    """
    d2d, h_ut = np.broadcast_arrays(np.asarray(d2d_m, float), np.asarray(h_ut_m, float))
    threshold_m = _limits(scenario, d2d, h_ut).threshold_m
    h_ground, h_air = np.minimum(h_ut, threshold_m), np.maximum(h_ut, threshold_m)
    return np.where(h_ut > threshold_m, _los_air(scenario, d2d, h_air), _los_ground(scenario, d2d, h_ground))


def shadow_sigma_db(
    scenario: Scenario, d2d_m: ArrayLike, h_bs_m: float, h_ut_m: ArrayLike, fc_ghz: float, los: ArrayLike
) -> Array:
    """Return the standard deviation of shadow fading; arguments as for `path_loss_db`. [dB].

    Source: 3GPP TR 38.901 Table 7.4.1-1 (4 and 6 dB for UMa, never the 7 dB of outdoor-to-indoor); TR 36.777 Table B-3.
    """
    d2d, h_ut, seen = np.broadcast_arrays(np.asarray(d2d_m, float), np.asarray(h_ut_m, float), np.asarray(los, bool))
    threshold_m = _limits(scenario, d2d, h_ut).threshold_m
    if scenario == "UMa":
        ground, air = (np.full(d2d.shape, 4.0), 6.0), (4.64 * np.exp(-0.0066 * h_ut), 6.0)
    elif scenario == "UMi":
        ground, air = (np.full(d2d.shape, 4.0), 7.82), (np.maximum(5 * np.exp(-0.01 * h_ut), 2.0), 8.0)
    else:
        breakpoint_m = 2 * np.pi * h_bs_m * h_ut * fc_ghz * 1e9 / C_MPS
        ground, air = (np.where(d2d <= breakpoint_m, 4.0, 6.0), 8.0), (4.2 * np.exp(-0.0046 * h_ut), 6.0)
    aerial = h_ut > threshold_m
    return np.where(seen, np.where(aerial, air[0], ground[0]), np.where(aerial, air[1], ground[1]))


def free_space_db(d3d_m: ArrayLike, fc_ghz: float) -> Array:
    """Return the free-space path loss. [dB]."""
    return np.asarray(20 * np.log10(4 * np.pi * np.asarray(d3d_m, float) * fc_ghz * 1e9 / C_MPS))


def noise_dbm(bandwidth_hz: float, noise_figure_db: float) -> float:
    """Return the noise power of a receiver at 290 K. [dBm]."""
    return float(THERMAL_NOISE_DBM_PER_HZ + 10 * np.log10(bandwidth_hz) + noise_figure_db)


def spectral_efficiency_bps_per_hz(sinr_db: ArrayLike) -> Array:
    """Return the rate per hertz of an attenuated Shannon link: nil below -10 dB, 4.4 b/s/Hz at most.

    Source: 3GPP TR 36.942 Annex A.1 (attenuation 0.6).
    """
    sinr_db = np.asarray(sinr_db, float)
    rate = np.minimum(0.6 * np.log2(1 + 10 ** (sinr_db / 10)), 4.4)
    return np.where(sinr_db < -10, 0.0, rate)


def _limits(scenario: str, d2d_m: Array, h_ut_m: Array) -> Range:
    if scenario not in RANGES:
        raise ValueError(f"scenario is {scenario!r}; expected one of {', '.join(RANGES)}")
    limits = RANGES[scenario]
    if not np.all((h_ut_m >= limits.lowest_m) & (h_ut_m <= CEILING_M)):
        raise ValueError(f"h_ut_m is out of range for {scenario}; expected {limits.lowest_m:g} to {CEILING_M:g} m")
    aerial = h_ut_m > limits.threshold_m
    if not np.all(np.where(aerial, (d2d_m >= 0) & (d2d_m <= limits.aerial_far_m), d2d_m <= limits.ground_far_m)):
        raise ValueError(
            f"d2d_m is out of range for {scenario}; expected up to {limits.ground_far_m:g} m on the ground "
            f"and {limits.aerial_far_m:g} m above {limits.threshold_m:g} m"
        )
    if np.any(~aerial & (d2d_m < NEAR_M)):
        raise ValueError(f"d2d_m is out of range for {scenario}; expected at least {NEAR_M:g} m on the ground")
    return limits


def _breakpoint_m(h_bs_m: float | Array, h_ut_m: Array, fc_ghz: float) -> Array:
    return np.asarray(4 * (h_bs_m - 1.0) * (h_ut_m - 1.0) * fc_ghz * 1e9 / C_MPS)


def _uma(d2d_m: Array, h_bs_m: float | Array, h_ut_m: Array, fc_ghz: float) -> tuple[Array, Array]:
    d3d, turn = np.hypot(d2d_m, h_bs_m - h_ut_m), _breakpoint_m(h_bs_m, h_ut_m, fc_ghz)
    near = 28 + 22 * np.log10(d3d) + 20 * np.log10(fc_ghz)
    far = 28 + 40 * np.log10(d3d) + 20 * np.log10(fc_ghz) - 9 * np.log10(turn**2 + (h_bs_m - h_ut_m) ** 2)
    los = np.where(d2d_m <= turn, near, far)
    return los, np.maximum(los, 13.54 + 39.08 * np.log10(d3d) + 20 * np.log10(fc_ghz) - 0.6 * (h_ut_m - 1.5))


def _umi(d2d_m: Array, h_bs_m: float | Array, h_ut_m: Array, fc_ghz: float) -> tuple[Array, Array]:
    d3d, turn = np.hypot(d2d_m, h_bs_m - h_ut_m), _breakpoint_m(h_bs_m, h_ut_m, fc_ghz)
    near = 32.4 + 21 * np.log10(d3d) + 20 * np.log10(fc_ghz)
    far = 32.4 + 40 * np.log10(d3d) + 20 * np.log10(fc_ghz) - 9.5 * np.log10(turn**2 + (h_bs_m - h_ut_m) ** 2)
    los = np.where(d2d_m <= turn, near, far)
    return los, np.maximum(los, 35.3 * np.log10(d3d) + 22.4 + 21.3 * np.log10(fc_ghz) - 0.3 * (h_ut_m - 1.5))


def _rma_near(d3d_m: Array, fc_ghz: float) -> Array:
    h = RMA_BUILDING_M
    slope, offset_db = min(0.03 * h**1.72, 10.0), min(0.044 * h**1.72, 14.77)
    spread = 20 * np.log10(40 * np.pi * d3d_m * fc_ghz / 3)
    return np.asarray(spread + slope * np.log10(d3d_m) - offset_db + 0.002 * np.log10(h) * d3d_m)


def _rma(d2d_m: Array, h_bs_m: float | Array, h_ut_m: Array, fc_ghz: float) -> tuple[Array, Array]:
    d3d = np.hypot(d2d_m, h_bs_m - h_ut_m)
    turn = 2 * np.pi * h_bs_m * h_ut_m * fc_ghz * 1e9 / C_MPS
    los = np.where(d2d_m <= turn, _rma_near(d3d, fc_ghz), _rma_near(turn, fc_ghz) + 40 * np.log10(d3d / turn))
    clutter = 161.04 - 7.1 * np.log10(RMA_STREET_M) + 7.5 * np.log10(RMA_BUILDING_M)
    station = (24.37 - 3.7 * (RMA_BUILDING_M / h_bs_m) ** 2) * np.log10(h_bs_m)
    distance = (43.42 - 3.1 * np.log10(h_bs_m)) * (np.log10(d3d) - 3)
    user = 3.2 * np.log10(11.75 * h_ut_m) ** 2 - 4.97
    return los, np.maximum(los, clutter - station + distance + 20 * np.log10(fc_ghz) - user)


def _uma_air(d3d_m: Array, h_ut_m: Array, fc_ghz: float) -> tuple[Array, Array]:
    los = 28 + 22 * np.log10(d3d_m) + 20 * np.log10(fc_ghz)
    slope = 46 - 7 * np.log10(np.minimum(h_ut_m, 100.0))
    return los, -17.5 + slope * np.log10(d3d_m) + 20 * np.log10(40 * np.pi * fc_ghz / 3)


def _umi_air(d3d_m: Array, h_ut_m: Array, fc_ghz: float) -> tuple[Array, Array]:
    slant = 30.9 + (22.25 - 0.5 * np.log10(h_ut_m)) * np.log10(d3d_m) + 20 * np.log10(fc_ghz)
    los = np.maximum(free_space_db(d3d_m, fc_ghz), slant)
    nlos = 32.4 + (43.2 - 7.6 * np.log10(h_ut_m)) * np.log10(d3d_m) + 20 * np.log10(fc_ghz)
    return los, np.maximum(los, nlos)


def _rma_air(d3d_m: Array, h_ut_m: Array, fc_ghz: float) -> tuple[Array, Array]:
    carrier = 20 * np.log10(40 * np.pi * fc_ghz / 3)
    los = np.maximum(23.9 - 1.8 * np.log10(h_ut_m), 20.0) * np.log10(d3d_m) + carrier
    slope = 35 - 5.3 * np.log10(np.minimum(h_ut_m, 40.0))
    return los, np.maximum(los, -12 + slope * np.log10(d3d_m) + carrier)


def _decay(d_m: Array, sure_m: ArrayLike, scale_m: ArrayLike) -> Array:
    """Return 1 up to `sure_m`, and the exponential decay of both sources beyond it."""
    far_m = np.maximum(d_m, sure_m)
    return np.asarray(sure_m / far_m + np.exp(-far_m / scale_m) * (1 - sure_m / far_m))


def _los_ground(scenario: str, d_m: Array, h_m: Array) -> Array:
    if scenario == "UMi":
        return _decay(d_m, 18.0, 36.0)
    if scenario == "RMa":
        return np.exp(-np.maximum(d_m - 10, 0.0) / 1_000)
    c = (np.maximum(h_m - 13, 0.0) / 10) ** 1.5
    lift = np.where(d_m > 18, 1 + c * 1.25 * (d_m / 100) ** 3 * np.exp(-d_m / 150), 1.0)
    return np.minimum(_decay(d_m, 18.0, 63.0) * lift, 1.0)


def _los_air(scenario: str, d_m: Array, h_m: Array) -> Array:
    log_h = np.log10(h_m)
    if scenario == "UMi":
        return _decay(d_m, np.maximum(294.05 * log_h - 432.94, 18.0), 233.98 * log_h - 0.95)
    if scenario == "UMa":
        near = _decay(d_m, np.maximum(460 * log_h - 700, 18.0), 4_300 * log_h - 3_800)
        return np.where(h_m > 100, 1.0, near)
    near = _decay(d_m, np.maximum(1_350.8 * log_h - 1_602, 18.0), np.maximum(15_021 * log_h - 16_053, 1_000.0))
    return np.where(h_m > 40, 1.0, near)


_GROUND = {"UMa": _uma, "UMi": _umi, "RMa": _rma}
_AERIAL = {"UMa": _uma_air, "UMi": _umi_air, "RMa": _rma_air}
