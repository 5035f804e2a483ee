"""Frames: tiles, packing, and what a slow socket gets."""

import pytest

from console.frames import HEARTBEAT_TILE, Fanout, Viewer, pack, tile_of, tiles_in, unpack


def test_a_tile_of_zoom_11_at_the_origin_is_the_middle_one():
    assert tile_of(0.0, 0.0) == 1024 * 2048 + 1024


def test_a_view_holds_the_tiles_of_its_corners():
    tiles = tiles_in(121.0, 29.0, 121.5, 29.5)
    assert {tile_of(29.0, 121.0), tile_of(29.5, 121.5), tile_of(29.0, 121.5)} <= tiles


def test_a_view_of_half_the_world_means_everything():
    assert tiles_in(-90.0, -60.0, 90.0, 60.0) is None


def test_unpack_returns_what_pack_joined():
    tiles = [(7, b"abc"), (9, b"")]
    assert unpack(pack(tiles)) == tiles


@pytest.mark.parametrize("cut", [3, 9])
def test_a_message_cut_short_is_named(cut):
    with pytest.raises(ValueError, match=r"cut short|announced"):
        unpack(pack([(7, b"abc")])[:cut])


async def test_a_viewer_gets_only_the_tiles_it_looks_at():
    fanout, viewer = Fanout(), Viewer()
    viewer.look(frozenset({1}))
    fanout.viewers.add(viewer)
    fanout.deliver(pack([(1, b"one"), (2, b"two")]))
    assert await viewer.next() == (b"one", set())


async def test_a_slow_viewer_gets_the_newest_and_learns_which_tiles_it_missed():
    fanout, viewer = Fanout(), Viewer()
    viewer.look(None)
    fanout.viewers.add(viewer)
    fanout.deliver(pack([(1, b"old")]))
    fanout.deliver(pack([(2, b"new")]))
    assert await viewer.next() == (b"new", {1})


def test_equal_views_share_one_encoding():
    fanout = Fanout()
    viewers = [Viewer() for _ in range(3)]
    for viewer in viewers:
        viewer.look(frozenset({1}))
    fanout.viewers.update(viewers)
    fanout.deliver(pack([(1, b"one")]))
    assert len({id(viewer._waiting) for viewer in viewers}) == 1


async def test_a_viewer_that_looks_at_nothing_still_hears_the_engines_heartbeat():
    fanout, viewer = Fanout(), Viewer()
    fanout.viewers.add(viewer)
    fanout.deliver(pack([(HEARTBEAT_TILE, b"tick"), (1, b"one")]))
    assert await viewer.next() == (b"tick", set())
