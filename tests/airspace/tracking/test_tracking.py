"""The live picture against brute force, and states by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airspace.kernels import tracking
from airspace.kernels.tracking import EMERGENCY, NO_STATUS, NORMAL, ON_GROUND, STATUS_CODES, WARNING, Batch, Picture

REPORTS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 50)), max_size=40)


def batch_of(reports, lat=None):
    values = np.full((len(reports), 6), np.nan)
    values[:, 0] = np.arange(len(reports)) if lat is None else lat
    values[:, 1] = 0.0
    return Batch(
        np.array([drone for drone, _ in reports], np.int64),
        np.array([at for _, at in reports], np.int64),
        values,
        np.full(len(reports), NO_STATUS, np.uint8),
    )


@given(st.lists(REPORTS, max_size=5))
def test_the_picture_holds_what_one_by_one_comparison_finds(batches):
    picture, expected = Picture(2), {}
    for number, reports in enumerate(batches):
        marks = np.arange(len(reports)) + 100.0 * number
        for (drone, at), mark in zip(reports, marks, strict=True):
            if at > expected.get(drone, (0, 0))[0]:
                expected[drone] = (at, mark)
        picture.update(batch_of(reports, marks))
    values = {int(picture.drone[slot]): (int(picture.at_ms[slot]), picture.values[slot, 0]) for slot in picture.heard()}
    assert values == expected


def test_a_track_never_moves_back():
    picture = Picture()
    picture.update(batch_of([(7, 2000)], [1.0]))
    assert picture.update(batch_of([(7, 1999), (7, 2000)], [2.0, 3.0])) == 0
    assert picture.values[0, 0] == 1.0


def test_an_empty_batch_changes_nothing():
    assert Picture().update(batch_of([])) == 0


def test_more_drones_than_the_capacity_find_a_slot():
    picture = Picture(2)
    picture.update(batch_of([(drone, 5) for drone in range(1, 1001)]))
    assert sorted(picture.drone[: picture.count]) == list(range(1, 1001))


@pytest.mark.parametrize(
    ("battery", "status", "state"),
    [
        (50.0, None, NORMAL),
        (np.nan, None, NORMAL),
        (20.0, None, NORMAL),
        (19.9, "airborne", WARNING),
        (7.9, "airborne", EMERGENCY),
        (90.0, "emergency", EMERGENCY),
        (90.0, "ground", ON_GROUND),
        (3.0, "ground", ON_GROUND),
    ],
)
def test_states_follow_battery_and_status(battery, status, state):
    assert tracking.classify(np.array([battery]), np.array([STATUS_CODES[status]], np.uint8)).tolist() == [state]


@pytest.mark.parametrize(
    ("age_s", "word"),
    [(None, "unknown"), (0.0, "heard"), (5.0, "heard"), (5.1, "stale"), (15.0, "stale"), (15.1, "lost")],
)
def test_the_link_is_named_by_age(age_s, word):
    assert tracking.link_state(age_s) == word


def test_forgetting_drops_the_long_silent_and_names_their_tiles():
    picture = Picture(2)
    picture.update(batch_of([(1, 1000), (2, 9000), (3, 1500)]))
    picture.settle(np.arange(3), np.array([11, 12, 13]))
    assert picture.forget(2000).tolist() == [11, 13]
    assert picture.drone[: picture.count].tolist() == [2]
    picture.update(batch_of([(2, 9500), (1, 9600)]))
    assert picture.at_ms[: picture.count].tolist() == [9500, 9600]


def test_a_change_of_verification_is_shown_in_the_next_frame():
    picture = Picture()
    picture.mark(7, owner=1, is_unverified=True)
    assert picture.changed().tolist() == []
    picture.update(batch_of([(7, 1000)]))
    picture.settle(picture.changed(), np.array([1]))
    picture.mark(7, owner=1, is_unverified=False)
    assert picture.changed().tolist() == [0]


def test_what_lies_ahead_of_the_present_gives_way_to_what_is_reported_now():
    picture, now_ms = Picture(), 5_000_000
    picture.update(batch_of([(1, now_ms + 3_600_000), (2, now_ms + 1_000), (3, now_ms - 100)], [1.0, 2.0, 3.0]))
    moved = picture.update(batch_of([(1, now_ms - 50), (2, now_ms - 50), (3, now_ms - 50)], [4.0, 5.0, 6.0]), now_ms)
    assert (moved, picture.values[:3, 0].tolist()) == (2, [4.0, 2.0, 6.0])  # a second ahead is as exact as clocks are
    assert picture.update(batch_of([(1, now_ms - 60)]), now_ms) == 0
