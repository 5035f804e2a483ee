"""The demo vehicles' rounds."""

from math import pi

import pytest

from industry.kernels.transport.rounds import on_round, round_of

SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


@pytest.mark.parametrize(
    ("gone_m", "at_m", "theta_rad"),
    [
        (0, (0, 0), 0),
        (4, (4, 0), 0),
        (10, (10, 0), pi / 2),
        (25, (5, 10), pi),
        (39, (0, 1), -pi / 2),
        (44, (4, 0), 0),
        (-1, (0, 1), -pi / 2),
    ],
)
def test_a_round_is_driven_again_and_again(gone_m, at_m, theta_rad):
    now = on_round(SQUARE, gone_m)
    assert now.at_m == pytest.approx(at_m)
    assert now.theta_rad == pytest.approx(theta_rad)


def test_the_corners_ahead_begin_with_the_next_and_end_where_the_side_began():
    assert on_round(SQUARE, 12.0).ahead_m == [(10.0, 10.0), (0.0, 10.0), (0.0, 0.0), (10.0, 0.0)]


def test_a_round_without_a_length_is_none():
    with pytest.raises(ValueError, match="a round has a length"):
        on_round([(1.0, 1.0), (1.0, 1.0)], 3.0)


def test_every_round_stays_in_the_hall():
    for number in range(8):
        assert all(abs(x) <= 100 and abs(y) <= 40 for x, y in round_of(number, 240.0, 120.0))
