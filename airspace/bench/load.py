"""Load for a stand: report batches over keep-alive connections, as cheap for the machine as a client can be."""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from airspace.bench.stand import Stand, until

DRONES = 1_000
GROUP = "bench.frames"  # of the channel layer, in the baseline


@dataclass
class Made:
    """Prepared requests, each with how many positions it carries."""

    requests: list[bytes]
    positions: int


def say(text: str) -> None:
    """Tell the person who waits what goes on."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  progress of a bench


def serial_of(number: int) -> str:
    """Return the serial of a bench drone."""
    return f"BENCH-{number:05}"


def report(number: int, at_ms: int) -> dict[str, object]:
    """Return a report with the usual values, small enough for a thousand a body; its longitude tells its time in ms."""
    return {
        "serial": serial_of(number),
        "at": at_ms,
        "lat_deg": 28.9 + number % 200 * 1e-3,
        "lon_deg": round(123.4 + number // 200 * 4e-3 + at_ms % 10_000 * 1e-7, 7),
        "altitude_wgs84_m": 100.5,
        "speed_mps": 12.25,
        "track_deg": 87.5,
        "height_agl_m": 85.0,
        "battery_pct": 64.5,
        "status": "airborne",
    }


def request(stand: Stand, reports: Sequence[dict[str, object]]) -> bytes:
    """Return a whole HTTP request."""
    body = msgspec.json.encode(reports)
    head = (
        f"POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1:{stand.port}\r\nAuthorization: Bearer {stand.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def make(stand: Stand, batch: int, batches: int, first_ms: int) -> Made:
    """Prepare batches of distinct (drone, time), drones in turn."""
    requests = []
    for number in range(batches):
        rows = range(number * batch, (number + 1) * batch)
        requests.append(request(stand, [report(row % DRONES, first_ms + row // DRONES) for row in rows]))
    return Made(requests, batch * batches)


async def send_all(stand: Stand, made: Made, connections: int) -> int:
    """Send everything over some connections, each waiting for its answer; return how many batches were accepted."""
    waiting = list(reversed(made.requests))
    return sum(await asyncio.gather(*(_send(stand, waiting) for _ in range(connections))))


async def _send(stand: Stand, waiting: list[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.port)
    accepted = 0
    while waiting:
        text = waiting.pop()
        status = await exchange(reader, writer, text)
        if status in (429, 503):
            waiting.append(text)
            await asyncio.sleep(0.05)
        accepted += status in (200, 202)
    writer.close()
    return accepted


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> int:
    """Send one request and read its answer; return the status."""
    writer.write(text)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(head[9:12])


def stored(stand: Stand) -> int:
    """Return how many positions the stand's database holds."""
    with sqlite3.connect(stand.home / "loft.sqlite3", timeout=20) as database:
        (count,) = database.execute("SELECT count(*) FROM airspace_position").fetchone()
    database.close()
    return int(count)


def until_stored(stand: Stand, count: int) -> int:
    """Wait until so many positions are stored, or nothing more is for five seconds; return how many are."""
    seen, since = stored(stand), time.monotonic()
    while seen < count and time.monotonic() - since < 5.0:
        time.sleep(0.2)
        now = stored(stand)
        since = time.monotonic() if now > seen else since
        seen = now
    return seen


def until_engine_lives(stand: Stand) -> None:
    """Wait until the engine has stored a first report."""
    first = make(stand, 1, 1, int(time.time() * 1000) - 7_200_000)
    asyncio.run(send_all(stand, first, 1))
    until(lambda: stored(stand) == 1, "the engine stores")
