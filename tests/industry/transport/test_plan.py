"""Plans on the map: which way they lie, and how far a metre goes."""

import numpy as np
import pytest

from industry.kernels.transport.plan import Ground, heading_deg, places_of
from network.kernels.geodesy import distance_m

NORTH = Ground(29.0, 123.5)
EAST = Ground(29.0, 123.5, bearing_deg=90.0)


def test_a_metre_of_the_plan_is_a_metre_on_the_ground():
    (lon, lat), *_ = places_of([[300.0, 400.0]], Ground(29.0, 123.5, bearing_deg=37.0))
    assert float(distance_m(29.0, 123.5, lat, lon)) == pytest.approx(500.0, rel=1e-3)


def test_a_plan_whose_y_points_north_has_its_x_in_the_east():
    places = places_of([[0.0, 100.0], [100.0, 0.0]], NORTH)
    assert places[0, 1] > 29.0
    assert places[0, 0] == pytest.approx(123.5, abs=1e-9)
    assert places[1, 0] > 123.5
    assert places[1, 1] == pytest.approx(29.0, abs=1e-6)


def test_a_plan_whose_y_points_east_has_its_x_in_the_south():
    places = places_of([[0.0, 100.0], [100.0, 0.0]], EAST)
    assert places[0, 0] > 123.5
    assert places[1, 1] < 29.0
    assert places[1, 0] == pytest.approx(123.5, abs=1e-6)


def test_no_points_have_no_places():
    assert places_of(np.empty((0, 2)), NORTH).shape == (0, 2)


@pytest.mark.parametrize(
    ("theta_rad", "ground", "expected_deg"),
    [(0.0, NORTH, 90.0), (np.pi / 2, NORTH, 0.0), (-np.pi / 2, NORTH, 180.0), (np.pi / 2, EAST, 90.0)],
)
def test_a_vehicles_angle_becomes_a_heading(theta_rad: float, ground: Ground, expected_deg: float):
    assert heading_deg(theta_rad, ground) == pytest.approx(expected_deg, abs=1e-9)
