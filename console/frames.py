"""Frames of the live picture: from the engine over one Redis channel to every socket, encoded once, newest first.

A *tile frame* is what browsers decode: a header of 20 bytes, `<BBHIId` (kind 1, flags, 0, tile, rows, epoch ms), and 20
bytes per drone, see `airspace.kernels.wire`. The engine publishes all tiles of one tick as one message; a socket
receives the tiles it looks at, joined into one message. A socket that cannot keep up skips ticks and is then given the
tiles it missed as whole snapshots, so it is late but never wrong. The frame of HEARTBEAT_TILE has no rows and goes to
everyone: it says that the engine lives and what time it is there.
"""

import asyncio
import math
import struct
from collections.abc import Iterable

FRAMES_CHANNEL = "loft.frames"
TILE_ZOOM = 11
MAX_TILES_PER_VIEW = 256
HEARTBEAT_TILE = 0xFFFF_FFFF
_ENTRY = struct.Struct("<II")


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


class Viewer:
    """One socket that looks at the map: which tiles, and the message it has yet to send."""

    def __init__(self) -> None:
        self.tiles: frozenset[int] | None = frozenset()
        self._waiting: bytes | None = None
        self._missed: set[int] = set()
        self._awake = asyncio.Event()
        self._carried: tuple[int, ...] = ()

    def look(self, tiles: frozenset[int] | None) -> None:
        """Look at these tiles from now on; None means everywhere."""
        self.tiles = tiles

    def offer(self, tiles: tuple[int, ...], message: bytes) -> None:
        """Take the newest message. One that was still waiting is dropped, and its tiles are remembered as missed."""
        if self._waiting is not None:
            self._missed.update(self._carried)
        self._waiting, self._carried = message, tiles
        self._awake.set()

    async def next(self) -> tuple[bytes, set[int]]:
        """Wait for a message; return it with the tiles missed before it, whose snapshots the caller sends."""
        await self._awake.wait()
        self._awake.clear()
        message, missed = self._waiting or b"", self._missed
        self._waiting, self._carried, self._missed = None, (), set()
        return message, missed


class Fanout:
    """All viewers of one web process."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()

    def deliver(self, message: bytes) -> None:
        """Hand one engine message to every viewer that looks at one of its tiles; equal views share one encoding."""
        frames = dict(unpack(message))
        heartbeat = frames.pop(HEARTBEAT_TILE, b"")
        changed = frozenset(frames)
        encoded: dict[frozenset[int] | None, tuple[tuple[int, ...], bytes]] = {}
        for viewer in self.viewers:
            view = viewer.tiles
            if view not in encoded:
                seen = tuple(changed if view is None else changed & view)
                encoded[view] = (seen, heartbeat + b"".join(frames[tile] for tile in seen))
            seen, payload = encoded[view]
            if payload:
                viewer.offer(seen, payload)
