"""A line through figures, and whether it rises."""

import pytest

from console.soak.flat import Trend, is_flat, trend

DAYS = [10, 20, 30, 40]


def test_the_rise_is_that_of_the_whole_line():
    assert trend(DAYS, [5, 15, 25, 35]) == Trend(pytest.approx(20), pytest.approx(30))


def test_what_goes_up_and_down_rises_by_nothing():
    assert trend(DAYS, [1, 3, 3, 1]).rise == pytest.approx(0)


def test_what_falls_has_a_negative_rise_and_is_flat():
    line = trend(DAYS, [40, 30, 20, 10])
    assert line.rise == pytest.approx(-30)
    assert is_flat(line, free=0)


def test_two_points_tell_nothing():
    with pytest.raises(ValueError, match="2 points given"):
        trend([1, 2], [1, 2])


@pytest.mark.parametrize(
    ("mean", "rise", "free", "flat"),
    [
        (1_000, 50, 0, True),
        (1_000, 51, 0, False),
        (10, 5, 5, True),
        (10, 6, 5, False),
        (0, 0, 0, True),
        (0, 1, 0, False),
    ],
)
def test_it_may_rise_by_a_share_of_its_mean_or_by_what_is_free(mean, rise, free, flat):
    assert is_flat(Trend(mean, rise), free) is flat
