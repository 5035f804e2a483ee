"""Places along and around a way in the plane. Pure functions; metres."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def away_m(east_m: ArrayLike, north_m: ArrayLike, way_east_m: ArrayLike, way_north_m: ArrayLike) -> Array:
    """Return how far places are from a way of straight pieces.

    Args:
        east_m: of the places, shape (n,). [m]
        north_m: likewise. [m]
        way_east_m: of the corners of the way, at least two. [m]
        way_north_m: likewise. [m]

    Returns:
        Distance to the nearest point of the way, its ends included. [m]

    Raises:
        ValueError: the way has fewer than two corners.
    """
    place = np.stack([np.asarray(east_m, float), np.asarray(north_m, float)], axis=-1)
    way = np.stack([np.asarray(way_east_m, float), np.asarray(way_north_m, float)], axis=-1)
    if len(way) < 2:
        raise ValueError(f"way: {len(way)} corners given; expected at least 2")
    start, piece = way[:-1], np.diff(way, axis=0)
    length2 = np.maximum((piece**2).sum(axis=1), 1e-12)
    nearest = np.full(len(place), np.inf)
    for begin, along, squared in zip(start, piece, length2, strict=True):
        share = np.clip((place - begin) @ along / squared, 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(*(place - begin - share[:, None] * along).T))
    return np.asarray(nearest)


def along(way_east_m: ArrayLike, way_north_m: ArrayLike, step_m: float) -> tuple[Array, Array]:
    """Return places on a way, evenly spread, both ends included and at most a step apart. East, north. [m].

    Raises:
        ValueError: the step is not above 0.
    """
    if not step_m > 0:
        raise ValueError(f"step_m: {step_m} given; expected above 0")
    east, north = np.asarray(way_east_m, float), np.asarray(way_north_m, float)
    at_m = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))])
    sought_m = np.linspace(0.0, at_m[-1], int(np.ceil(at_m[-1] / step_m)) + 1)
    return np.interp(sought_m, at_m, east), np.interp(sought_m, at_m, north)
