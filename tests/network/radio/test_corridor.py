"""Places along and around a way."""

import numpy as np
import pytest

from network.kernels.radio.corridor import along, away_m


def test_beside_a_way_it_is_the_perpendicular_and_beyond_its_end_the_distance_to_the_end():
    values = away_m([50, 103, -3, 100], [40, 4, 4, 0], [0, 100], [0, 0])
    assert values == pytest.approx([40, 5, 5, 0])


def test_the_nearest_of_several_pieces_counts():
    assert away_m([90], [50], [0, 100, 100], [0, 0, 100]) == pytest.approx([10])


def test_a_piece_of_no_length_is_a_point():
    assert away_m([3], [4], [0, 0], [0, 0]) == pytest.approx([5])


def test_places_lie_at_most_a_step_apart_and_on_both_ends():
    east, north = along([0, 100, 100], [0, 0, 50], 40)
    assert (east[0], north[0], east[-1], north[-1]) == (0, 0, 100, 50)
    assert np.hypot(np.diff(east), np.diff(north)).max() <= 40
    assert len(east) == 5


@pytest.mark.parametrize("step_m", [0, -1, float("nan")])
def test_a_step_must_be_above_zero(step_m):
    with pytest.raises(ValueError, match="step_m"):
        along([0, 1], [0, 0], step_m)


def test_one_corner_is_no_way():
    with pytest.raises(ValueError, match="corners"):
        away_m([0], [0], [0], [0])
