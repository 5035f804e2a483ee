"""The live picture as this process has heard it: the last whole frame of each tile, the same bytes for every socket.

The line to Redis brings every frame anyhow, so that a socket which opens, moves its view or fell behind costs Redis
nothing. What was heard is put together only when somebody asks, once per tile and tick, and once for all who may see
the same rows. What Redis keeps (`SNAPSHOT_KEY`) is read when the line opens, and twice a minute in case something went
unheard.
"""

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic

import numpy as np

from console.live.frames import HEADER, HEADER_BYTES, HEARTBEAT_TILE, LEFT_BIT, ROW_BYTES, seen_by

Sees = frozenset[int] | None
MOST_BYTES = 67_108_864
MOST_VIEWS = 16
"""So many views are kept as messages between two ticks; wallboards look at the same one."""
PIECE_BYTES = 65_536
KEPT_APART_S = 5.0
"""The engine writes whole tiles once a second: of what was heard longer ago than this, Redis has nothing newer."""
LOOK_EVERY = 16
_SNAPSHOT, _AGE, _STATE, _OLDER, _KIND = 1, 19, 18, 255, 1


class Tile:
    """What was heard of one tile: a whole frame, and the changes since with the time when they came."""

    __slots__ = ("base", "heard_s", "is_doubted", "shown", "since")

    def __init__(self, heard_s: float) -> None:
        self.base = b""
        self.since: list[tuple[float, bytes]] = []
        self.heard_s = heard_s
        self.is_doubted = False
        self.shown: dict[Sees | str, bytes] = {}

    @property
    def size(self) -> int:
        """How many bytes it holds, variants for those who may see less not counted."""
        return len(self.base) + sum(len(frame) for _, frame in self.since)


class Picture:
    """The tiles of one web process. Only its event loop touches it."""

    def __init__(self) -> None:
        self.made = 0  # how many whole frames were put together
        self.at_ms = 0.0  # the engine's time of the newest frame
        self.size = 0
        self._tiles: dict[int, Tile] = {}
        self._views: dict[tuple[frozenset[int] | None, Sees], list[bytes]] = {}

    def __len__(self) -> int:
        return len(self._tiles)

    def clear(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]  # as it began

    def hear(self, frames: Mapping[int, bytes], now_s: float | None = None) -> None:
        """Take the tile frames of one message of the engine."""
        now_s = monotonic() if now_s is None else now_s
        for number, frame in frames.items():
            if number != HEARTBEAT_TILE:
                self._take(number, frame, now_s)
            self.at_ms = _time_of(frame) or self.at_ms  # the clock may have been set back
        self._views.clear()
        self._bound()

    def adopt(self, kept: Mapping[int, bytes], began_s: float) -> None:
        """Take what Redis keeps, read from `began_s` on: the whole frames, under what was heard after they were made.

        A tile that Redis does not list twice, and that was not heard of, is gone.
        """
        self.at_ms = self.at_ms or max(map(_time_of, kept.values()), default=0.0)
        for number, frame in kept.items():
            tile = self._tile(number, began_s)
            made_ms, tile.is_doubted = _time_of(frame), False
            if made_ms >= (based_ms := _time_of(tile.base)) or based_ms > self.at_ms:
                later = [(at_s, change) for at_s, change in tile.since if _time_of(change) > made_ms]
                self._replace(tile, frame, later)
        for number in [number for number in self._tiles if number not in kept]:
            tile = self._tiles[number]
            if tile.is_doubted and tile.heard_s < began_s:
                self.size -= self._tiles.pop(number).size
            tile.is_doubted = True
        self._views.clear()
        self._bound()

    def whole(self, tiles: frozenset[int] | None, sees: Sees) -> list[bytes]:
        """Return the whole frames of some tiles, or of all for None, as messages; equal views share them."""
        view = tiles, sees
        pieces = self._views.get(view)
        if pieces is None:
            known = self._tiles if tiles is None else sorted(tiles & self._tiles.keys())
            pieces = _joined(self._show(self._tiles[number], sees) for number in known)
            if len(self._views) < MOST_VIEWS:
                self._views[view] = pieces
        return pieces

    def _take(self, number: int, frame: bytes, now_s: float) -> None:
        tile = self._tile(number, now_s)
        tile.heard_s, tile.is_doubted = now_s, False
        if _is_whole(frame):
            self._replace(tile, frame, [])
            return
        tile.since.append((now_s, frame))
        tile.shown.clear()
        self.size += len(frame)
        if len(tile.since) % LOOK_EVERY == 0:
            self._settle(tile, now_s)

    def _settle(self, tile: Tile, now_s: float) -> None:
        """Merge what was heard a while ago into the whole frame, so that little is kept apart."""
        old = [frame for at_s, frame in tile.since if now_s - at_s > KEPT_APART_S]
        if old:
            self._replace(tile, merged([tile.base, *old]), tile.since[len(old) :])

    def _replace(self, tile: Tile, base: bytes, since: list[tuple[float, bytes]]) -> None:
        self.size -= tile.size
        tile.base, tile.since = base, since
        self.size += tile.size
        tile.shown.clear()

    def _tile(self, number: int, heard_s: float) -> Tile:
        return self._tiles.get(number) or self._tiles.setdefault(number, Tile(heard_s))

    def _show(self, tile: Tile, sees: Sees) -> bytes:
        shown = tile.shown.get(sees)
        if shown is None:
            whole = tile.shown.get("merged")
            if whole is None:
                whole = tile.shown["merged"] = merged([tile.base, *(frame for _, frame in tile.since)], self.at_ms)
                self.made += 1
            shown = tile.shown[sees] = seen_by(whole, sees)
        return shown

    def _bound(self) -> None:
        """Forget the tiles that were silent for longest when there are too many bytes."""
        while self.size > MOST_BYTES and self._tiles:
            number = min(self._tiles, key=lambda number: self._tiles[number].heard_s)
            self.size -= self._tiles.pop(number).size


def merged(frames: Sequence[bytes], at_ms: float = 0.0) -> bytes:
    """Return one whole frame of a tile out of frames in the order of their making: of each drone the last row.

    Args:
        frames: with owners after the rows; what is no tile frame is left out.
        at_ms: the engine's time for which it is made, of the last frame for 0; ages count up to it. [ms]
    """
    parts = [frame for frame in frames if len(frame) >= HEADER_BYTES and frame[0] == _KIND]
    if not parts:
        return b""
    at_ms = at_ms or _time_of(parts[-1])
    rows, owners = (np.concatenate(both) for both in zip(*(_rows_of(frame, at_ms) for frame in parts), strict=True))
    drones = np.ascontiguousarray(rows[:, :4]).view("<u4")[:, 0]
    _, from_behind = np.unique(drones[::-1], return_index=True)
    last = len(drones) - 1 - from_behind
    last = np.sort(last[rows[last, _STATE] & LEFT_BIT == 0])
    head = HEADER.pack(_KIND, _SNAPSHOT, 0, HEADER.unpack_from(parts[-1])[3], len(last), at_ms)
    return head + rows[last].tobytes() + owners[last].tobytes()


def _rows_of(frame: bytes, at_ms: float) -> tuple[np.ndarray, np.ndarray]:
    """Return rows, their ages counted up to a time, and owners; unknown ones are 0, who is nobody."""
    count = min(HEADER.unpack_from(frame)[4], (len(frame) - HEADER_BYTES) // ROW_BYTES)
    rows = np.frombuffer(frame, np.uint8, count * ROW_BYTES, HEADER_BYTES).reshape(count, ROW_BYTES).copy()
    older = min(_OLDER, max(0, int((at_ms - _time_of(frame)) / 100)))
    rows[:, _AGE] = np.minimum(rows[:, _AGE].astype(np.int64) + older, _OLDER)
    left = len(frame) - HEADER_BYTES - count * ROW_BYTES
    owners = np.frombuffer(frame, "<u4", count, len(frame) - left) if left == 4 * count else np.zeros(count, "<u4")
    return rows, owners


def _joined(frames: Iterable[bytes]) -> list[bytes]:
    """Return frames as few messages, none much longer than `PIECE_BYTES`."""
    pieces: list[bytes] = []
    waiting: list[bytes] = []
    size = 0
    for frame in frames:
        waiting.append(frame)
        size += len(frame)
        if size >= PIECE_BYTES:
            pieces.append(b"".join(waiting))
            waiting, size = [], 0
    return [*pieces, b"".join(waiting)] if size else pieces


def _time_of(frame: bytes) -> float:
    return float(HEADER.unpack_from(frame)[5]) if len(frame) >= HEADER_BYTES else 0.0


def _is_whole(frame: bytes) -> bool:
    return len(frame) >= HEADER_BYTES and bool(frame[1] & _SNAPSHOT)
