"""Tile frames: the live picture as browsers receive it, 20 bytes per drone. Pure numpy.

A frame is a header `<BBHIId` (kind 1, flags, 0, tile, rows, time in epoch ms; flag bit 0: the whole tile) and rows
`<IiihHHBB`: drone, latitude and longitude [1e-7 deg], altitude [m], track [0.01 deg], speed [0.01 m/s], state, age
[0.1 s]. From the engine to the web processes the owner of each drone follows, `<I` a row; `console.live.frames.seen_by`
takes that off again, and more for who may see only the position.
Tiles are those of Web Mercator at zoom 11, numbered x * 2048 + y, as `console.live.frames.tile_of` counts them.
"""

import struct
from collections.abc import Iterator

import numpy as np

from airspace.kernels.tracking import VALUES, Floats, Ints, Picture

KIND_TILE = 1
FLAG_SNAPSHOT = 1
HEADER = struct.Struct("<BBHIId")
ROW = np.dtype(
    [
        ("drone", "<u4"),
        ("lat", "<i4"),
        ("lon", "<i4"),
        ("altitude", "<i2"),
        ("track", "<u2"),
        ("speed", "<u2"),
        ("state", "u1"),
        ("age", "u1"),
    ]
)
UNVERIFIED_BIT = 8
LEFT_BIT = 16
CONTROL_LINK_SHIFT = 6
"""The two highest bits are the code of `control_link.STATES`."""
UNKNOWN = 65_535
OLDER = 255
ZOOM = 11
MAX_LAT_DEG = 85.05
Rows = np.ndarray[tuple[int], np.dtype[np.void]]
NOBODY: Rows = np.empty(0, ROW)
UNKNOWN_OWNERS = np.empty(0, np.int64)


def tiles_of(lat_deg: Floats, lon_deg: Floats) -> Ints:
    """Return the tile of each point; latitudes beyond +-85.05 count as the edge.

    Args:
        lat_deg: WGS-84 latitude. [deg]
        lon_deg: WGS-84 longitude. [deg]

    Source: OGC 17-083r4, annex D.1, WebMercatorQuad.
    """
    count = 1 << ZOOM
    lat = np.radians(np.clip(lat_deg, -MAX_LAT_DEG, MAX_LAT_DEG))
    x = ((lon_deg + 180.0) / 360.0 * count).astype(np.int64) % count
    y = ((1.0 - np.arcsinh(np.tan(lat)) / np.pi) / 2.0 * count).astype(np.int64)
    return x * count + np.clip(y, 0, count - 1)


def rows_of(picture: Picture, slots: Ints, now_ms: float) -> Rows:
    """Encode drones of the picture as rows of a frame made at `now_ms`; unknown track and speed are 65535."""
    values = dict(zip(VALUES, picture.values[slots].T, strict=True))
    rows = np.empty(len(slots), ROW)
    rows["drone"] = picture.drone[slots]
    rows["lat"] = np.rint(values["lat_deg"] * 1e7)
    rows["lon"] = np.rint(values["lon_deg"] * 1e7)
    rows["altitude"] = np.rint(np.clip(values["altitude_wgs84_m"], -32_768, 32_767))
    rows["track"] = _hundredths(values["track_deg"] % 360.0) % 36_000
    rows["track"][np.isnan(values["track_deg"])] = UNKNOWN
    rows["speed"] = _hundredths(values["speed_mps"])
    rows["state"] = picture.states(slots) | np.where(picture.is_unverified[slots], UNVERIFIED_BIT, 0).astype(np.uint8)
    rows["state"] |= picture.control_link[slots] << CONTROL_LINK_SHIFT
    rows["age"] = np.clip((now_ms - picture.at_ms[slots]) / 100.0, 0, OLDER)
    return rows


def frame(tile: int, rows: Rows, now_ms: float, owners: Ints = UNKNOWN_OWNERS, *, is_snapshot: bool = False) -> bytes:
    """Return one tile frame; owners are the numbers of organisations, one for each row."""
    flags = FLAG_SNAPSHOT if is_snapshot else 0
    head = HEADER.pack(KIND_TILE, flags, 0, tile, len(rows), now_ms)
    return head + rows.tobytes() + owners.astype("<u4").tobytes()


def take_changes(picture: Picture, now_ms: float) -> list[tuple[int, bytes]]:
    """Return a frame for each tile in which something changed since the last call, and settle the picture.

    A drone that crossed into another tile is published once more in the tile it left, with its new position and the
    LEFT bit, so that viewers of that tile alone let it go.
    """
    slots = picture.changed()
    rows = rows_of(picture, slots, now_ms)
    tiles = tiles_of(picture.values[slots, 0], picture.values[slots, 1])
    before = picture.tile[slots]
    left = (before >= 0) & (before != tiles)
    gone = rows[left]
    gone["state"] |= LEFT_BIT
    picture.settle(slots, tiles)
    owners = picture.owner[slots]
    every = (np.concatenate(pair) for pair in ((tiles, before[left]), (rows, gone), (owners, owners[left])))
    return [(tile, frame(tile, group, now_ms, owned)) for tile, group, owned in _by_tile(*every)]


def snapshots(picture: Picture, tiles: set[int], now_ms: float) -> list[tuple[int, bytes]]:
    """Return whole frames of these tiles; one that nobody is in any more is an empty frame."""
    slots = picture.heard()
    slots = slots[np.isin(picture.tile[slots], list(tiles))] if tiles else slots[:0]
    groups = _by_tile(picture.tile[slots], rows_of(picture, slots, now_ms), picture.owner[slots])
    groups_by_tile = {tile: (rows, owners) for tile, rows, owners in groups}
    nobody = NOBODY, UNKNOWN_OWNERS
    parts = ((tile, *groups_by_tile.get(tile, nobody)) for tile in sorted(tiles))
    return [(tile, frame(tile, rows, now_ms, owners, is_snapshot=True)) for tile, rows, owners in parts]


def _by_tile(tiles: Ints, rows: Rows, owners: Ints) -> Iterator[tuple[int, Rows, Ints]]:
    order = np.argsort(tiles, kind="stable")
    names, starts = np.unique(tiles[order], return_index=True)
    groups = np.split(rows[order], starts[1:]), np.split(owners[order], starts[1:])
    yield from zip(names.tolist(), *groups, strict=False)


def _hundredths(values: Floats) -> Ints:
    return np.where(np.isnan(values), UNKNOWN, np.rint(np.clip(np.nan_to_num(values), 0, 655.34) * 100)).astype(
        np.int64
    )
