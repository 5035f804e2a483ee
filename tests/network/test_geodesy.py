"""Local coordinates and distances on the ellipsoid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels import geodesy


def test_a_degree_of_longitude_at_the_equator_is_the_published_length():
    assert geodesy.distance_m(0, 0, 0, 1) == pytest.approx(111_319.491, abs=0.01)


def test_a_degree_of_latitude_at_the_equator_is_the_published_length():
    assert geodesy.distance_m(0, 0, 1, 0) == pytest.approx(110_574.39, abs=0.1)


def test_a_long_line_agrees_with_vincentys_published_example():
    flinders = (-(37 + 57 / 60 + 3.72030 / 3600), 144 + 25 / 60 + 29.52440 / 3600)
    buninyong = (-(37 + 39 / 60 + 10.15610 / 3600), 143 + 55 / 60 + 35.38390 / 3600)
    assert geodesy.distance_m(*flinders, *buninyong) == pytest.approx(54_972.271, abs=0.5)


def test_a_point_has_no_distance_from_itself():
    assert geodesy.distance_m(29.0, 123.5, 29.0, 123.5) == 0
    assert geodesy.haversine_m(29.0, 123.5, 29.0, 123.5) == 0


def test_east_is_east_and_north_is_north():
    east_m, north_m = geodesy.to_enu([29.0, 29.1], [123.6, 123.5], 29.0, 123.5)
    assert east_m[0] == pytest.approx(9_740, abs=10)
    assert abs(north_m[0]) < 10
    assert abs(east_m[1]) < 1e-6
    assert north_m[1] == pytest.approx(11_083, abs=10)


@given(st.floats(-80, 80), st.floats(-179, 179), st.floats(-60_000, 60_000), st.floats(-60_000, 60_000))
def test_local_coordinates_survive_the_way_there_and_back(lat0_deg, lon0_deg, east_m, north_m):
    lat_deg, lon_deg = geodesy.from_enu(east_m, north_m, lat0_deg, lon0_deg)
    back = geodesy.to_enu(lat_deg, lon_deg, lat0_deg, lon0_deg)
    assert np.allclose(back, (east_m, north_m), atol=1e-3)


def test_near_by_the_tangent_plane_and_the_geodesic_agree():
    east_m, north_m = geodesy.to_enu(29.05, 123.55, 29.0, 123.5)
    assert np.hypot(east_m, north_m) == pytest.approx(float(geodesy.distance_m(29.0, 123.5, 29.05, 123.55)), rel=1e-4)


def test_the_mean_sphere_is_off_by_little():
    sphere_m = geodesy.haversine_m(29.0, 123.5, 39.9, 116.4)
    assert sphere_m == pytest.approx(float(geodesy.distance_m(29.0, 123.5, 39.9, 116.4)), rel=5.6e-3)


@pytest.mark.parametrize(
    ("ends", "length_m"),
    [  # by Vincenty's inverse formula, worked out apart from this code
        ((52.5, 13.4, 48.85, 2.35), 879_035.388),
        ((29.0, 123.5, 39.9, 116.4), 1_372_761.388),
        ((-33.9, 151.2, 1.35, 103.8), 6_303_191.198),
        ((60.0, 10.0, 10.0, 60.0), 6_908_614.226),
    ],
)
def test_long_lines_agree_with_vincenty_to_fifteen_metres(ends, length_m):
    assert geodesy.distance_m(*ends) == pytest.approx(length_m, abs=15)


def test_a_quarter_of_the_mean_sphere_is_ten_thousand_kilometres():
    assert geodesy.haversine_m(0, 0, 0, 90) == pytest.approx(6_371_008.8 * np.pi / 2)
    assert geodesy.haversine_m(60, 0, 60, 180) == pytest.approx(6_371_008.8 * np.pi / 3)  # over the pole


def test_local_coordinates_are_those_of_the_textbooks_rotation():
    assert geodesy.to_enu(30.5, 121.5, 30.0, 121.0) == pytest.approx((47_998.854, 55_532.349), abs=0.01)
    assert geodesy.to_enu(-45.0, -70.0, -44.5, -71.0) == pytest.approx((78_842.832, -56_045.002), abs=0.01)
    assert geodesy.from_enu(47_998.85443, 55_532.34940, 30.0, 121.0) == pytest.approx((30.5, 121.5), abs=1e-7)
