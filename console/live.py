"""What runs once in every web process: the line to Redis that feeds and ends its sockets and its cache of API keys."""

import asyncio
import logging
from collections.abc import Callable, Iterable

from console.fanout import RESYNC, Fanout
from console.frames import FRAMES_CHANNEL, seen_by
from console.hub import EVENTS_CHANNEL
from console.keys import KEYS_CHANNEL, ring
from console.lines import LINES_CHANNEL, lines, take
from console.quota.limits import QUOTAS_CHANNEL, book
from console.redis_clients import GONE, async_client

log = logging.getLogger(__name__)
SNAPSHOT_KEY = "loft.tile:%d"
SNAPSHOT_INDEX_KEY = "loft.tiles"
RETRY_AFTER_S = 0.25

fanout = Fanout()


async def listen() -> None:
    """Follow Redis for as long as the process lives. After an outage keys are read anew and pages fetch the gap."""
    while True:
        try:
            await _follow()
        except GONE as reason:
            log.warning("Redis is away (%s); trying again", reason)
        except Exception:  # whatever it is, sockets and keys must not stay without their line
            log.exception("the line to Redis failed; trying again")
        ring.distrust()
        await asyncio.sleep(RETRY_AFTER_S)


async def _follow() -> None:
    async with async_client() as client, client.pubsub() as line:
        await line.subscribe(*_takers)
        while True:
            message = await line.get_message(timeout=5.0)
            if message is None:
                await line.ping()
            elif message["type"] == "message":
                _take(message["channel"], message["data"])
            elif message["type"] == "subscribe" and message["data"] == len(_takers):
                _begin_anew()


def _begin_anew() -> None:
    """All channels are heard from now on, at first or again: the client reopens a lost line by itself, silently."""
    ring.trust()
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


async def snapshots(tiles: Iterable[int] | None, sees: frozenset[int] | None = None) -> list[bytes]:
    """Return the last whole frame of these tiles, or of every live tile for None; nothing while Redis is away.

    `sees` are the organisations whose rows the reader may see; of others' drones it gets the position, see `seen_by`.
    """
    try:
        async with async_client() as client:
            wanted = [int(tile) for tile in await client.smembers(SNAPSHOT_INDEX_KEY)] if tiles is None else list(tiles)
            found = await client.mget([SNAPSHOT_KEY % tile for tile in wanted]) if wanted else []
    except GONE:
        return []
    return [seen_by(frame, sees) for frame in found if isinstance(frame, bytes)]
