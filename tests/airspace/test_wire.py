"""Tile frames against `struct`, and tiles against the scalar reckoning of the console."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airspace.kernels import wire
from airspace.kernels.tracking import STATUS_CODES, Batch, Picture
from console.live.frames import FOREIGN_BIT, seen_by, tile_of

NOW_MS = 1_780_000_000_000.0
ROW = struct.Struct("<IiihHHBB")


def picture_of(*rows):
    picture = Picture()
    picture.update(
        Batch(
            np.array([row[0] for row in rows], np.int64),
            np.array([row[1] for row in rows], np.int64),
            np.array([row[2] for row in rows], np.float64),
            np.array([STATUS_CODES[row[3]] for row in rows], np.uint8),
        )
    )
    return picture


def decode(data, sees=None):
    data = seen_by(data, sees)  # as browsers receive it; by default of those who may see everything
    kind, flags, zero, tile, count, at_ms = wire.HEADER.unpack_from(data)
    assert (kind, zero, len(data)) == (1, 0, 20 + 20 * count)
    return flags, tile, at_ms, [ROW.unpack_from(data, 20 + 20 * i) for i in range(count)]


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=30))
def test_tiles_of_arrays_are_the_tiles_of_single_points(points):
    lat, lon = np.array(points).T
    assert wire.tiles_of(lat, lon).tolist() == [tile_of(*point) for point in points]


def test_header_and_row_are_20_bytes():
    assert (wire.HEADER.size, wire.ROW.itemsize, ROW.size) == (20, 20, 20)


def test_a_row_reads_back_as_it_was_reported():
    picture = picture_of((9, NOW_MS - 1500, (29.1234567, 123.7654321, 120.4, 12.34, 359.996, 15.0), "airborne"))
    ((tile, data),) = wire.take_changes(picture, NOW_MS)
    flags, inside, at_ms, rows = decode(data)
    assert (flags, inside, at_ms) == (0, tile, NOW_MS)
    assert rows == [(9, 291234567, 1237654321, 120, 0, 1234, 1, 15)]


def test_unknown_track_and_speed_are_65535_and_an_old_report_has_age_255():
    nan = np.nan
    picture = picture_of((9, NOW_MS - 60_000, (-29.0, -123.0, -40.0, nan, nan, nan), None))
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    assert decode(data)[3] == [(9, -290000000, -1230000000, -40, 65535, 65535, 0, 255)]


def test_an_unverified_drone_carries_bit_3():
    picture = picture_of((9, NOW_MS, (29.0, 123.0, 1.0, 1.0, 1.0, 5.0), None))
    picture.mark(9, owner=1, is_unverified=True)
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    assert decode(data)[3][0][6] == 2 | 8


def test_frames_hold_only_what_changed():
    picture = picture_of((9, NOW_MS, (29.0, 123.0, 1.0, 1.0, 1.0, 5.0), None))
    assert len(wire.take_changes(picture, NOW_MS)) == 1
    assert wire.take_changes(picture, NOW_MS) == []


def test_a_drone_that_crosses_a_border_is_told_once_to_the_tile_it_left():
    picture = picture_of((9, NOW_MS, (29.0, 123.0, 1.0, 1.0, 1.0, 50.0), None))
    wire.take_changes(picture, NOW_MS)
    picture.update(
        Batch(
            np.array([9]),
            np.array([int(NOW_MS) + 1]),
            np.array([[29.0, 124.0, 1, 1, 1, 50]]),
            np.array([255], np.uint8),
        )
    )
    frames = {tile: decode(data)[3] for tile, data in wire.take_changes(picture, NOW_MS)}
    assert set(frames) == {tile_of(29.0, 123.0), tile_of(29.0, 124.0)}
    assert frames[tile_of(29.0, 123.0)][0][6] == 16
    assert frames[tile_of(29.0, 124.0)][0][6] == 0


def test_a_snapshot_holds_everyone_in_the_tile_and_empty_tiles_are_said_to_be_empty():
    place = (29.0, 123.0, 1.0, 1.0, 1.0, 50.0)
    picture = picture_of(
        (1, NOW_MS, place, None), (2, NOW_MS, place, None), (3, NOW_MS, (10.0, 10.0, 1, 1, 1, 50), None)
    )
    wire.take_changes(picture, NOW_MS)
    tile = tile_of(29.0, 123.0)
    frames = [decode(data) for _, data in wire.snapshots(picture, {tile, 5}, NOW_MS)]
    assert [(flags, inside, [row[0] for row in rows]) for flags, inside, _, rows in frames] == [
        (1, 5, []),
        (1, tile, [1, 2]),
    ]


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_every_changed_drone_is_in_exactly_one_frame(count):
    rng = np.random.default_rng(4)
    places = np.column_stack([rng.uniform(28.7, 29.3, count), rng.uniform(123.2, 123.8, count), np.zeros((count, 4))])
    picture = picture_of(*[(drone + 1, NOW_MS, places[drone], None) for drone in range(count)]) if count else Picture()
    frames = wire.take_changes(picture, NOW_MS)
    assert sorted(row[0] for _, data in frames for row in decode(data)[3]) == list(range(1, count + 1))
    for tile, data in frames:
        assert all(tile_of(places[row[0] - 1, 0], places[row[0] - 1, 1]) == tile for row in decode(data)[3])


LOW, EMPTY, FULL = 15.0, 5.0, 90.0


@pytest.mark.parametrize(
    ("status", "battery", "state"),
    [("airborne", FULL, 0), ("airborne", LOW, 0), ("airborne", EMPTY, 0), ("emergency", FULL, 0), ("ground", LOW, 3)],
)
def test_of_anothers_drone_a_viewer_gets_where_it_is_and_neither_battery_nor_emergency_nor_registration(
    status, battery, state
):
    picture = picture_of(
        (9, NOW_MS, (29.0, 123.0, 60.0, 12.5, 90.0, battery), status),
        (8, NOW_MS, (29.0, 123.0, 61.0, 12.5, 90.0, battery), status),
    )
    picture.mark(9, owner=5, is_unverified=True)
    picture.mark(8, owner=4, is_unverified=True)
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    foreign, own = decode(data, frozenset({4}))[3]
    assert foreign == (9, 290000000, 1230000000, 60, 9000, 1250, FOREIGN_BIT | state, 0)
    assert own == decode(data)[3][1]
    assert own[6] & 8
    assert [row[6] for row in decode(data, frozenset())[3]] == [FOREIGN_BIT | state] * 2


def test_a_foreign_drone_that_leaves_a_tile_is_still_let_go():
    picture = picture_of((9, NOW_MS, (29.0, 123.0, 60.0, 12.5, 90.0, 50.0), None))
    picture.mark(9, owner=5, is_unverified=False)
    wire.take_changes(picture, NOW_MS)
    picture.update(
        Batch(
            np.array([9]), np.array([int(NOW_MS) + 1]), np.array([[29.0, 125.0, 60, 1, 1, 50]]), np.zeros(1, np.uint8)
        )
    )
    states = [decode(data, frozenset({4}))[3][0][6] for _, data in wire.take_changes(picture, NOW_MS)]
    assert sorted(states) == [FOREIGN_BIT, FOREIGN_BIT | 16]


def test_a_drone_of_unknown_owner_and_a_frame_without_owners_are_shown_as_traffic():
    picture = picture_of((9, NOW_MS, (29.0, 123.0, 60.0, 12.5, 90.0, 5.0), None))
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    assert decode(data, frozenset({1, 4}))[3][0][6] == FOREIGN_BIT
    assert decode(data[:40], frozenset({1, 4}))[3][0][6] == FOREIGN_BIT
    assert decode(data)[3][0][6] == 2


def test_a_drone_that_changes_hands_is_in_the_next_frame():
    picture = picture_of((9, NOW_MS, (29.0, 123.0, 60.0, 12.5, 90.0, 50.0), None))
    picture.mark(9, owner=5, is_unverified=False)
    wire.take_changes(picture, NOW_MS)
    picture.mark(9, owner=4, is_unverified=False)
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    assert decode(data, frozenset({4}))[3][0][6] == 0
    assert wire.take_changes(picture, NOW_MS) == []


@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=30), st.sets(st.sampled_from([1, 2, 3, 4])))
def test_whatever_the_owners_own_rows_are_whole_and_foreign_ones_bare(owners, sees):
    rows = [(n + 1, NOW_MS, (29.0, 123.0, 60.0, 1.0, 1.0, 5.0), "emergency") for n in range(len(owners))]
    picture = picture_of(*rows)
    for number, owner in enumerate(owners):
        picture.mark(number + 1, owner=owner, is_unverified=True)
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    shown = {row[0]: row[6] for row in decode(data, frozenset(sees))[3]}
    assert shown == {n + 1: 2 | 8 if owner in sees else FOREIGN_BIT for n, owner in enumerate(owners)}


def test_how_control_links_are_stands_in_the_two_highest_bits_and_not_for_others():
    rows = [(key, NOW_MS, (29.0, 123.0, 60.0, 1.0, 1.0, 50.0), "airborne") for key in (7, 8, 9)]
    picture = picture_of(*rows)
    for key in (7, 8, 9):
        picture.mark(key, owner=key, is_unverified=False)
    wire.take_changes(picture, NOW_MS)
    picture.judge(lambda drones: np.where(drones == 8, 3, np.where(drones == 9, 1, 0)).astype(np.uint8))
    ((_, data),) = wire.take_changes(picture, NOW_MS)
    assert {row[0]: row[6] >> wire.CONTROL_LINK_SHIFT for row in decode(data)[3]} == {8: 3, 9: 1}, "and what changed"
    assert {row[0]: row[6] for row in decode(data, frozenset({9}))[3]} == {8: FOREIGN_BIT, 9: 64}
    picture.judge(lambda drones: np.where(drones == 8, 3, np.where(drones == 9, 1, 0)).astype(np.uint8))
    assert wire.take_changes(picture, NOW_MS) == []


def test_a_drone_that_leaves_takes_what_was_judged_of_it_along():
    rows = [(key, NOW_MS, (29.0, 123.0, 60.0, 1.0, 1.0, 50.0), "airborne") for key in (7, 8, 9)]
    picture = picture_of(*rows)
    picture.judge(lambda drones: np.where(drones == 9, 3, 1).astype(np.uint8))
    picture.drop({7, 8})
    assert picture.control_link[: picture.count].tolist() == [3]
    picture.update(picture_batch(7))
    assert picture.control_link[: picture.count].tolist() == [3, 0]


def picture_batch(key):
    values = np.array([[29.0, 123.0, 60.0, 1.0, 1.0, 50.0]])
    return Batch(np.array([key]), np.array([int(NOW_MS)]), values, np.zeros(1, np.uint8))
