"""The process's own copy of the live picture: it is what the engine would make now, and shared."""

import numpy as np
import pytest

from airspace.kernels import tracking, wire
from console.live import picture as pictures
from console.live.frames import HEARTBEAT_TILE
from console.live.picture import KEPT_APART_S, LOOK_EVERY, Picture, merged
from tests.console.live.tile_frames import frame, rows_of

TILE = 5


def shown(picture, tiles=None, sees=None):
    return rows_of(b"".join(picture.whole(tiles, sees)))


def test_of_each_drone_the_last_row_counts_and_who_left_the_tile_is_gone():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 1, 8: 1, 9: 1})})
    picture.hear({TILE: frame(TILE, {7: 2, 9: 2}, left=[9])})
    picture.hear({TILE: frame(TILE, {8: 3})})
    assert shown(picture) == {7: 2, 8: 3}


def test_a_whole_frame_takes_the_place_of_everything_before_it():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 1, 8: 1})})
    picture.hear({TILE: frame(TILE, {8: 2}, is_whole=True)})
    assert shown(picture) == {8: 2}


def test_equal_views_share_their_bytes_and_each_tile_is_put_together_once_a_tick():
    picture = Picture()
    for tick in range(3):
        picture.hear({tile: frame(tile, {tile: tick}) for tile in range(10)})
        views = [picture.whole(frozenset(range(5)), None) for _ in range(100)]
        assert all(view is views[0] for view in views)
        for first in range(5):  # others look elsewhere, and there is nothing new to put together for them
            picture.whole(frozenset(range(first, first + 3)), frozenset({4}))
        assert picture.made == (tick + 1) * 7


def test_who_may_not_see_the_owner_gets_traffic_only_and_keeps_to_its_own_variant():
    picture = Picture()
    whole = bytearray(frame(TILE, {7: 1}, owner=5, is_whole=True))
    whole[20 + 18] = 2  # an emergency
    picture.hear({TILE: bytes(whole)})
    states = {sees: picture.whole(None, sees and frozenset(sees))[0][38] for sees in (None, (5,), (4,))}
    assert states == {None: 2, (5,): 2, (4,): 32}


def test_ages_count_up_to_the_engines_newest_word_and_stop_at_older():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 1}, 1_000.0)})
    picture.hear({TILE: frame(TILE, {8: 1}, 4_000.0)})
    picture.hear({HEARTBEAT_TILE: wire.frame(HEARTBEAT_TILE, wire.NOBODY, 5_000.0)})
    rows = np.frombuffer(picture.whole(None, None)[0], wire.ROW, 2, 20)
    assert rows["age"].tolist() == [40, 10]
    picture.hear({TILE: frame(TILE, {8: 2}, 90_000.0)})
    assert np.frombuffer(picture.whole(None, None)[0], wire.ROW, 2, 20)["age"].tolist() == [255, 0]


def test_a_clock_that_is_set_back_makes_nobody_old_and_what_redis_keeps_is_taken_again():
    picture = Picture()
    picture.adopt({TILE: frame(TILE, {7: 1}, 3_600_000.0, is_whole=True)}, 0.0)
    picture.hear({TILE: frame(TILE, {8: 1}, 1_000.0)}, 1.0)
    assert shown(picture) == {7: 1, 8: 1}
    picture.adopt({TILE: frame(TILE, {8: 1}, 1_000.0, is_whole=True)}, 2.0)
    assert shown(picture) == {8: 1}


def _fly(engine, rng, now_ms):
    """Report some of twenty drones, each within a few tiles."""
    drones = rng.choice(20, rng.integers(0, 8), replace=False)
    values = np.full((len(drones), 6), np.nan)
    values[:, 0], values[:, 1] = 29.0 + rng.random(len(drones)) * 0.3, 123.0 + rng.random(len(drones)) * 0.3
    values[:, 2] = rng.integers(0, 500, len(drones))
    times = np.full(len(drones), int(now_ms))
    engine.update(tracking.Batch(drones, times, values, np.zeros(len(drones), np.uint8)))


def _wholes(engine, now_ms):
    tiles = set(engine.tile[engine.heard()].tolist()) - {-1}
    return {
        tile: rows_of(part[: -4 * int.from_bytes(part[8:12], "little")])
        for tile, part in wire.snapshots(engine, tiles, now_ms)
    }


@pytest.mark.parametrize("seed", range(5))
def test_snapshot_and_changes_are_the_later_snapshot_wherever_one_begins_to_listen(seed, monkeypatch):
    monkeypatch.setattr(pictures, "KEPT_APART_S", 2.0)
    rng = np.random.default_rng(seed)
    engine, mine, kept, now_ms = tracking.Picture(), Picture(), {}, 1e6
    begins = int(rng.integers(0, 40))
    for tick in range(begins + 200):
        now_ms += 250
        _fly(engine, rng, now_ms)
        changes = dict(wire.take_changes(engine, now_ms))
        if tick >= begins:
            mine.hear(changes, now_ms / 1000)
        if tick % 4 == 0:
            tiles = set(engine.tile[engine.heard()].tolist())
            kept = dict(wire.snapshots(engine, tiles, now_ms))
        if tick in (begins, begins + 10, begins + 130):
            mine.adopt(kept, now_ms / 1000)
    truth = _wholes(engine, now_ms)
    assert {tile: rows_of(b"".join(mine.whole(frozenset({tile}), None))) for tile in truth} == truth


def test_a_frame_that_came_before_the_whole_one_was_made_does_not_undo_it():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 1}, 1_000.0)}, 10.0)
    picture.hear({TILE: frame(TILE, {8: 5}, 3_000.0)}, 12.0)
    picture.adopt({TILE: frame(TILE, {7: 4, 8: 4}, 2_000.0, is_whole=True)}, 9.0)
    assert shown(picture) == {7: 4, 8: 5}


def test_an_older_whole_frame_than_the_own_one_is_not_taken():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 5}, 3_000.0, is_whole=True)})
    picture.adopt({TILE: frame(TILE, {7: 4}, 2_000.0, is_whole=True)}, 0.0)
    assert shown(picture) == {7: 5}


def test_a_tile_that_redis_lists_no_more_goes_at_the_second_look():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 1}), 6: frame(6, {8: 1})}, 1.0)
    picture.adopt({6: frame(6, {8: 1}, is_whole=True)}, 10.0)
    assert shown(picture) == {7: 1, 8: 1}  # Redis may have been emptied: the engine writes again soon
    picture.adopt({6: frame(6, {8: 1}, is_whole=True)}, 40.0)
    assert shown(picture) == {8: 1}


def test_a_tile_that_is_heard_of_stays_though_redis_has_no_room_to_list_it():
    picture = Picture()
    picture.hear({TILE: frame(TILE, {7: 1})}, 1.0)
    for began_s in (10.0, 40.0, 70.0):
        picture.adopt({}, began_s)
        picture.hear({TILE: frame(TILE, {8: 1})}, began_s + 25.0)
        assert rows_of(b"".join(picture.whole(None, None))) == {7: 1, 8: 1}
    picture.adopt({}, 100.0)
    picture.adopt({}, 130.0)
    assert len(picture) == 0


def test_what_was_heard_a_while_ago_is_merged_and_little_is_kept_apart():
    picture, now_s = Picture(), 0.0
    for number in range(400):
        now_s += 0.25
        picture.hear({TILE: frame(TILE, {number % 10: number}, now_s * 1000)}, now_s)
    assert len(picture._tiles[TILE].since) <= KEPT_APART_S / 0.25 + LOOK_EVERY
    assert shown(picture) == {number % 10: number for number in range(390, 400)}
    assert picture.size == sum(tile.size for tile in picture._tiles.values())


def test_it_is_bounded_and_forgets_who_was_silent_for_longest(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 1_000)
    picture = Picture()
    for number in range(100):
        picture.hear({number: frame(number, {number: 1})}, float(number))
    assert picture.size <= 1_000
    assert 0 < len(picture) < 100
    assert 99 in shown(picture)
    assert 0 not in shown(picture)


def test_views_are_kept_for_few_and_pieces_are_small(monkeypatch):
    monkeypatch.setattr(pictures, "PIECE_BYTES", 100)
    picture = Picture()
    picture.hear({tile: frame(tile, {tile: 1}) for tile in range(100)})
    for first in range(50):
        assert all(len(piece) <= 140 for piece in picture.whole(frozenset(range(first, first + 10)), None))
    assert len(picture._views) == pictures.MOST_VIEWS


def test_what_is_no_tile_frame_is_left_out():
    assert merged([b"", b"cut", b"x" * 40]) == b""
    assert rows_of(merged([b"cut", frame(TILE, {7: 1})])[:40]) == {7: 1}
    picture = Picture()
    picture.hear({TILE: b"cut"})
    assert picture.whole(None, None) == []
