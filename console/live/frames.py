"""Frames of the live picture: from the engine over one Redis channel to every socket, encoded once, newest first.

A *tile frame* is what browsers decode: a header of 20 bytes, `<BBHIId` (kind 1, flags, 0, tile, rows, epoch ms), and 20
bytes per drone, see `airspace.kernels.wire`. The engine publishes all tiles of one tick as one message; a socket
receives the tiles it looks at, joined into one message. A socket that cannot keep up skips ticks and is then given the
tiles it missed as a whole, every few seconds at most, so it is late but never wrong. The frame of HEARTBEAT_TILE has no
rows and goes to everyone: it says that the engine lives and what time it is there.

After its rows a frame from the engine has the owner of each drone, `<I`. `seen_by` takes that off: who may not see an
owner's rows gets position, height, track, speed and age of its drones, and nothing that battery, emergency or
registration could be read from.
"""

import math
import struct
from collections.abc import Iterable

import numpy as np

FRAMES_CHANNEL = "loft.frames"
TILE_ZOOM = 11
MAX_TILES_PER_VIEW = 256
HEARTBEAT_TILE = 0xFFFF_FFFF
_ENTRY = struct.Struct("<II")
HEADER = struct.Struct("<BBHIId")
HEADER_BYTES, ROW_BYTES, _ROW_COUNT, _STATE = 20, 20, slice(8, 12), 18
LEFT_BIT = 16
FOREIGN_BIT = 32
_NORMAL, _ON_GROUND = 0, 3
_AS_TRAFFIC = np.array(
    [FOREIGN_BIT | (code & LEFT_BIT) | (_ON_GROUND if code & 7 == _ON_GROUND else _NORMAL) for code in range(256)],
    np.uint8,
)
"""The state byte of another's drone, by what it truly is: on the ground or not, and whether it left the tile."""


def tile_of(lat_deg: float, lon_deg: float) -> int:
    """Return the tile of a point: Web Mercator, zoom 11, x * 2048 + y. Latitudes beyond +-85.05 count as the edge."""
    count = 1 << TILE_ZOOM
    lat = math.radians(max(-85.05, min(85.05, lat_deg)))
    x = int((lon_deg + 180.0) / 360.0 * count) % count
    y = int((1.0 - math.asinh(math.tan(lat)) / math.pi) / 2.0 * count)
    return x * count + max(0, min(count - 1, y))


def tiles_in(west_deg: float, south_deg: float, east_deg: float, north_deg: float) -> frozenset[int] | None:
    """Return the tiles of a view, or None for "all of them" when the view holds more than MAX_TILES_PER_VIEW."""
    count = 1 << TILE_ZOOM
    left, top = divmod(tile_of(north_deg, west_deg), count)
    right, bottom = divmod(tile_of(south_deg, east_deg), count)
    if east_deg - west_deg >= 360.0 or right < left or (right - left + 1) * (bottom - top + 1) > MAX_TILES_PER_VIEW:
        return None
    return frozenset(x * count + y for x in range(left, right + 1) for y in range(top, bottom + 1))


def pack(tiles: Iterable[tuple[int, bytes]]) -> bytes:
    """Join tile frames into the message that travels from the engine to the web processes."""
    return b"".join(_ENTRY.pack(tile, len(frame)) + frame for tile, frame in tiles)


def unpack(message: bytes) -> list[tuple[int, bytes]]:
    """Split what `pack` joined.

    Raises:
        ValueError: the message is cut short.
    """
    tiles, offset = [], 0
    while offset < len(message):
        if offset + _ENTRY.size > len(message):
            raise ValueError(f"frame message cut short at byte {offset} of {len(message)}")
        tile, length = _ENTRY.unpack_from(message, offset)
        offset += _ENTRY.size
        if offset + length > len(message):
            raise ValueError(f"tile {tile}: {length} bytes announced, {len(message) - offset} there")
        tiles.append((tile, message[offset : offset + length]))
        offset += length
    return tiles


def seen_by(frame: bytes, sees: frozenset[int] | None) -> bytes:
    """Return a tile frame from the engine as browsers get it: of owners that are not in `sees` as mere traffic.

    Args:
        frame: as the engine made it; without owners everything counts as others'.
        sees: the organisations whose rows the reader may see, None for all.
    """
    count = int.from_bytes(frame[_ROW_COUNT], "little") if len(frame) > HEADER_BYTES else 0
    end = HEADER_BYTES + count * ROW_BYTES
    if sees is None or not count:
        return frame[:end] if count else frame
    rows = np.frombuffer(frame, np.uint8, count * ROW_BYTES, HEADER_BYTES).reshape(count, ROW_BYTES).copy()
    owners = np.frombuffer(frame, "<u4", offset=end)
    foreign = ~np.isin(owners, sorted(sees)) if len(owners) == count else slice(None)
    rows[foreign, _STATE] = _AS_TRAFFIC[rows[foreign, _STATE]]
    return frame[:HEADER_BYTES] + rows.tobytes()
