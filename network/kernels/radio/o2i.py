"""From outdoors to indoors: what walls and rooms take from a radio link. Frequencies in GHz, losses in dB.

Source: 3GPP TR 38.901 section 7.4.3, Tables 7.4.3-1 and 7.4.3-2.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Building = Literal["low", "high"]

INSIDE_DB_PER_M = 0.5
DEEPEST_M = 25.0
SHADOW_DB = 7.0  # standard deviation indoors, whatever the sight outside: Table 7.5-6, O2I
PENETRATION_SIGMA_DB = {"low": 4.4, "high": 6.5}


def wall_loss_db(building: Building, fc_ghz: ArrayLike) -> Array:
    """Return the median loss through the outer wall.

    Args:
        building: "low" loss (plain glass and concrete) or "high" loss (infrared-reflecting glass and concrete).
        fc_ghz: carrier frequency, 0.5 to 100 GHz. [GHz]

    Returns:
        Loss, with the 5 dB for oblique incidence. [dB]

    Raises:
        ValueError: the building is unknown, or the frequency out of range.
    """
    frequency = np.asarray(fc_ghz, float)
    if not np.all((frequency >= 0.5) & (frequency <= 100)):
        raise ValueError(f"fc_ghz is {fc_ghz!r}; expected 0.5 to 100 GHz")
    concrete = 10 ** (-(5 + 4 * frequency) / 10)
    if building == "low":
        return np.asarray(5 - 10 * np.log10(0.3 * 10 ** (-(2 + 0.2 * frequency) / 10) + 0.7 * concrete))
    if building == "high":
        return np.asarray(5 - 10 * np.log10(0.7 * 10 ** (-(23 + 0.3 * frequency) / 10) + 0.3 * concrete))
    raise ValueError(f"building is {building!r}; expected low or high")


def inside_loss_db(depth_m: ArrayLike) -> Array:
    """Return the loss on the way inside the building, half a decibel per metre.

    Args:
        depth_m: horizontal distance from the outer wall, at least 0. [m]

    Returns:
        Loss. [dB]

    Raises:
        ValueError: a depth is negative.
    """
    depth = np.asarray(depth_m, float)
    if not np.all(depth >= 0):
        raise ValueError("depth_m is out of range; expected at least 0 m")
    return np.asarray(INSIDE_DB_PER_M * depth)


def drawn_depth_m(count: int, rng: np.random.Generator) -> Array:
    """Draw depths inside buildings: the lesser of two uniform draws from 0 to 25 m. [m]."""
    return np.asarray(rng.uniform(0.0, DEEPEST_M, (2, count)).min(axis=0))


def drawn_loss_db(is_high: ArrayLike, depth_m: ArrayLike, fc_ghz: float, rng: np.random.Generator) -> Array:
    """Draw what a building takes from the links of users inside.

    Args:
        is_high: whether each user's building is of high loss, else of low.
        depth_m: how deep inside each user is. [m]
        fc_ghz: carrier frequency. [GHz]
        rng: where chance comes from.

    Returns:
        Wall, inside, and the wall's normal spread of 4.4 dB (low) or 6.5 dB (high). One draw per user. [dB]
    """
    high = np.asarray(is_high, bool)
    wall_db = np.where(high, wall_loss_db("high", fc_ghz), wall_loss_db("low", fc_ghz))
    sigma_db = np.where(high, PENETRATION_SIGMA_DB["high"], PENETRATION_SIGMA_DB["low"])
    return np.asarray(wall_db + inside_loss_db(depth_m) + sigma_db * rng.standard_normal(high.shape))
