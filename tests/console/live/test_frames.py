"""Frames: tiles and packing."""

import pytest

from console.live.frames import pack, tile_of, tiles_in, unpack


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
