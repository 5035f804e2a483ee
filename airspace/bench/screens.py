"""Screens for bench `storm`, in a process of their own: `python -m airspace.bench.screens`, told what to do on stdin.

A screen does what a page does: it opens its line, sends its view, and fetches what pages fetch after each opening. It
reads no more of a message than its length and its kind, so that thousands fit one process.
"""

import asyncio
import json
import os
import random
import re
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

OP_TEXT, OP_BINARY = 1, 2
OP_CLOSE, AGAIN = 8, re.compile(rb"again in (\d+) ms")
BACKOFF_S = (3.0, 3.0, 4.0, 5.0)
"""Those of `static/console/backoff.js`: anything up to them."""
FETCHES = ("/api/v1/alarms/summary", "/api/v1/sites?limit=1000&offset=0")
MOST_TRIES = 200
AGAIN_S = 0.5


@dataclass
class Plan:
    """What the screens are told. `spread_s`: the pages' jitter of the first opening and of the fetches, 0 for none."""

    port: int
    cookies: Sequence[str]
    count: int
    open_spread_s: float
    fetch_spread_s: float


@dataclass
class Tally:
    """What came of it."""

    tries: int = 0
    refused: int = 0
    failed_fetches: int = 0
    received_bytes: int = 0
    back_s: list[float] = field(default_factory=list)


class Screen(asyncio.Protocol):
    """One line, from the handshake to its end."""

    def __init__(self, head: bytes, view: str, tally: Tally) -> None:
        self._head, self._view, self._tally = head, view.encode(), tally
        self._buffer = bytearray()
        self._is_open = False
        self.again_s: float | None = None
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[bool] = loop.create_future()
        self.shown: asyncio.Future[bool] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the line."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._tally.received_bytes += len(data)
        self._buffer += data
        if not self._is_open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._is_open = self._buffer[9:12] == b"101"
            del self._buffer[: end + 4]
            self._is_open = self._is_open and not self._is_told_to_come_again()
            self.opened.set_result(self._is_open)
            if self._is_open:
                self.transport.write(bytes([0x81, 0x80 | len(self._view), 0, 0, 0, 0]) + self._view)
        while self._is_open and self._take():
            pass

    def _is_told_to_come_again(self) -> bool:
        """Whether the first thing that is said is when to come again."""
        if len(self._buffer) > 1 and self._buffer[0] & 15 == OP_CLOSE and (told := AGAIN.search(self._buffer)):
            self.again_s = int(told[1]) / 1e3
        return self.again_s is not None

    def _take(self) -> bool:
        head = _head_of(self._buffer)
        if head is None:
            return False
        opcode, start, end = head
        is_whole = opcode == OP_BINARY and end - start >= 2 and self._buffer[start + 1] & 1
        del self._buffer[:end]
        if is_whole and not self.shown.done():
            self.shown.set_result(True)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody wait for more."""
        for waiting in (self.opened, self.shown):
            if not waiting.done():
                waiting.set_result(False)


def _head_of(buffer: bytearray) -> tuple[int, int, int] | None:
    """Return opcode, start and end of the first message, None when it is not there as a whole."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1] & 0x7F, 2
    if size == 126:
        if len(buffer) < 4:
            return None
        (size,), start = struct.unpack_from("!H", buffer, 2), 4
    elif size == 127:
        if len(buffer) < 10:
            return None
        (size,), start = struct.unpack_from("!Q", buffer, 2), 10
    return (buffer[0] & 15, start, start + size) if len(buffer) >= start + size else None


def view_of(number: int) -> str:
    """Return the view of a screen: one of eight, which overlap."""
    west = 123.35 + number % 8 * 0.01
    return json.dumps({"view": [round(west, 3), 28.85, round(west + 0.2, 3), 29.15]})


async def _open(plan: Plan, number: int, tally: Tally) -> Screen:
    """Open a line as the page does, with its back-off, until it is open and shows something."""
    cookie = plan.cookies[number % len(plan.cookies)]
    head = (
        f"GET /ws?topics=alarms,map,sla HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\n"
        f"Origin: http://127.0.0.1:{plan.port}\r\nCookie: {cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()
    again_s = None
    for attempt in range(MOST_TRIES):
        wait_s = BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)] if attempt else plan.open_spread_s
        await asyncio.sleep(random.uniform(0, wait_s) if again_s is None else again_s)  # noqa: S311  no secret
        tally.tries += 1
        try:
            _, screen = await asyncio.get_running_loop().create_connection(
                lambda: Screen(head, view_of(number), tally), "127.0.0.1", plan.port
            )
        except OSError:
            continue
        if await screen.opened:
            return screen
        tally.refused += 1
        again_s = screen.again_s
        screen.transport.close()
    raise RuntimeError(f"screen {number} was refused {MOST_TRIES} times")


async def _fetch(plan: Plan, number: int, path: str, tally: Tally) -> None:
    cookie = plan.cookies[number % len(plan.cookies)]
    text = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{plan.port}\r\nCookie: {cookie}\r\n"
        "Accept: application/json\r\nConnection: close\r\n\r\n"
    ).encode()
    await asyncio.sleep(random.uniform(0, plan.fetch_spread_s))  # noqa: S311  no secret
    for _ in range(MOST_TRIES):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
            writer.write(text)
            answer = await reader.read(-1)
            writer.close()
        except OSError:
            answer = b""
        if answer[9:12] == b"200":
            return
        tally.failed_fetches += 1
        await asyncio.sleep(AGAIN_S)
    raise RuntimeError(f"{path} was not answered: {answer[:200]!r}")


async def _come_back(plan: Plan, number: int, tally: Tally, began_s: float) -> Screen:
    screen = await _open(plan, number, tally)
    await asyncio.gather(screen.shown, *(_fetch(plan, number, path, tally) for path in FETCHES))
    tally.back_s.append(time.monotonic() - began_s)
    return screen


async def _serve() -> None:
    """Do what each line says: open so many, let them fall and come back; say what came of it."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    screens: list[Screen] = []
    while text := await lines.readline():
        for screen in screens:
            screen.transport.abort()
        screens.clear()
        plan, tally, began_s = Plan(**json.loads(text)), Tally(), time.monotonic()
        cpu_s = sum(os.times()[:2])
        coming = (_come_back(plan, number, tally, began_s) for number in range(plan.count))
        screens = list(await asyncio.gather(*coming))
        told = {**tally.__dict__, "back_s": max(tally.back_s, default=0.0), "cpu_s": sum(os.times()[:2]) - cpu_s}
        print(json.dumps(told), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    asyncio.run(_serve())
