"""What runs once in every web process: the line to Redis that feeds its sockets and its cache of API keys."""

import asyncio
import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from console.frames import FRAMES_CHANNEL, Fanout
from console.keys import KEYS_CHANNEL, ring
from console.redis_clients import GONE, async_client

if TYPE_CHECKING:
    from console.consumers import HubConsumer

log = logging.getLogger(__name__)
SNAPSHOT_KEY = "loft.tile:%d"
SNAPSHOT_INDEX_KEY = "loft.tiles"
RETRY_AFTER_S = 0.25

fanout = Fanout()
lines: set["HubConsumer"] = set()


async def listen() -> None:
    """Follow Redis for as long as the process lives. After an outage keys are read anew and pages fetch the gap."""
    while True:
        try:
            await _follow()
        except GONE as reason:
            log.warning("Redis is away (%s); trying again", reason)
        ring.distrust()
        await asyncio.sleep(RETRY_AFTER_S)


async def _follow() -> None:
    async with async_client() as client, client.pubsub(ignore_subscribe_messages=True) as line:
        await line.subscribe(FRAMES_CHANNEL, KEYS_CHANNEL)
        ring.trust()
        await _tell_all({"type": "Resync"})
        while True:
            message = await line.get_message(timeout=5.0)
            if message is None:
                await line.ping()
            elif message["channel"] == KEYS_CHANNEL.encode():
                ring.forget(message["data"].decode())
            elif message["type"] == "message":
                fanout.deliver(message["data"])


async def _tell_all(message: dict[str, str]) -> None:
    text = json.dumps(message)
    await asyncio.gather(*(line.send(text_data=text) for line in tuple(lines)), return_exceptions=True)


async def snapshots(tiles: Iterable[int] | None) -> list[bytes]:
    """Return the last whole frame of these tiles, or of every live tile for None; nothing while Redis is away."""
    try:
        async with async_client() as client:
            wanted = [int(tile) for tile in await client.smembers(SNAPSHOT_INDEX_KEY)] if tiles is None else list(tiles)
            found = await client.mget([SNAPSHOT_KEY % tile for tile in wanted]) if wanted else []
    except GONE:
        return []
    return [bytes(frame) for frame in found if isinstance(frame, bytes)]
