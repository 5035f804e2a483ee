"""The one WebSocket consumer: `/ws?topics=map,alarms`. Sign-in and the right to each topic come first."""

import asyncio
import contextlib
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from console import hub, live
from console.frames import Viewer, tiles_in

MAX_MESSAGE_BYTES = 4_096
RECHECK_EVERY_S = 30.0
NO_LONGER_ALLOWED = 4403


class HubConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels is untyped
    """A browser's line to the hub. Events come as JSON text, frames of the live picture as binary."""

    async def connect(self) -> None:
        """Join every topic asked for, or refuse the line when one of them is unknown or not allowed."""
        self.topics: set[str] = set()
        self.chores: list[asyncio.Task[None]] = []
        self.viewer: Viewer | None = None
        wanted = _topics(self.scope["query_string"])
        if not wanted or not await self._may_hear(wanted):
            await self.close()
            return
        for topic in wanted - {hub.FRAMES_TOPIC}:
            await self.channel_layer.group_add(hub.group_of(topic), self.channel_name)
        self.topics = wanted
        live.lines.add(self)
        if hub.FRAMES_TOPIC in wanted:
            self.viewer = Viewer()
            live.fanout.viewers.add(self.viewer)
            self.chores.append(asyncio.create_task(self._send_frames(self.viewer)))
        self.chores.append(asyncio.create_task(self._recheck()))
        await self.accept()  # last: an open line has joined, so the page may fetch its snapshot

    async def disconnect(self, code: int) -> None:
        """Leave every topic and end what ran for this line."""
        live.lines.discard(self)
        if self.viewer:
            live.fanout.viewers.discard(self.viewer)
        for chore in self.chores:
            chore.cancel()
        with contextlib.suppress(OSError):  # Redis may be away; its group entries expire
            for topic in self.topics - {hub.FRAMES_TOPIC}:
                await self.channel_layer.group_discard(hub.group_of(topic), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take the browser's view: `{"view": [west, south, east, north]}`. Anything else is answered with an error."""
        view = _view(text_data)
        if view is None or self.viewer is None:
            await self.send(
                text_data=json.dumps({"type": "Refused", "expected": '{"view": [west, south, east, north]}'})
            )
            return
        before, after = self.viewer.tiles, tiles_in(*view)
        self.viewer.look(after)
        fresh = None if after is None else after - (before or frozenset())
        await self._send_snapshots(fresh)

    async def hub_event(self, message: dict[str, Any]) -> None:
        """Pass an event of a joined topic on."""
        await self.send(text_data=message["text"])

    async def _send_frames(self, viewer: Viewer) -> None:
        while True:
            payload, missed = await viewer.next()
            await self.send(bytes_data=payload)
            if missed:
                await self._send_snapshots(missed)

    async def _send_snapshots(self, tiles: Iterable[int] | None) -> None:
        for payload in await live.snapshots(tiles):
            await self.send(bytes_data=payload)

    async def _recheck(self) -> None:
        """Close the line once its person has signed out, was disabled or lost a right."""
        while True:
            await asyncio.sleep(RECHECK_EVERY_S)
            if not await self._may_hear(self.topics):
                await self.close(code=NO_LONGER_ALLOWED)

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _may_hear(self, topics: set[str]) -> bool:
        request = HttpRequest()
        request.session = SessionStore(self.scope["session"].session_key)  # read anew: a sign-out since then counts
        person = get_user(request)
        return person.is_authenticated and all(
            topic in hub.RIGHTS and person.has_perm(hub.RIGHTS[topic]) for topic in topics
        )


def _topics(query_string: bytes) -> set[str]:
    listed = parse_qs(query_string.decode("latin-1")).get("topics", [""])[0]
    return {topic for topic in listed.split(",") if topic}


def _view(text: str | None) -> tuple[float, float, float, float] | None:
    if not text or len(text) > MAX_MESSAGE_BYTES:
        return None
    try:
        west, south, east, north = (float(edge) for edge in json.loads(text)["view"])
    except (ValueError, TypeError, KeyError):
        return None
    if not (-720 <= west < east <= 720 and -90 <= south < north <= 90):  # NaN fails here too
        return None
    return west, south, east, north
