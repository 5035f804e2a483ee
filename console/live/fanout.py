"""From one Redis subscription to every socket of a web process: encoded once, newest first, never waiting for anybody.

Each line has an outbox of its own. Of frames it keeps the newest message only and remembers which tiles were skipped:
of these it is owed the whole picture, which all lines share, and not more often than `CATCH_UP_EVERY_S`, since a line
that falls behind must not be given more. Of events it keeps all, up to a limit, beyond which the page is told to fetch
its snapshot again.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from console.live.frames import HEARTBEAT_TILE, seen_by, unpack
from console.live.picture import Picture
from console.live.turns import Turns

RESYNC = json.dumps({"type": "Resync"})
MAX_WAITING_EVENTS = 500
CATCH_UP_EVERY_S = 5.0


@dataclass
class Parcel:
    """What an outbox holds for its socket: events, a message of frames, and tiles to be sent whole, None for all."""

    events: list[str] = field(default_factory=list)
    frames: bytes = b""
    whole: frozenset[int] | None = frozenset()


class Outbox:
    """What one socket has yet to send. `sees` are the organisations whose events it may hear, None for all."""

    def __init__(
        self,
        topics: frozenset[str],
        *,
        sees_frames: bool,
        sees: frozenset[int] | None = None,
        turns: Turns | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.topics = topics
        self.sees = sees
        self.sees_frames = sees_frames
        self.tiles: frozenset[int] | None = frozenset()
        self._clock = clock
        self._parcel = Parcel()
        self._carried: tuple[int, ...] = ()
        self._missed: set[int] = set()
        self._catches_up_at_s = 0.0
        self._turns, self._waits = turns, False
        self._awake = asyncio.Event()

    def look(self, tiles: frozenset[int] | None, *, is_anew: bool = False) -> None:
        """Look at these tiles from now on, None means everywhere; whole frames of those that are new are owed."""
        known = frozenset() if is_anew else self.tiles or frozenset()
        self.tiles = tiles
        self.owe(None if tiles is None else tiles - known)

    def owe(self, tiles: frozenset[int] | None) -> None:
        """Owe whole frames of these tiles, of all for None."""
        waiting = self._parcel.whole
        self._parcel.whole = None if tiles is None or waiting is None else waiting | tiles
        self._wake()

    def tell(self, event: str) -> None:
        """Take an event; when too many wait, take instead the advice to fetch everything again."""
        events = self._parcel.events
        if len(events) >= MAX_WAITING_EVENTS:
            events[:] = [RESYNC]
        events.append(event)
        self._wake()

    def offer(self, tiles: tuple[int, ...], frames: bytes) -> None:
        """Take the newest frames. Frames that were still waiting are dropped, and their tiles remembered as missed."""
        if self._parcel.frames:
            self._missed.update(self._carried)
        self._parcel.frames, self._carried = frames, tiles
        self._wake()

    async def next(self) -> Parcel:
        """Wait until there is something; return it all and start anew."""
        await self._awake.wait()
        now_s = self._clock()
        if self._missed and now_s >= self._catches_up_at_s:
            self._catches_up_at_s = now_s + CATCH_UP_EVERY_S
            self.owe(frozenset(self._missed if self.tiles is None else self._missed & self.tiles))
            self._missed.clear()
        self._awake.clear()
        parcel, carried = self._parcel, self._carried
        self._parcel, self._carried = Parcel(), ()
        if carried and (parcel.whole is None or parcel.whole.issuperset(carried)):
            parcel.frames = b""  # all of it stands in the whole frames
        return parcel

    def _wake(self) -> None:
        if self._turns is None:
            self._awake.set()
        elif not self._waits and not self._awake.is_set():
            self._waits = True
            self._turns.ask(self._begin)

    def _begin(self) -> None:
        self._waits = False
        self._awake.set()


class Fanout:
    """All outboxes of one web process, and the picture that they share."""

    def __init__(self) -> None:
        self.outboxes: set[Outbox] = set()
        self.picture = Picture()
        self.turns = Turns()

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
        self.picture.hear(tick.all)
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

    def show_anew(self) -> None:
        """Owe every line the whole picture of its view: something may have gone unheard."""
        for outbox in self.outboxes:
            if outbox.sees_frames:
                outbox.look(outbox.tiles, is_anew=True)


class _Tick:
    """One engine message, each of its tiles shown once to each set of organisations that somebody may see."""

    def __init__(self, message: bytes) -> None:
        self.all = dict(unpack(message))
        self._frames = dict(self.all)
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
