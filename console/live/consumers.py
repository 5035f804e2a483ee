"""The one WebSocket consumer: `/ws?topics=map,alarms`. Sign-in and the right to each topic come first."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from console.access.callers import session_key
from console.door import strict_json
from console.door.refusals import note_line
from console.live import hub, live
from console.live.entrance import Unknown, Verdict, entrance
from console.live.fanout import Outbox
from console.live.frames import tiles_in
from console.live.lines import TOO_MANY, Full, Line, lines
from console.rest.problem import Message, Receive, Send

MAX_MESSAGE_BYTES = 4_096
MESSAGES_PER_S = 10.0
MESSAGES_AT_ONCE = 40.0
NO_LONGER_ALLOWED = 4403
TOO_BIG = 1009
AGAIN_AFTER_S = 2
View = tuple[float, float, float, float]
_REFUSED = json.dumps({"type": "Refused", "expected": '{"view": [west, south, east, north]}'})


class HubConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels is untyped
    """A browser's line to the hub. Events come as JSON text, frames of the live picture as binary."""

    outbox: Outbox | None = None
    view: View | None = None
    line: Line | None = None
    chore: asyncio.Task[None] | None = None
    ending: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve the line to its end; leave every topic and end what ran for it however it ended.

        One message after the other, in one task: Channels would make two for every message that is waited for.
        """
        self.scope, self.base_send, self.pace = scope, send, Pace()
        try:
            with suppress(StopConsumer):
                while True:
                    await self.dispatch(await receive())
        finally:
            if self.line:
                entrance.leave(self.line)
            if self.outbox:
                live.fanout.outboxes.discard(self.outbox)
            for task in (self.chore, self.ending):
                if task:
                    task.cancel()
            self.chore = self.ending = None  # how a task ended refers to us, and to all that this line was

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Take a message. Channels would take a thread for each, to look after the database, which no line asks."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_disconnect(self, message: Mapping[str, Any]) -> None:
        """The line has ended."""
        raise StopConsumer

    async def connect(self) -> None:
        """Join every topic asked for, or refuse the line: a topic unknown or not allowed, or too many lines open."""
        wanted, session = _topics(self.scope["query_string"]), session_key(self.scope)
        if not session:
            await self._refuse(401)
            return
        if not wanted:
            await self.close()
            return
        line = Line(session, wanted)
        try:
            lines.join(line)  # before it is looked at: a sign-out from now on is heard
            self.line = line
            verdict = await entrance.ask(line)
            self.scope["user"] = verdict.person
            if verdict.person is None:
                await self._refuse(401)
                return
            lines.count(line, verdict.person.pk)
        except Full as reason:
            await self._refuse(429, reason.code, str(reason))
        except Unknown:
            await refuse_for_now(self.scope, self.base_send)
        else:
            await self._open(line, verdict)

    async def _open(self, line: Line, verdict: Verdict) -> None:
        if verdict.too_many:
            await self._refuse(429, TOO_MANY, str(verdict.too_many))
            return
        if not verdict.left_s:
            await self._refuse(403)
            return
        sees_frames = hub.FRAMES_TOPIC in line.topics
        self.outbox = Outbox(line.topics, sees_frames=sees_frames, sees=verdict.sees, turns=live.fanout.turns)
        live.fanout.outboxes.add(self.outbox)
        await self.accept()  # last: an open line has joined, so the page may fetch its snapshot
        self.chore = asyncio.create_task(self._empty(self.outbox))
        entrance.watch(line, self._told)

    async def _refuse(self, status: int, code: int | None = None, reason: str | None = None) -> None:
        """Refuse the line, and note it. A browser reads code and reason only of a line that was open."""
        note_line(status, self.scope)
        if code is not None:
            await self.accept()
        await self.close(code=code, reason=reason)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take the browser's view: `{"view": [west, south, east, north]}`. Anything else is answered with an error.

        A view that moved brings snapshots of the tiles that came into it; the same view sent again, as after a
        Resync, those of all its tiles.
        """
        if len(text_data or bytes_data or "") > MAX_MESSAGE_BYTES:
            await self.close(code=TOO_BIG, reason=f"at most {MAX_MESSAGE_BYTES} bytes a message")
            return
        if not self.pace.allows(monotonic()):
            await self.close(code=TOO_MANY, reason=f"at most {MESSAGES_PER_S:.0f} messages a second")
            return
        view = _view(text_data)
        if view is None or self.outbox is None or not self.outbox.sees_frames:
            await self.send(text_data=_REFUSED)
            return
        tiles = tiles_in(*view)
        self.outbox.look(tiles, is_anew=view == self.view)
        self.view = view

    async def _empty(self, outbox: Outbox) -> None:
        send = self.base_send  # the layers between take longer than it does
        while True:
            parcel = await outbox.next()
            for event in parcel.events:
                await send({"type": "websocket.send", "text": event})
            if parcel.frames:
                await send({"type": "websocket.send", "bytes": parcel.frames})
            if parcel.whole is None or parcel.whole:
                for piece in live.fanout.picture.whole(parcel.whole, outbox.sees):
                    await send({"type": "websocket.send", "bytes": piece})

    def _told(self, verdict: Verdict) -> None:
        """Close the line once its person signed out, was disabled or lost a right, or the session's time is over."""
        if verdict.left_s and not verdict.too_many:
            if self.outbox:
                self.outbox.sees = verdict.sees
            return
        if self.ending is None:
            end = self.close(code=NO_LONGER_ALLOWED, reason="signed out, or a right withdrawn")
            self.ending = asyncio.create_task(end)


class Pace:
    """How many messages a line may send: some at once, then so many a second."""

    def __init__(self) -> None:
        self._left, self._at_s = MESSAGES_AT_ONCE, monotonic()

    def allows(self, now_s: float) -> bool:
        """Whether one more may be sent now."""
        self._left = min(MESSAGES_AT_ONCE, self._left + (now_s - self._at_s) * MESSAGES_PER_S) - 1
        self._at_s = now_s
        return self._left >= 0


async def refuse_for_now(scope: Mapping[str, Any], send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Refuse a line before it is one, which costs least. A browser tells its page only that it was not opened."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"retry-after", b"%d" % AGAIN_AFTER_S), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})


def _topics(query_string: bytes) -> frozenset[str]:
    listed = parse_qs(query_string.decode("latin-1")).get("topics", [""])[0]
    return frozenset(topic for topic in listed.split(",") if topic)


def _view(text: str | None) -> View | None:
    if not text or len(text) > MAX_MESSAGE_BYTES:
        return None
    try:
        west, south, east, north = (float(edge) for edge in strict_json.decode(text)["view"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
    if not (-720 <= west < east <= 720 and -90 <= south < north <= 90):  # NaN fails here too
        return None
    return west, south, east, north
