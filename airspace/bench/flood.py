"""A crowd of connections that send one request over and over, heeding no refusal: `python -m airspace.bench.flood`.

It is a process of its own, so that its work does not slow down who measures. The request comes on standard input.
"""

import asyncio
import sys
from time import monotonic


async def _insist(port: int, text: bytes, until_s: float) -> int:
    sent = 0
    while monotonic() < until_s:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            sent += await _over(reader, writer, text, until_s)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)
    return sent


async def _over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes, until_s: float) -> int:
    sent = 0
    try:
        while monotonic() < until_s:
            writer.write(text)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            sent += 1
    finally:
        writer.close()
    return sent


async def _flood(port: int, connections: int, for_s: float, text: bytes) -> int:
    until_s = monotonic() + for_s
    return sum(await asyncio.gather(*(_insist(port, text, until_s) for _ in range(connections))))


if __name__ == "__main__":
    port, connections, for_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print(asyncio.run(_flood(port, connections, for_s, sys.stdin.buffer.read())))  # noqa: T201  who started it reads it
