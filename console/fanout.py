"""From one Redis subscription to every socket of a web process: encoded once, newest first, never waiting for anybody.

Each line has an outbox of its own. Of frames it keeps the newest message only and remembers which tiles were skipped;
of events it keeps all, up to a limit, beyond which the page is told to fetch its snapshot again.
"""

import asyncio
import json
from dataclasses import dataclass, field

from console.frames import HEARTBEAT_TILE, seen_by, unpack

RESYNC = json.dumps({"type": "Resync"})
MAX_WAITING_EVENTS = 500


@dataclass
class Parcel:
    """What an outbox holds for its socket: events, a message of frames, and the tiles whose frames were skipped."""

    events: list[str] = field(default_factory=list)
    frames: bytes = b""
    missed: set[int] = field(default_factory=set)


class Outbox:
    """What one socket has yet to send. `sees` are the organisations whose events it may hear, None for all."""

    def __init__(self, topics: frozenset[str], *, sees_frames: bool, sees: frozenset[int] | None = None) -> None:
        self.topics = topics
        self.sees = sees
        self.sees_frames = sees_frames
        self.tiles: frozenset[int] | None = frozenset()
        self._parcel = Parcel()
        self._carried: tuple[int, ...] = ()
        self._awake = asyncio.Event()

    def look(self, tiles: frozenset[int] | None) -> None:
        """Look at these tiles from now on; None means everywhere."""
        self.tiles = tiles

    def tell(self, event: str) -> None:
        """Take an event; when too many wait, take instead the advice to fetch everything again."""
        events = self._parcel.events
        if len(events) >= MAX_WAITING_EVENTS:
            events[:] = [RESYNC]
        events.append(event)
        self._awake.set()

    def offer(self, tiles: tuple[int, ...], frames: bytes) -> None:
        """Take the newest frames. Frames that were still waiting are dropped, and their tiles remembered as missed."""
        if self._parcel.frames:
            self._parcel.missed.update(self._carried)
        self._parcel.frames, self._carried = frames, tiles
        self._awake.set()

    async def next(self) -> Parcel:
        """Wait until there is something; return it all and start anew."""
        await self._awake.wait()
        self._awake.clear()
        parcel, self._parcel, self._carried = self._parcel, Parcel(), ()
        return parcel


class Fanout:
    """All outboxes of one web process."""

    def __init__(self) -> None:
        self.outboxes: set[Outbox] = set()

    def tell(self, topic: str, event: str, owner: int | None = None) -> None:
        """Hand an event to every line that joined its topic and may see rows of its owner."""
        for outbox in self.outboxes:
            if topic in outbox.topics and (owner is None or outbox.sees is None or owner in outbox.sees):
                outbox.tell(event)

    def tell_all(self, event: str) -> None:
        """Hand an event to every line."""
        for outbox in self.outboxes:
            outbox.tell(event)

    def deliver(self, message: bytes) -> None:
        """Hand one engine message to every line that looks at one of its tiles; equal views share one encoding."""
        tick = _Tick(message)
        encoded: dict[tuple[frozenset[int] | None, frozenset[int] | None], tuple[tuple[int, ...], bytes]] = {}
        for outbox in self.outboxes:
            if not outbox.sees_frames:
                continue
            view = outbox.tiles, outbox.sees
            if view not in encoded:
                encoded[view] = tick.encoded(*view)
            seen, payload = encoded[view]
            if payload:
                outbox.offer(seen, payload)


class _Tick:
    """One engine message, each of its tiles shown once to each set of organisations that somebody may see."""

    def __init__(self, message: bytes) -> None:
        self._frames = dict(unpack(message))
        self._heartbeat = self._frames.pop(HEARTBEAT_TILE, b"")
        self._changed = frozenset(self._frames)
        self._shown: dict[tuple[int, frozenset[int] | None], bytes] = {}

    def encoded(self, tiles: frozenset[int] | None, sees: frozenset[int] | None) -> tuple[tuple[int, ...], bytes]:
        """Return the tiles that changed in a view, and what to send of them."""
        seen = tuple(self._changed if tiles is None else self._changed & tiles)
        return seen, self._heartbeat + b"".join(self._show(tile, sees) for tile in seen)

    def _show(self, tile: int, sees: frozenset[int] | None) -> bytes:
        shown = self._shown.get((tile, sees))
        if shown is None:
            shown = self._shown[tile, sees] = seen_by(self._frames[tile], sees)
        return shown
