"""Bench `fanout`: what the picture costs and how old it is at 200 open maps, beside the channel layer's way."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import redis.asyncio
from channels_redis.pubsub import RedisPubSubChannelLayer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from airspace.bench import load
from airspace.bench.load import GROUP, say
from airspace.bench.stand import Stand
from airspace.kernels import wire
from airspace.kernels.wire import HEADER, ROW
from console.bench import Row, bench
from console.live.frames import FRAMES_CHANNEL, pack

SOCKETS = 200
DRONES = 10_000
BATCH = 200
SETTLE_S = 4.0
SECONDS = 12.0
REPLAY_TICKS = 32
TICK_S = 0.25
AGE_MODULO_MS = 10_000  # a bench drone's longitude tells its time within ten seconds
Frames = list[tuple[int, bytes]]


@dataclass
class Heard:
    """What all sockets received: tile frames, and the age of the oldest position in each."""

    frames: int = 0
    ages_ms: list[float] = field(default_factory=list)
    is_counting: bool = False

    def take(self, message: bytes) -> None:
        """Count a message's tile frames."""
        now_ms, offset = time.time() * 1000, 0
        while offset < len(message):
            _, flags, _, _, rows, _ = HEADER.unpack_from(message, offset)
            offset += HEADER.size
            if rows and not flags & wire.FLAG_SNAPSHOT and self.is_counting:
                lon = np.frombuffer(message, ROW, rows, offset)["lon"].astype(np.int64)
                self.frames += 1
                self.ages_ms.append(float(((now_ms - lon) % AGE_MODULO_MS).max()))
            offset += ROW.itemsize * rows


@bench("fanout")
def fanout() -> Iterator[Row]:
    """Yield cost per frame beside the channel layer, then age, cores and stored share of the whole chain."""
    frames = _frames()
    say("fanout: baseline, channel layer")
    usual_us = _replay("airspace.bench.baseline:application", _by_layer, frames)
    say("fanout: ours, the same frames")
    ours_us = _replay("", _by_channel, frames)
    note = f"CPU of web and Redis per tile frame delivered to {SOCKETS} sockets; ratio: channel layer / ours"
    yield Row("fanout_cpu_per_frame", round(ours_us, 1), "us", round(usual_us, 1), round(usual_us / ours_us, 1), note)
    say(f"fanout: {DRONES} drones at 1 Hz, {SOCKETS} sockets, end to end")
    yield from _end_to_end()


def _frames() -> Frames:
    """Return a tick's tile frames: a quarter of the drones, as they stand."""
    rows = np.zeros(DRONES // 4, ROW)
    numbers = np.arange(len(rows)) * 4
    rows["drone"], rows["lat"] = numbers + 1, (28.9 + numbers % 200 * 1e-3) * 1e7
    rows["lon"] = (123.4 + numbers // 200 * 4e-3) * 1e7
    tiles = wire.tiles_of(rows["lat"] / 1e7, rows["lon"] / 1e7)
    return [(int(tile), wire.frame(int(tile), rows[tiles == tile], 0.0)) for tile in np.unique(tiles)]


def _replay(application: str, send: Callable[[str, Frames], Awaitable[None]], frames: Frames) -> float:
    """Publish the same ticks to 200 sockets of a web process; return microseconds of CPU per frame delivered."""
    with Stand() as stand:
        stand.start_web(application)
        heard = Heard(is_counting=True)
        used_s = asyncio.run(_replayed(stand, send, frames, heard))
    if not heard.frames:
        raise RuntimeError("no frame was delivered")
    say(f"  {heard.frames} of {REPLAY_TICKS * len(frames) * SOCKETS} tile frames delivered, {used_s:.2f} CPU-s")
    return used_s / heard.frames * 1e6


async def _replayed(
    stand: Stand, send: Callable[[str, Frames], Awaitable[None]], frames: Frames, heard: Heard
) -> float:
    url = f"unix://:{(stand.home / 'secrets' / 'redis').read_text().strip()}@{stand.home}/run/redis.sock"
    tasks = await _open(stand, heard)
    before = sum(stand.cpu_s().values())
    await send(url, frames)
    await asyncio.sleep(2.0)
    used_s = sum(stand.cpu_s().values()) - before
    await _close(tasks)
    return used_s


async def _by_channel(url: str, frames: Frames) -> None:
    async with redis.asyncio.Redis.from_url(url) as client:
        for _ in range(REPLAY_TICKS):
            await client.publish(FRAMES_CHANNEL, pack(frames))
            await asyncio.sleep(TICK_S)


async def _by_layer(url: str, frames: Frames) -> None:
    layer = RedisPubSubChannelLayer(hosts=[url], prefix="loft.layer")
    for _ in range(REPLAY_TICKS):
        for _, frame in frames:
            await layer.group_send(GROUP, {"type": "bench.frame", "frame": frame})
        await asyncio.sleep(TICK_S)
    await layer.flush()


def _end_to_end() -> Iterator[Row]:
    with Stand() as stand:
        stand.start_engine()
        stand.start_web()
        load.until_engine_lives(stand)
        heard = Heard()
        accepted, used_s, took_s = asyncio.run(_flown(stand, heard))
        share = load.until_stored(stand, accepted + 1) - 1
    for name, used in used_s.items():
        say(f"  {name}: {used / took_s:.2f} cores")
    age_ms = float(np.percentile(heard.ages_ms, 99))
    note = f"oldest position in a frame at the client, 250 ms of it coalescing; median {np.median(heard.ages_ms):.0f}"
    yield Row("fanout_age_p99_ms", round(age_ms), "ms", note=note)
    yield Row("fanout_cores", round(sum(used_s.values()) / took_s, 2), "cores", note="web, engine and Redis in sum")
    yield Row("fanout_stored_share", share / accepted, "1", note=f"of {accepted} accepted positions")


async def _flown(stand: Stand, heard: Heard) -> tuple[int, dict[str, float], float]:
    """Fly everyone for a while; return positions accepted, CPU-seconds by process, and the time that took."""
    tasks = await _open(stand, heard)
    over = asyncio.Event()
    flying = [asyncio.create_task(_fly(stand, lane, over)) for lane in range(4)]
    await asyncio.sleep(SETTLE_S)
    before, began, heard.is_counting = stand.cpu_s(), time.monotonic(), True
    await asyncio.sleep(SECONDS)
    heard.is_counting = False
    after, took_s = stand.cpu_s(), time.monotonic() - began
    over.set()
    accepted = sum(await asyncio.gather(*flying))
    await _close(tasks)
    return accepted, {name: after[name] - before[name] for name in after}, took_s


async def _fly(stand: Stand, lane: int, over: asyncio.Event) -> int:
    """Report every fourth batch of drones once a second, spread over it; return how many positions were accepted."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.port)
    batches = list(range(0, DRONES, BATCH))
    accepted, began = 0, time.monotonic()
    for second in itertools.count():
        for number in range(lane, len(batches), 4):
            due_s = began + second + number / len(batches)
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            if over.is_set():
                writer.close()
                return accepted
            at_ms = int(time.time() * 1000)
            rows = [load.report(drone, at_ms) for drone in range(batches[number], batches[number] + BATCH)]
            status = await load.exchange(reader, writer, load.request(stand, rows))
            accepted += BATCH if status == 202 else 0
    raise AssertionError("unreachable")


async def _open(stand: Stand, heard: Heard) -> list[asyncio.Task[None]]:
    tasks = []
    for _ in range(SOCKETS):
        line = await connect(
            f"ws://127.0.0.1:{stand.port}/ws?topics=map",
            additional_headers={"Cookie": stand.cookie, "Origin": stand.url},
            compression=None,
            max_size=None,
            max_queue=64,
            open_timeout=30,
        )
        await line.send('{"view": [123.0, 28.5, 124.0, 29.5]}')
        tasks.append(asyncio.create_task(_listen(line, heard)))
    return tasks


async def _listen(line: ClientConnection, heard: Heard) -> None:
    try:
        async with line:
            async for message in line:
                if isinstance(message, bytes):
                    heard.take(message)
    except ConnectionClosed:
        return


async def _close(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
