"""The one WebSocket consumer: `/ws?topics=map,alarms`. Sign-in and the right to each topic come first."""

import asyncio
import json
from collections.abc import Iterable
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from console import hub, live
from console.fanout import Outbox
from console.frames import tiles_in
from console.models import Person

MAX_MESSAGE_BYTES = 4_096
RECHECK_EVERY_S = 30.0
NO_LONGER_ALLOWED = 4403
View = tuple[float, float, float, float]
_REFUSED = json.dumps({"type": "Refused", "expected": '{"view": [west, south, east, north]}'})


class HubConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels is untyped
    """A browser's line to the hub. Events come as JSON text, frames of the live picture as binary."""

    async def connect(self) -> None:
        """Join every topic asked for, or refuse the line when one of them is unknown or not allowed."""
        self.outbox: Outbox | None = None
        self.view: View | None = None
        self.chores: list[asyncio.Task[None]] = []
        wanted = _topics(self.scope["query_string"])
        person = await self._listener(wanted) if wanted else None
        if person is None:
            await self.close()
            return
        self.outbox = Outbox(wanted, sees_frames=hub.FRAMES_TOPIC in wanted, sees=person.sees)
        live.fanout.outboxes.add(self.outbox)
        await self.accept()  # last: an open line has joined, so the page may fetch its snapshot
        self.chores = [asyncio.create_task(self._empty(self.outbox)), asyncio.create_task(self._recheck(wanted))]

    async def disconnect(self, code: int) -> None:
        """Leave every topic and end what ran for this line."""
        if self.outbox:
            live.fanout.outboxes.discard(self.outbox)
        for chore in self.chores:
            chore.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take the browser's view: `{"view": [west, south, east, north]}`. Anything else is answered with an error.

        A view that moved brings snapshots of the tiles that came into it; the same view sent again, as after a
        Resync, those of all its tiles.
        """
        view = _view(text_data)
        if view is None or self.outbox is None or not self.outbox.sees_frames:
            await self.send(text_data=_REFUSED)
            return
        known = frozenset() if view == self.view else self.outbox.tiles or frozenset()
        tiles = tiles_in(*view)
        self.view = view
        self.outbox.look(tiles)
        await self._send_snapshots(None if tiles is None else tiles - known)

    async def _empty(self, outbox: Outbox) -> None:
        while True:
            parcel = await outbox.next()
            for event in parcel.events:
                await self.send(text_data=event)
            if parcel.frames:
                await self.send(bytes_data=parcel.frames)
            if parcel.missed:
                await self._send_snapshots(parcel.missed)

    async def _send_snapshots(self, tiles: Iterable[int] | None) -> None:
        for payload in await live.snapshots(tiles, self.outbox.sees if self.outbox else frozenset()):
            await self.send(bytes_data=payload)

    async def _recheck(self, topics: frozenset[str]) -> None:
        """Close the line once its person has signed out, was disabled or lost a right."""
        while True:
            await asyncio.sleep(RECHECK_EVERY_S)
            person = await self._listener(topics)
            if person is None:
                await self.close(code=NO_LONGER_ALLOWED)
            elif self.outbox:
                self.outbox.sees = person.sees

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _listener(self, topics: frozenset[str]) -> Person | None:
        """Return the person at the other end, with their organisations, if they may hear every topic."""
        request = HttpRequest()
        request.session = SessionStore(self.scope["session"].session_key)  # read anew: a sign-out since then counts
        person = get_user(request)
        if not isinstance(person, Person) or not all(
            topic in hub.RIGHTS and person.has_perm(hub.RIGHTS[topic]) for topic in topics
        ):
            return None
        _ = person.sees  # read here, in the thread that may ask the database
        return person


def _topics(query_string: bytes) -> frozenset[str]:
    listed = parse_qs(query_string.decode("latin-1")).get("topics", [""])[0]
    return frozenset(topic for topic in listed.split(",") if topic)


def _view(text: str | None) -> View | None:
    if not text or len(text) > MAX_MESSAGE_BYTES:
        return None
    try:
        west, south, east, north = (float(edge) for edge in json.loads(text)["view"])
    except (ValueError, TypeError, KeyError):
        return None
    if not (-720 <= west < east <= 720 and -90 <= south < north <= 90):  # NaN fails here too
        return None
    return west, south, east, north
