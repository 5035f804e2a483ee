"""Pictures of a grid: one byte a cell, in rows that are even on a Web-Mercator map. Degrees, metres."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from network.kernels.geodesy import from_enu, to_enu
from network.kernels.radio.raster.coverage import Grid

Array = NDArray[np.float64]
Bytes = NDArray[np.uint8]

UNKNOWN = 0
STEPS = 254  # from byte 1, the low end, to byte 255, the high end
MOST_LAT_DEG = 85.0
_SIDE_PLACES = 65


@dataclass(frozen=True)
class Picture:
    """Where the cells of a grid go in a picture of as many rows and columns; row 0 is the northernmost."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float
    cells: NDArray[np.int32]  # of each pixel the grid's cell, counted row by row; the number of cells means none

    @property
    def corners(self) -> list[list[float]]:
        """Longitude and latitude of the corners: north-west, north-east, south-east, south-west."""
        west, south, east, north = self.west_deg, self.south_deg, self.east_deg, self.north_deg
        return [[west, north], [east, north], [east, south], [west, south]]

    def centres_deg(self) -> tuple[Array, Array]:
        """Return latitude of each row, shape (rows, 1), and longitude of each column, shape (1, columns)."""
        rows, columns = self.cells.shape
        return _centres_deg((self.west_deg, self.south_deg, self.east_deg, self.north_deg), rows, columns)

    def drawn(self, cells: Bytes) -> Bytes:
        """Return the bytes of a grid's cells, shape (rows, columns), as a picture; nothing is interpolated."""
        return np.append(cells.reshape(-1), np.uint8(UNKNOWN))[self.cells]


def picture_of(grid: Grid, lat0_deg: float, lon0_deg: float) -> Picture:
    """Lay a grid on a map.

    Args:
        grid: its metres are counted from the origin, as by `geodesy.to_enu`.
        lat0_deg: latitude of the origin. [degrees]
        lon0_deg: longitude of the origin; the picture's longitudes lie within half a turn of it. [degrees]

    Returns:
        The smallest picture around the grid; each pixel is the cell in which its centre lies.
    """
    bounds = _bounds_deg(grid, lat0_deg, lon0_deg)
    lat_deg, lon_deg = np.broadcast_arrays(*_centres_deg(bounds, grid.rows, grid.columns))
    east_m, north_m = to_enu(lat_deg, lon_deg, lat0_deg, lon0_deg)
    column = np.floor((east_m - grid.west_m) / grid.cell_m).astype(np.int64)
    row = np.floor((north_m - grid.south_m) / grid.cell_m).astype(np.int64)
    is_in = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    cells = np.where(is_in, row * grid.columns + column, grid.rows * grid.columns)
    return Picture(*bounds, cells.astype(np.int32))


def quantised(values: ArrayLike, low: float, high: float) -> Bytes:
    """Return one byte a value: 1 at `low` and below, 255 at `high` and above, even steps between; 0 where NaN."""
    step = np.rint((np.asarray(values) - low) * (STEPS / (high - low)))
    return np.where(np.isnan(step), UNKNOWN, 1 + np.clip(np.nan_to_num(step), 0, STEPS)).astype(np.uint8)


def _bounds_deg(grid: Grid, lat0_deg: float, lon0_deg: float) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the outline of a grid."""
    share = np.linspace(0, 1, _SIDE_PLACES)
    along, ends = np.concatenate([share, share, 0 * share, 0 * share + 1]), np.repeat([0.0, 1.0], _SIDE_PLACES)
    across = np.concatenate([ends, share, share])
    east_m = grid.west_m + along * grid.columns * grid.cell_m
    north_m = grid.south_m + across * grid.rows * grid.cell_m
    lat_deg, lon_deg = from_enu(east_m, north_m, lat0_deg, lon0_deg)
    lon_deg = lon0_deg + (lon_deg - lon0_deg + 180) % 360 - 180
    lat_deg = np.clip(lat_deg, -MOST_LAT_DEG, MOST_LAT_DEG)
    return float(lon_deg.min()), float(lat_deg.min()), float(lon_deg.max()), float(lat_deg.max())


def _centres_deg(bounds: tuple[float, float, float, float], rows: int, columns: int) -> tuple[Array, Array]:
    west, south, east, north = bounds
    lowest, highest = np.arcsinh(np.tan(np.radians([south, north])))
    up = highest - (np.arange(rows) + 0.5) / rows * (highest - lowest)
    lon_deg = west + (np.arange(columns) + 0.5) / columns * (east - west)
    return np.degrees(np.arctan(np.sinh(up)))[:, None], lon_deg[None, :]
