import json

import numpy as np
import pytest

from network.kernels import metropolis
from network.kernels.geodesy import to_enu
from tests.yardstick import at_most_s


@pytest.fixture(scope="module")
def features():
    return metropolis.basemap()["features"]


def rings_of(features, kind):
    for feature in features:
        if feature["properties"]["kind"] == kind and feature["geometry"]["type"] == "Polygon":
            lon, lat = np.array(feature["geometry"]["coordinates"][0]).T
            yield np.column_stack(to_enu(lat, lon, *metropolis.CENTRE_DEG))


def test_the_same_city_is_drawn_every_time(features):
    assert metropolis.basemap()["features"] == features


def test_the_basemap_is_a_few_hundred_kilobytes_and_quick():
    with at_most_s(3.0):
        size = len(json.dumps(metropolis.basemap(), separators=(",", ":"), ensure_ascii=False))
    assert 250_000 < size < 520_000


def test_every_ring_is_closed_and_counter_clockwise(features):
    for feature in features:
        if feature["geometry"]["type"] != "Polygon":
            continue
        ring = np.array(feature["geometry"]["coordinates"][0])
        assert len(ring) >= 4
        assert (ring[0] == ring[-1]).all()
        x, y = (ring - ring[0]).T
        assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0


def test_every_coordinate_is_finite_and_a_valid_place(features):
    text = json.dumps(features, allow_nan=False)
    assert "NaN" not in text
    for feature in features:
        points = np.array(feature["geometry"]["coordinates"], dtype=float).reshape(-1, 2)
        assert (np.abs(points[:, 0]) <= 180).all()
        assert (np.abs(points[:, 1]) <= 90).all()


def test_is_land_agrees_with_the_polygons(features):
    rng = np.random.default_rng(1)
    east, north = rng.uniform(-34_000, 34_000, 4_000), rng.uniform(-34_000, 34_000, 4_000)
    drawn = np.zeros(east.shape, dtype=bool)
    for ring in rings_of(features, "land"):
        drawn |= metropolis.inside(ring, east, north)
    for kind in ("river", "lake"):
        for ring in rings_of(features, kind):
            drawn &= ~metropolis.inside(ring, east, north)
    for ring in rings_of(features, "island"):
        drawn |= metropolis.inside(ring, east, north)
    assert (drawn == metropolis.is_land(east, north)).mean() > 0.998


def test_the_sea_lies_in_the_south_and_land_in_the_north():
    assert not metropolis.is_land(0, -30_000)
    assert metropolis.is_land([0, 5_000], [30_000, -8_000]).all()


def test_every_district_stands_on_land_and_has_two_names():
    districts = metropolis.districts()
    assert len(districts) == 9
    assert districts[0].name_zh == "中央区"
    for district in districts:
        assert metropolis.is_land(district.east_m, district.north_m), district.slug
        assert district.name_en.isascii()


def test_land_goes_on_beyond_the_bounds():
    assert metropolis.is_land([-100_000, 100_000, 0], [60_000, 60_000, 100_000]).all()


def test_buildings_stand_on_land_and_have_a_height(features):
    buildings = [f for f in features if f["properties"]["kind"] == "building"]
    assert len(buildings) > 700
    assert all(10 <= f["properties"]["height_m"] <= 420 for f in buildings)


def test_there_are_roads_of_three_classes(features):
    classes = {f["properties"]["class"] for f in features if f["properties"]["kind"] == "road"}
    assert classes == {1, 2, 3}


def test_a_point_on_no_ring_edge_is_inside_a_square_or_not():
    square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
    assert metropolis.inside(square, np.array([5.0, 15.0, -1.0]), np.array([5.0, 5.0, 5.0])).tolist() == [
        True,
        False,
        False,
    ]
