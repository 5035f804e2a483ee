"""Antennas of base stations: gain by direction. Angles in degrees, gains in dB.

Zenith angles count from straight up (0) over the horizon (90) to straight down (180). Azimuths count from the
boresight, either way; `off_boresight_deg` makes them from bearings, which count clockwise from north.

Drones fly in the side lobes and nulls above the horizon, so the array factor of a column is kept as it is.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Pattern = Literal["column", "sector"]

ELEMENT_DBI = 8.0
ELEMENT_WIDTH_DEG = 65.0  # between half-power points, vertically and horizontally
ELEMENT_DEPTH_DB = 30.0  # side lobes and back: never further below the peak than this
SECTOR_DBI = 14.0
SECTOR_WIDTH_DEG = 70.0
SECTOR_HEIGHT_DEG = 10.0
SECTOR_DEPTH_DB = 25.0
SECTOR_VERTICAL_DEPTH_DB = 20.0
NULL_DB = -30.0  # of the array factor over one element: real columns do not cancel better, as their elements


def off_boresight_deg(bearing_deg: ArrayLike, boresight_deg: ArrayLike) -> Array:
    """Return how far a bearing lies from the boresight: -180 to below 180, clockwise positive. [degrees]."""
    return np.asarray((np.asarray(bearing_deg, float) - np.asarray(boresight_deg, float) + 180.0) % 360.0 - 180.0)


def bearing_deg(east_m: ArrayLike, north_m: ArrayLike) -> Array:
    """Return the bearing of a direction in the plane: 0 north, 90 east, below 360. [degrees]."""
    return np.asarray(np.degrees(np.arctan2(np.asarray(east_m, float), np.asarray(north_m, float))) % 360.0)


def zenith_deg(d2d_m: ArrayLike, rise_m: ArrayLike) -> Array:
    """Return the zenith angle under which a point is seen.

    Args:
        d2d_m: horizontal distance of the point, at least 0. [m]
        rise_m: height of the point above the antenna, negative below it. [m]

    Returns:
        0 straight up, 90 on the horizon, 180 straight down. [degrees]
    """
    return np.asarray(np.degrees(np.arctan2(np.asarray(d2d_m, float), np.asarray(rise_m, float))))


def element_gain_dbi(zenith_deg: ArrayLike, azimuth_deg: ArrayLike) -> Array:
    """Return the gain of one antenna element.

    Args:
        zenith_deg: 90 on the horizon, where the element points. [degrees]
        azimuth_deg: off the boresight, -180 to 180. [degrees]

    Returns:
        Gain, 8 dBi at most and -22 dBi at least. [dBi]

    Source: 3GPP TR 38.901 Table 7.3-1.
    """
    vertical_db = 12 * ((np.asarray(zenith_deg, float) - 90.0) / ELEMENT_WIDTH_DEG) ** 2
    horizontal_db = 12 * (np.asarray(azimuth_deg, float) / ELEMENT_WIDTH_DEG) ** 2
    lost_db = np.minimum(vertical_db, ELEMENT_DEPTH_DB) + np.minimum(horizontal_db, ELEMENT_DEPTH_DB)
    return np.asarray(ELEMENT_DBI - np.minimum(lost_db, ELEMENT_DEPTH_DB))


def column_amplitude(zenith_deg: ArrayLike, count: int, downtilt_deg: float, spacing_wavelengths: float = 0.5) -> Array:
    """Return the signed amplitude of a column's array factor, sqrt(count) in the direction of its tilt.

    Its square is the power of the column over that of one element fed with the same power. Arguments as for
    `column_gain_db`.
    """
    check_column(count, downtilt_deg, spacing_wavelengths)
    steered = np.cos(np.radians(np.asarray(zenith_deg, float))) - np.cos(np.radians(90.0 + downtilt_deg))
    half_phase = np.pi * spacing_wavelengths * steered
    sine = np.sin(half_phase)
    peak = np.abs(sine) < 1e-9  # the main lobe and its images: the quotient's limit, count or -count
    limit = count * np.round(np.cos((count - 1) * np.round(half_phase / np.pi) * np.pi))
    quotient = np.divide(np.sin(count * half_phase), sine, out=np.asarray(limit), where=~peak)
    return np.asarray(quotient / np.sqrt(count))


def column_gain_db(zenith_deg: ArrayLike, count: int, downtilt_deg: float, spacing_wavelengths: float = 0.5) -> Array:
    """Return the gain of a vertical column over one of its elements, tilted electrically.

    Args:
        zenith_deg: direction. [degrees]
        count: number of elements, at least 1.
        downtilt_deg: below the horizon; 12 is the zenith angle of 102 degrees. [degrees]
        spacing_wavelengths: between neighbouring elements. [wavelengths]

    Returns:
        10 log10(count) in the direction of the tilt, never below -30 dB in the nulls. [dB]

    Raises:
        ValueError: an argument is out of range.

    Source: 3GPP TR 38.901 section 7.3 and Table 7.8-1; the floor of the nulls is an engineering default.
    """
    power = column_amplitude(zenith_deg, count, downtilt_deg, spacing_wavelengths) ** 2
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (NULL_DB / 10))))


def column_sector_gain_dbi(
    zenith_deg: ArrayLike, azimuth_deg: ArrayLike, count: int, downtilt_deg: float, spacing_wavelengths: float = 0.5
) -> Array:
    """Return the gain of a column of elements; arguments as for `element_gain_dbi` and `column_gain_db`. [dBi]."""
    column_db = column_gain_db(zenith_deg, count, downtilt_deg, spacing_wavelengths)
    return np.asarray(element_gain_dbi(zenith_deg, azimuth_deg) + column_db)


def sector_gain_dbi(zenith_deg: ArrayLike, azimuth_deg: ArrayLike, downtilt_deg: float) -> Array:
    """Return the gain of the simple sector antenna.

    Args:
        zenith_deg: direction. [degrees]
        azimuth_deg: off the boresight, -180 to 180. [degrees]
        downtilt_deg: electrical tilt below the horizon. [degrees]

    Returns:
        Gain, 14 dBi at most and -11 dBi at least. [dBi]

    Source: 3GPP TR 36.814 Table A.2.1.1-2.
    """
    vertical_db = 12 * ((np.asarray(zenith_deg, float) - 90.0 - downtilt_deg) / SECTOR_HEIGHT_DEG) ** 2
    horizontal_db = 12 * (np.asarray(azimuth_deg, float) / SECTOR_WIDTH_DEG) ** 2
    lost_db = np.minimum(vertical_db, SECTOR_VERTICAL_DEPTH_DB) + np.minimum(horizontal_db, SECTOR_DEPTH_DB)
    return np.asarray(SECTOR_DBI - np.minimum(lost_db, SECTOR_DEPTH_DB))


def check_column(count: int, downtilt_deg: float, spacing_wavelengths: float) -> None:
    """Raise ValueError naming what of a column is out of range."""
    if count < 1:
        raise ValueError(f"count is {count}; expected at least 1 element")
    if not -90 <= downtilt_deg <= 90:
        raise ValueError(f"downtilt_deg is {downtilt_deg}; expected -90 to 90 degrees")
    if not 0 < spacing_wavelengths <= 2:
        raise ValueError(f"spacing_wavelengths is {spacing_wavelengths}; expected above 0, to 2")
