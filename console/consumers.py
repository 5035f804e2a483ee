"""The one WebSocket consumer: `/ws?topics=map,alarms`. Sign-in and the right to each topic come first."""

import asyncio
import json
import logging
from collections.abc import Iterable
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from console import hub, live, strict_json
from console.authentication import person_actor
from console.fanout import Outbox
from console.frames import tiles_in
from console.lines import TOO_MANY, Full, Line, lines
from console.models import Person
from console.quota import sockets
from console.quota.counters import OverQuota
from console.refusals import note_line
from console.session_rules import idle_left_s, what_is_due
from console.sessions import SessionStore

log = logging.getLogger(__name__)
MAX_MESSAGE_BYTES = 4_096
MESSAGES_PER_S = 10.0
MESSAGES_AT_ONCE = 40.0
RECHECK_EVERY_S = 30.0
RECHECK_AGAIN_S = 2.0
NO_LONGER_ALLOWED = 4403
TOO_BIG = 1009
View = tuple[float, float, float, float]
_REFUSED = json.dumps({"type": "Refused", "expected": '{"view": [west, south, east, north]}'})


class HubConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels is untyped
    """A browser's line to the hub. Events come as JSON text, frames of the live picture as binary."""

    outbox: Outbox | None = None
    view: View | None = None
    line: Line | None = None
    organisation: int | None = None  # that of its person, once its line is counted there
    chores: tuple[asyncio.Task[None], ...] = ()

    async def __call__(self, *args: Any) -> None:
        """Serve the line to its end; leave every topic and end what ran for it however it ended."""
        self.pace, self.name = Pace(), sockets.new_line()
        try:
            await super().__call__(*args)
        finally:
            if self.line:
                lines.leave(self.line)
            if self.organisation is not None:
                await asyncio.to_thread(sockets.release, self.organisation, self.name)
            if self.outbox:
                live.fanout.outboxes.discard(self.outbox)
            for chore in self.chores:
                chore.cancel()

    async def connect(self) -> None:
        """Join every topic asked for, or refuse the line: a topic unknown or not allowed, or too many lines open."""
        wanted = _topics(self.scope["query_string"])
        if not self.scope["user"].is_authenticated:
            await self._refuse(401)
            return
        if not wanted:
            await self.close()
            return
        line = Line(self.scope["session"].session_key, self.scope["user"].pk)
        try:
            lines.join(line)
        except Full as reason:
            await self._refuse(429, reason.code, str(reason))
            return
        self.line = line  # joined before it is looked at: a sign-out from now on is heard
        await self._open(wanted, line)

    async def _open(self, wanted: frozenset[str], line: Line) -> None:
        try:
            left_s, sees = await self._standing(wanted)
        except OverQuota as reason:
            await self._refuse(429, TOO_MANY, str(reason))
            return
        if not left_s:
            await self._refuse(403)
            return
        self.outbox = Outbox(wanted, sees_frames=hub.FRAMES_TOPIC in wanted, sees=sees)
        live.fanout.outboxes.add(self.outbox)
        await self.accept()  # last: an open line has joined, so the page may fetch its snapshot
        looking = asyncio.create_task(self._recheck(wanted, line, left_s))
        self.chores = (asyncio.create_task(self._empty(self.outbox)), looking)

    async def _refuse(self, status: int, code: int | None = None, reason: str | None = None) -> None:
        """Refuse the line, and note it. A browser reads code and reason only of a line that was open."""
        await database_sync_to_async(note_line)(status, self.scope)
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

    async def _recheck(self, topics: frozenset[str], line: Line, left_s: float) -> None:
        """Close the line once its person has signed out, was disabled or lost a right, or the session's time is over.

        Whoever ends something tells so; that everything is looked at anyhow is the net for what goes unheard.
        """
        wait_s = min(RECHECK_EVERY_S, left_s)
        while wait_s:
            await line.doubted(wait_s)
            try:
                left_s, sees = await self._standing(topics)
                wait_s = min(RECHECK_EVERY_S, left_s)
                if self.outbox:
                    self.outbox.sees = sees
            except OverQuota:  # it went unheard of for too long, and its place is taken
                break
            except DatabaseError as reason:
                log.warning("could not look whether a line may stay open: %s", reason)
                wait_s = RECHECK_AGAIN_S
        await self.close(code=NO_LONGER_ALLOWED, reason="signed out, or a right withdrawn")

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _standing(self, topics: frozenset[str]) -> tuple[float, frozenset[int] | None]:
        """Return for how many seconds the session lasts, and whose rows the person may see.

        It lasts for 0 seconds when it has ended or a right is missing. Its organisation's sockets are counted with it.
        """
        request = HttpRequest()
        request.session = SessionStore(self.scope["session"].session_key)  # read anew: a sign-out since then counts
        person = get_user(request)
        if not isinstance(person, Person) or not all(
            topic in hub.RIGHTS and person.has_perm(hub.RIGHTS[topic]) for topic in topics
        ):
            return 0.0, frozenset()
        if what_is_due(person, request.session):
            return 0.0, frozenset()
        organisation = person_actor(person).organisation
        sockets.hold(organisation, self.name)
        self.organisation = organisation
        return _left_s(request.session), person.sees


class Pace:
    """How many messages a line may send: some at once, then so many a second."""

    def __init__(self) -> None:
        self._left, self._at_s = MESSAGES_AT_ONCE, monotonic()

    def allows(self, now_s: float) -> bool:
        """Whether one more may be sent now."""
        self._left = min(MESSAGES_AT_ONCE, self._left + (now_s - self._at_s) * MESSAGES_PER_S) - 1
        self._at_s = now_s
        return self._left >= 0


def _left_s(session: SessionStore) -> float:
    row = session.model.objects.filter(session_key=session.session_key).values_list("expire_date", flat=True).first()
    now = timezone.now()
    left_s = (row - now).total_seconds() if row else 0.0
    if settings.LOFT_IDLE_MIN > 0:
        left_s = min(left_s, idle_left_s(session, now))  # being looked at keeps no session alive
    return max(0.0, left_s)


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
