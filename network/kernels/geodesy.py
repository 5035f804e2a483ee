"""Geodesy on the WGS-84 ellipsoid: local east-north coordinates and distances. Degrees in, metres out.

Source: NIMA TR8350.2 (constants); Lambert's long-line formula, W. D. Lambert, J. Wash. Acad. Sci. 32 (1942) 125-130.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

A_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
E2 = FLATTENING * (2 - FLATTENING)
MEAN_RADIUS_M = 6_371_008.8
_INVERSE_STEPS = 6


def to_enu(lat_deg: ArrayLike, lon_deg: ArrayLike, lat0_deg: float, lon0_deg: float) -> tuple[Array, Array]:
    """Return the east and north coordinates of points on the ellipsoid, seen from an origin on it.

    Args:
        lat_deg: latitudes. [degrees]
        lon_deg: longitudes, of the same shape. [degrees]
        lat0_deg: latitude of the origin. [degrees]
        lon0_deg: longitude of the origin. [degrees]

    Returns:
        East and north in the tangent plane at the origin. [m]
    """
    offset_m = _to_ecef(lat_deg, lon_deg, 0.0) - _to_ecef(lat0_deg, lon0_deg, 0.0)
    east, north, _ = _axes(lat0_deg, lon0_deg)
    return offset_m @ east, offset_m @ north


def from_enu(east_m: ArrayLike, north_m: ArrayLike, lat0_deg: float, lon0_deg: float) -> tuple[Array, Array]:
    """Return latitude and longitude of points on the ellipsoid; the inverse of `to_enu`.

    Args:
        east_m: east of the origin, in its tangent plane. [m]
        north_m: north of the origin, of the same shape. [m]
        lat0_deg: latitude of the origin. [degrees]
        lon0_deg: longitude of the origin. [degrees]

    Returns:
        Latitude and longitude. [degrees]
    """
    east_m, north_m = np.asarray(east_m, float), np.asarray(north_m, float)
    east, north, up = _axes(lat0_deg, lon0_deg)
    plane_m = _to_ecef(lat0_deg, lon0_deg, 0.0) + east_m[..., None] * east + north_m[..., None] * north
    up_m = -(east_m**2 + north_m**2) / (2 * MEAN_RADIUS_M)
    for _ in range(_INVERSE_STEPS):  # the plane lies above the ellipsoid: lower each point until its height is nil
        lat_deg, lon_deg, height_m = _from_ecef(plane_m + up_m[..., None] * up)
        up_m = up_m - height_m
    return lat_deg, lon_deg


def haversine_m(lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike) -> Array:
    """Return the great-circle distance on the mean sphere; up to 0.56 % off the ellipsoid. [m]."""
    lat1, lon1, lat2, lon2 = (np.radians(np.asarray(x, float)) for x in (lat1_deg, lon1_deg, lat2_deg, lon2_deg))
    return np.asarray(MEAN_RADIUS_M * _central_angle(lat1, lon1, lat2, lon2))


def distance_m(lat1_deg: ArrayLike, lon1_deg: ArrayLike, lat2_deg: ArrayLike, lon2_deg: ArrayLike) -> Array:
    """Return the geodesic distance on the ellipsoid by Lambert's formula; error below 15 m within 6,000 km. [m].

    Args:
        lat1_deg: latitudes of the first points. [degrees]
        lon1_deg: longitudes of the first points. [degrees]
        lat2_deg: latitudes of the second points, broadcast against the first. [degrees]
        lon2_deg: longitudes of the second points. [degrees]

    Returns:
        Distances, of the broadcast shape. [m]
    """
    lat1, lon1, lat2, lon2 = (np.radians(np.asarray(x, float)) for x in (lat1_deg, lon1_deg, lat2_deg, lon2_deg))
    beta1, beta2 = (np.arctan((1 - FLATTENING) * np.tan(lat)) for lat in (lat1, lat2))
    sigma = _central_angle(beta1, lon1, beta2, lon2)
    p, q = (beta1 + beta2) / 2, (beta2 - beta1) / 2
    half = np.where(sigma > 0, sigma / 2, 1.0)  # coinciding points: any value, their correction is nil
    x = (sigma - np.sin(sigma)) * (np.sin(p) * np.cos(q) / np.cos(half)) ** 2
    y = (sigma + np.sin(sigma)) * (np.cos(p) * np.sin(q) / np.sin(half)) ** 2
    return np.asarray(A_M * (sigma - FLATTENING / 2 * (x + y)))


def _central_angle(lat1: Array, lon1: Array, lat2: Array, lon2: Array) -> Array:
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def _axes(lat_deg: float, lon_deg: float) -> tuple[Array, Array, Array]:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    return east, north, np.cross(east, north)


def _to_ecef(lat_deg: ArrayLike, lon_deg: ArrayLike, height_m: ArrayLike) -> Array:
    lat, lon = np.radians(np.asarray(lat_deg, float)), np.radians(np.asarray(lon_deg, float))
    n_m = A_M / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    across_m = (n_m + height_m) * np.cos(lat)
    return np.stack(
        [across_m * np.cos(lon), across_m * np.sin(lon), (n_m * (1 - E2) + height_m) * np.sin(lat)], axis=-1
    )


def _from_ecef(point_m: Array) -> tuple[Array, Array, Array]:
    x_m, y_m, z_m = point_m[..., 0], point_m[..., 1], point_m[..., 2]
    across_m = np.hypot(x_m, y_m)
    lat = np.arctan2(z_m, across_m * (1 - E2))
    for _ in range(_INVERSE_STEPS):
        n_m = A_M / np.sqrt(1 - E2 * np.sin(lat) ** 2)
        lat = np.arctan2(z_m + E2 * n_m * np.sin(lat), across_m)
    n_m = A_M / np.sqrt(1 - E2 * np.sin(lat) ** 2)
    height_m = across_m * np.cos(lat) + z_m * np.sin(lat) - n_m * (1 - E2 * np.sin(lat) ** 2)
    return np.degrees(lat), np.degrees(np.arctan2(y_m, x_m)), height_m
