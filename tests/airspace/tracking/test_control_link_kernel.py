"""How control links are held against flicker: arrays in, arrays out."""

import numpy as np
import pytest

from airspace.kernels import control_link as kernel
from airspace.kernels.control_link import BELOW, CELL_SILENT, GAP_AHEAD, MET, NOBODY, UNKNOWN, WEAK, Found

START_MS = 1_780_000_000_000


def found(*margins_db, drones=None, gap_s=np.nan, reason=WEAK):
    count = len(margins_db)
    keys = np.array(drones or range(1, count + 1), np.int64)
    same = np.zeros(count)
    return Found(
        keys, keys * 10, same, same, np.array(margins_db, float), np.full(count, gap_s),
        np.full(count, reason, np.uint8),
    )  # fmt: skip


def states_of(*rounds, every_s=4):
    """Return the state of one drone after each round, told by its margin."""
    held, seen = NOBODY, []
    for number, margin_db in enumerate(rounds):
        held = kernel.hold(held, found(margin_db), START_MS + number * every_s * 1_000)
        seen.append(int(held["state"][0]))
    return seen


def test_a_link_is_below_its_need_after_eight_seconds_and_meets_it_again_after_ten():
    low = [GAP_AHEAD, GAP_AHEAD, BELOW, BELOW]
    assert states_of(3, -1, -1, -1, -1, 2, 2, 2, 2) == [MET, *low, BELOW, BELOW, BELOW, MET]


def test_a_blip_is_no_bad_link_and_a_moment_above_does_not_end_one():
    assert states_of(-1, 1, -1, -1, 1) == [GAP_AHEAD, MET, GAP_AHEAD, GAP_AHEAD, MET]
    assert states_of(-1, -1, -1, 1, -1, 1) == [GAP_AHEAD, GAP_AHEAD, BELOW, BELOW, BELOW, BELOW]


def test_what_is_not_known_is_neither_and_does_not_begin_anew():
    assert states_of(-1, np.nan, np.nan, -1) == [GAP_AHEAD, UNKNOWN, UNKNOWN, BELOW]
    assert states_of(np.nan, 4) == [UNKNOWN, MET]


def test_where_nothing_is_on_air_the_margin_has_no_bound_and_the_link_is_below():
    assert states_of(-np.inf, -np.inf, -np.inf) == [GAP_AHEAD, GAP_AHEAD, BELOW]


def test_a_gap_on_the_way_is_told_before_it_is_there():
    held = kernel.hold(NOBODY, found(5.0, gap_s=20.0), START_MS)
    assert (held["state"].tolist(), held["gap_s"].tolist()) == ([GAP_AHEAD], [20.0])
    held = kernel.hold(NOBODY, found(-5.0, gap_s=10.0), START_MS)
    assert held["state"].tolist() == [GAP_AHEAD]
    assert np.isnan(held["gap_s"]).all(), "it is there already"


def test_a_bad_link_of_which_nothing_was_known_meanwhile_is_not_well_sooner_for_it():
    below = [GAP_AHEAD, GAP_AHEAD, BELOW]
    assert states_of(-1, -1, -1, np.nan, 2, 2, 2, 2) == [*below, UNKNOWN, BELOW, BELOW, BELOW, MET]
    assert states_of(-1, np.nan, np.nan, np.nan, 2) == [GAP_AHEAD, UNKNOWN, UNKNOWN, UNKNOWN, MET], "a blip is none"


def test_a_clock_that_was_ahead_does_not_keep_a_bad_link_from_being_told():
    held = kernel.hold(NOBODY, found(-1.0), START_MS + 3_600_000)
    for number in range(3):
        held = kernel.hold(held, found(-1.0), START_MS + number * 4_000)
    assert held["state"].tolist() == [BELOW]


def test_the_reason_is_kept_while_a_link_is_not_well_for_long_enough():
    held = NOBODY
    for number in range(3):
        held = kernel.hold(held, found(-1.0, reason=CELL_SILENT), START_MS + number * 4_000)
    assert held["reason"].tolist() == [CELL_SILENT]
    held = kernel.hold(held, found(1.0), START_MS + 12_000)
    assert (held["state"].tolist(), held["reason"].tolist()) == ([BELOW], [CELL_SILENT])
    held = kernel.hold(held, found(1.0), START_MS + 30_000)
    assert (held["state"].tolist(), held["reason"].tolist(), held["below_ms"].tolist()) == ([MET], [0], [0])


def test_drones_come_and_go_in_any_order():
    held = kernel.hold(NOBODY, found(1.0, -1.0, np.nan, drones=[9, 2, 5]), START_MS)
    assert held["drone"].tolist() == [2, 5, 9]
    held = kernel.hold(held, found(-1.0, 1.0, drones=[2, 7]), START_MS + 9_000)
    assert kernel.codes_of(held, np.array([7, 2, 9, 1])).tolist() == [MET, BELOW, UNKNOWN, UNKNOWN]
    assert kernel.codes_of(NOBODY, np.array([7])).tolist() == [UNKNOWN]
    assert len(kernel.hold(held, found(), START_MS + 12_000)) == 0


def test_a_drone_is_looked_at_ten_twenty_and_thirty_seconds_ahead_on_its_track():
    lat, lon = kernel.along(*(np.array([value]) for value in (60.0, 10.0, 11.132, 90.0)))
    assert lat.ravel() == pytest.approx([60.0] * 3)
    assert lon.ravel() == pytest.approx([10.002, 10.004, 10.006])
    margins = np.array([[1.0, -1.0, np.nan], [-2.0, 3.0, np.nan], [-2.0, 3.0, np.nan]])
    assert kernel.first_gap_s(margins) == pytest.approx([20.0, 10.0, np.nan], nan_ok=True)


def test_nobody_knows_of_whom_track_or_speed_is_not_told():
    lat, lon = kernel.along(*(np.array([value]) for value in (60.0, 10.0, np.nan, 90.0)))
    assert np.isnan(lat).all()
    assert np.isnan(lon).all()
