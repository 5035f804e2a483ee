"""Pictures of a grid: where a cell lands on the map, and what its byte says."""

import numpy as np
import pytest

from network.kernels.geodesy import from_enu, to_enu
from network.kernels.radio.raster.coverage import Grid
from network.kernels.radio.raster.picture import picture_of, quantised

GRID = Grid(-35_000.0, -35_000.0, 175.0, 400, 400)
PICTURE = picture_of(GRID, 29.0, 123.5)


def mercator(lat_deg):
    return np.log(np.tan(np.pi / 4 + np.radians(lat_deg) / 2))


def test_rows_are_even_on_a_mercator_map_and_the_first_is_the_northernmost():
    lat_deg, lon_deg = PICTURE.centres_deg()
    assert lat_deg.shape == (400, 1)
    assert lon_deg.shape == (1, 400)
    up = mercator(lat_deg[:, 0])
    assert np.diff(up) == pytest.approx(np.full(399, up[1] - up[0]))
    assert lat_deg[0, 0] > lat_deg[-1, 0]
    assert mercator(PICTURE.north_deg) - up[0] == pytest.approx((up[0] - up[1]) / 2)
    assert lon_deg[0, 0] - PICTURE.west_deg == pytest.approx((lon_deg[0, 1] - lon_deg[0, 0]) / 2)


def test_the_corners_go_round_from_the_north_west_and_hold_the_whole_grid():
    (west, north), (east, north_again), (east_again, south), (west_again, south_again) = PICTURE.corners
    assert (west, north, east, south) == (west_again, north_again, east_again, south_again)
    lat_deg, lon_deg = from_enu([-35e3, 35e3, 35e3, -35e3, 0], [35e3, 35e3, -35e3, -35e3, 35e3], 29.0, 123.5)
    assert lat_deg.max() <= north + 1e-9
    assert lat_deg.min() >= south - 1e-9
    assert lon_deg.max() <= east + 1e-9
    assert lon_deg.min() >= west - 1e-9
    assert north - 29.0 == pytest.approx(35_000 / 110_859, rel=5e-3)  # a degree of latitude at 29 north is 110.859 km


def test_every_pixel_shows_the_cell_in_which_its_centre_lies():
    lat_deg, lon_deg = (array.reshape(-1) for array in np.broadcast_arrays(*PICTURE.centres_deg()))
    east_m, north_m = to_enu(lat_deg, lon_deg, 29.0, 123.5)
    row, column = np.divmod(PICTURE.cells.reshape(-1), 400)
    inside = PICTURE.cells.reshape(-1) < 160_000
    columns_m, rows_m = GRID.centres_m()
    assert np.abs(columns_m[0, column[inside]] - east_m[inside]).max() <= 87.5 + 1e-6
    assert np.abs(rows_m[row[inside], 0] - north_m[inside]).max() <= 87.5 + 1e-6
    outside = ~inside
    assert ((np.abs(east_m) > 35_000) | (np.abs(north_m) > 35_000))[outside].all()
    assert outside.mean() < 0.01


def test_a_cell_of_the_north_west_is_drawn_top_left():
    cells = np.zeros((400, 400), np.uint8)
    cells[390:, :10] = 9  # the grid's last row is its northernmost
    drawn = PICTURE.drawn(cells)
    rows, columns = np.nonzero(drawn)
    assert rows.max() < 13
    assert columns.max() < 13
    assert set(np.unique(drawn)) == {0, 9}


def test_a_grid_over_the_date_line_stays_in_one_piece():
    picture = picture_of(Grid(-1_000.0, -1_000.0, 100.0, 20, 20), 10.0, 179.999)
    assert picture.east_deg - picture.west_deg == pytest.approx(2_000 / 109_639, rel=1e-2)
    assert (picture.cells < 400).mean() > 0.85


def test_near_the_pole_a_picture_ends_where_the_map_does():
    picture = picture_of(Grid(-50_000.0, -50_000.0, 1_000.0, 100, 100), 85.0, 10.0)
    assert picture.north_deg == 85.0
    assert np.isfinite(picture.centres_deg()[0]).all()


def test_bytes_go_in_even_steps_from_low_to_high_and_stop_there():
    values = np.array([-140.0, -40.0, -90.0, -500.0, 0.0, np.nan, -140 + 100 / 254, np.inf, -np.inf])
    assert quantised(values, -140, -40).tolist() == [1, 255, 128, 1, 255, 0, 2, 255, 1]


def test_a_byte_read_back_is_within_half_a_step():
    values = np.random.default_rng(1).uniform(-20, 40, 10_000).astype(np.float32)
    back = -20 + (quantised(values, -20, 40).astype(float) - 1) * 60 / 254
    assert np.abs(back - values).max() <= 60 / 254 / 2 + 1e-4
