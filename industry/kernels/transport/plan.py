"""A factory's plan on the map: metres of the plan to places of the world. Pure functions.

A plan's x points right, its y up; where y points is the plan's bearing. Angles of vehicles are VDA 5050's: radians from
x, counter-clockwise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from network.kernels.geodesy import from_enu

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """Where a plan lies: the place of its origin [deg], and where its y axis points [deg, clockwise from north]."""

    lat_deg: float
    lon_deg: float
    bearing_deg: float = 0.0


def places_of(points_m: ArrayLike, ground: Ground) -> Floats:
    """Return longitude and latitude of points of a plan.

    Args:
        points_m: x and y, shape (n, 2). [m]
        ground: where the plan lies.

    Returns:
        Shape (n, 2). [deg]
    """
    x, y = np.asarray(points_m, np.float64).reshape(-1, 2).T
    turn = np.radians(ground.bearing_deg)
    east_m = x * np.cos(turn) + y * np.sin(turn)
    north_m = y * np.cos(turn) - x * np.sin(turn)
    lat_deg, lon_deg = from_enu(east_m, north_m, ground.lat_deg, ground.lon_deg)
    return np.column_stack([lon_deg, lat_deg])


def heading_deg(theta_rad: float, ground: Ground) -> float:
    """Return where a vehicle points, clockwise from north, from its angle in the plan."""
    return float((90.0 - np.degrees(theta_rad) + ground.bearing_deg) % 360.0)
