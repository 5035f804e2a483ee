"""Sensing by base stations: what a radar sees of a drone. SI units; levels in dB.

Field reach is a good deal less than the bare equation promises, so `system_margin_db` is an argument of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

C_MPS = 299_792_458.0
BOLTZMANN_J_PER_K = 1.380_649e-23
REFERENCE_K = 290.0
SMALL_DRONE_DBSM = -12.81  # mean radar cross-section: TR 38.901 (Release 19) section 7.9, small drone
SMALL_DRONE_SIGMA_DB = 3.74
SYSTEM_MARGIN_DB = 18.0  # an engineering default: clutter, scanning and processing losses in the field


@dataclass(frozen=True)
class Radar:
    """What a base station brings to sensing. The defaults are engineering defaults but for the antenna's limits."""

    power_dbm: float = 53.0
    gain_dbi: float = 25.0  # each way, of a beam that may point anywhere within its element's pattern
    fc_ghz: float = 4.9
    noise_figure_db: float = 5.0
    loss_db: float = 5.0
    integration_s: float = 1e-3
    system_margin_db: float = SYSTEM_MARGIN_DB
    target_dbsm: float = SMALL_DRONE_DBSM
    false_alarm: float = 1e-6


def snr_db(radar: Radar, range_m: ArrayLike, off_axis_db: ArrayLike = 0.0) -> Array:
    """Return the mean signal-to-noise ratio of a target's echo.

    Args:
        radar: the base station and the target.
        range_m: slant range, above 0. [m]
        off_axis_db: what the antenna loses in that direction, each way, at least 0. [dB]

    Returns:
        P Gt Gr lambda^2 sigma T / ((4 pi)^3 R^4 k T0 F L), less the system margin. [dB]

    Raises:
        ValueError: a range is not above 0.

    Source: Skolnik, Introduction to Radar Systems, 3rd ed., section 2.1 (coherent over T).
    """
    range_m = np.asarray(range_m, float)
    if not np.all(range_m > 0):
        raise ValueError("range_m is out of range; expected above 0 m")
    at_1_m_db = radar.power_dbm - 30 + 2 * radar.gain_dbi + 20 * np.log10(_wavelength_m(radar.fc_ghz))
    at_1_m_db += radar.target_dbsm + 10 * np.log10(radar.integration_s) - 30 * np.log10(4 * np.pi)
    noise_db = 10 * np.log10(BOLTZMANN_J_PER_K * REFERENCE_K) + radar.noise_figure_db
    fixed_db = at_1_m_db - noise_db - radar.loss_db - radar.system_margin_db
    return np.asarray(fixed_db - 40 * np.log10(range_m) - 2 * np.asarray(off_axis_db, float))


def detection_probability(snr_db: ArrayLike, false_alarm: float = 1e-6) -> Array:
    """Return how likely a single pulse shows a target that fluctuates from scan to scan.

    Args:
        snr_db: mean signal-to-noise ratio. [dB]
        false_alarm: probability of a false alarm, above 0 and below 1.

    Returns:
        Pfa^(1 / (1 + SNR)), from Pfa up to 1.

    Raises:
        ValueError: the false alarm probability is out of range.

    Source: Swerling, IRE Trans. Inf. Theory 6 (1960) 269-308, case 1.
    """
    _check_false_alarm(false_alarm)
    return np.asarray(false_alarm ** (1 / (1 + 10 ** (np.asarray(snr_db, float) / 10))))


def required_snr_db(detection: ArrayLike, false_alarm: float = 1e-6, pulses: int = 1) -> Array:
    """Return the signal-to-noise ratio per pulse that a steady target needs, by Albersheim's approximation.

    Args:
        detection: wanted probability of detection, 0.1 to 0.9.
        false_alarm: probability of a false alarm, 1e-7 to 1e-3.
        pulses: how many are integrated without phase, 1 to 8,096.

    Returns:
        Signal-to-noise ratio, within 0.2 dB. [dB]

    Raises:
        ValueError: an argument is out of the range of the approximation.

    Source: W. J. Albersheim, Proc. IEEE 69 (1981) 839.
    """
    wanted = np.asarray(detection, float)
    if not np.all((wanted >= 0.1) & (wanted <= 0.9)):
        raise ValueError("detection is out of range; expected 0.1 to 0.9")
    if not 1e-7 <= false_alarm <= 1e-3:
        raise ValueError(f"false_alarm is {false_alarm}; expected 1e-7 to 1e-3")
    if not 1 <= pulses <= 8_096:
        raise ValueError(f"pulses is {pulses}; expected 1 to 8,096")
    a, b = np.log(0.62 / false_alarm), np.log(wanted / (1 - wanted))
    slope = 6.2 + 4.54 / np.sqrt(pulses + 0.44)
    return np.asarray(-5 * np.log10(pulses) + slope * np.log10(a + 0.12 * a * b + 1.7 * b))


def target_coupling_loss_db(to_db: ArrayLike, back_db: ArrayLike, fc_ghz: float, target_dbsm: ArrayLike) -> Array:
    """Return the loss from the sending antenna over a target to the receiving one.

    Args:
        to_db: path loss to the target, shadow fading included. [dB]
        back_db: path loss back from it. [dB]
        fc_ghz: carrier frequency, above 0. [GHz]
        target_dbsm: radar cross-section over a square metre. [dB]

    Returns:
        PL1 + PL2 + 10 log10(lambda^2 / 4 pi) - 10 log10(sigma). [dB]

    Source: 3GPP TR 38.901 (Release 19) section 7.9.
    """
    aperture_db = 10 * np.log10(_wavelength_m(fc_ghz) ** 2 / (4 * np.pi))
    return np.asarray(
        np.asarray(to_db, float) + np.asarray(back_db, float) + aperture_db - np.asarray(target_dbsm, float)
    )


def range_resolution_m(bandwidth_hz: float) -> float:
    """Return how far apart in range two targets must be to be told apart: c / 2B. [m].

    Raises:
        ValueError: the bandwidth is not above 0.
    """
    if not bandwidth_hz > 0:
        raise ValueError(f"bandwidth_hz is {bandwidth_hz}; expected above 0 Hz")
    return C_MPS / (2 * bandwidth_hz)


def velocity_resolution_mps(fc_ghz: float, integration_s: float) -> float:
    """Return how far apart in radial speed two targets must be to be told apart: lambda / 2T. [m/s].

    Raises:
        ValueError: the integration time is not above 0.
    """
    if not integration_s > 0:
        raise ValueError(f"integration_s is {integration_s}; expected above 0 s")
    return _wavelength_m(fc_ghz) / (2 * integration_s)


def _wavelength_m(fc_ghz: float) -> float:
    if not fc_ghz > 0:
        raise ValueError(f"fc_ghz is {fc_ghz}; expected above 0 GHz")
    return C_MPS / (fc_ghz * 1e9)


def _check_false_alarm(false_alarm: float) -> None:
    if not 0 < false_alarm < 1:
        raise ValueError(f"false_alarm is {false_alarm}; expected above 0 and below 1")
