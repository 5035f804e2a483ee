"""What runs once in every web process: the line to Redis that feeds and ends its sockets and its cache of API keys."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from console.access.keys import KEYS_CHANNEL, ring
from console.live.fanout import RESYNC, Fanout
from console.live.frames import FRAMES_CHANNEL
from console.live.hub import EVENTS_CHANNEL
from console.live.lines import LINES_CHANNEL, lines, take
from console.quota.limits import QUOTAS_CHANNEL, book
from console.redis_clients import GONE, REFUSING, async_client, client

log = logging.getLogger(__name__)
SNAPSHOT_KEY = "loft.tile:%d"
SNAPSHOT_INDEX_KEY = "loft.tiles"
RETRY_AFTER_S = 0.25
READ_AGAIN_AFTER_S = 2.5
"""What the engine told just before this process listened stands in what it writes once a second."""
READ_EVERY_S = 30.0
TILES_AT_ONCE = 256
PING_EVERY_S = 5.0
"""So long nothing is heard until the server is asked whether it lives."""

fanout = Fanout()
"""Of this process; its picture is read from Redis when the line opens."""


async def listen() -> None:
    """Follow Redis for as long as the process lives. After an outage keys are read anew and pages fetch the gap."""
    opened = asyncio.Event()
    reading = asyncio.create_task(_keep_picture(opened))
    try:
        await _listen(opened)
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


async def _listen(opened: asyncio.Event) -> None:
    while True:
        try:
            await _follow(opened)
        except GONE as reason:
            log.warning("Redis is away (%s); trying again", reason)
        except Exception:  # whatever it is, sockets and keys must not stay without their line
            log.exception("the line to Redis failed; trying again")
        ring.distrust()
        lines.is_hearing = False
        await asyncio.sleep(RETRY_AFTER_S)


async def _follow(opened: asyncio.Event) -> None:
    async with async_client() as mine, mine.pubsub() as line:
        await line.subscribe(*_takers)
        is_open = False
        while True:
            try:
                message = await line.get_message(timeout=PING_EVERY_S)
            except REFUSING:  # of a ping: while it cannot write to its disk; what others publish it still tells
                if not is_open:
                    raise
                continue
            if message is None:
                await line.ping()
            elif message["type"] == "message":
                _take(message["channel"], message["data"])
            elif message["type"] == "subscribe" and message["data"] == len(_takers):
                is_open = True
                opened.set()
                _begin_anew()


async def _keep_picture(opened: asyncio.Event) -> None:
    """Read the picture whenever the line has opened, a moment later, and now and then; lines are shown it anew."""
    to_show = 0
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_AGAIN_AFTER_S if to_show else READ_EVERY_S):
                await opened.wait()
                to_show = 2
        opened.clear()
        try:
            await read_picture()
        except GONE:
            await asyncio.sleep(RETRY_AFTER_S)  # what was to be shown still is
            continue
        except Exception:
            log.exception("could not read the live picture")
        if to_show:
            to_show -= 1
            fanout.show_anew()


async def read_picture() -> None:
    """Take the whole frames that Redis keeps, in a thread and on the connection that all threads share."""
    began_s = monotonic()
    fanout.picture.adopt(await asyncio.to_thread(_kept), began_s)


def _kept() -> dict[int, bytes]:
    kept: dict[int, bytes] = {}
    wanted = [int(tile) for tile in client().smembers(SNAPSHOT_INDEX_KEY)]
    for first in range(0, len(wanted), TILES_AT_ONCE):
        some = wanted[first : first + TILES_AT_ONCE]
        frames = client().mget([SNAPSHOT_KEY % tile for tile in some])
        kept |= {tile: frame for tile, frame in zip(some, frames, strict=True) if isinstance(frame, bytes)}
    return kept


def _begin_anew() -> None:
    """All channels are heard from now on, at first or again: the client reopens a lost line by itself, silently."""
    ring.trust()
    lines.is_hearing = True
    lines.doubt_all()
    for begin in _beginnings:
        begin()  # what was told while the line was down went unheard
    fanout.tell_all(RESYNC)  # subscribed first: whatever happens after the page's new snapshot is heard


def _take(channel: bytes, data: bytes) -> None:
    try:
        _takers[channel.decode()](data)
    except Exception:  # one malformed message must not end the line for everybody
        log.exception("could not read a message on %s", channel.decode())


def _tell(data: bytes) -> None:
    topic, owner, event = data.decode().split("\n", 2)
    fanout.tell(topic, event, int(owner) if owner else None)


def _forget(data: bytes) -> None:
    ring.forget(data.decode())


_takers: dict[str, Callable[[bytes], None]] = {
    FRAMES_CHANNEL: fanout.deliver,
    EVENTS_CHANNEL: _tell,
    KEYS_CHANNEL: _forget,
    LINES_CHANNEL: take,
    QUOTAS_CHANNEL: book.forget,
}
_beginnings: list[Callable[[], None]] = [book.forget]


def follow(channel: str, take: Callable[[bytes], None], begin: Callable[[], None]) -> None:
    """Let an app hear a channel of its own from the next opening of the line on; at each of them it begins anew."""
    _takers[channel] = take
    _beginnings.append(begin)
