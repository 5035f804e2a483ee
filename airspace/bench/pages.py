"""Bench `pages`: CPU of the web process per page, list and static file through our bridge, beside a2wsgi."""

import asyncio
from collections.abc import Iterator
from statistics import fmean

from airspace.bench import load
from airspace.bench.load import say
from airspace.bench.stand import Stand, cpu_s
from console.bench import Row, bench

ROUNDS = 2
CONNECTIONS = 4
PATHS = {"page": ("/airspace", 150), "list": ("/api/v1/drones", 300), "file": ("/static/console/base.css", 600)}
"""What is asked for, and how often a round."""
_GATHER = """
from django.conf import settings
from console.run.preparation import bring_vendor_files, gather_static_files
bring_vendor_files(settings.BASE_DIR / "node_modules", settings.LOFT_HOME / "vendor")
gather_static_files()
"""
BASELINE = "airspace.bench.a2wsgi:application"


@bench("pages")
def pages() -> Iterator[Row]:
    """Yield one row per kind of request; both ways in turns, in one run."""
    with Stand() as stand:
        stand.manage("shell", "-v", "0", "-c", _GATHER)
        used_ms: dict[str, dict[str, list[float]]] = {way: {name: [] for name in PATHS} for way in (BASELINE, "")}
        for _ in range(ROUNDS):
            for way, used in used_ms.items():
                _measure(stand, way, used)
    note = "CPU of the web process per request, its watches included; ratio: a2wsgi / ours"
    for name in PATHS:
        usual, ours = fmean(used_ms[BASELINE][name]), fmean(used_ms[""][name])
        yield Row(f"pages_{name}_cpu", round(ours, 3), "ms", round(usual, 3), round(usual / ours, 2), note)


def _measure(stand: Stand, way: str, used: dict[str, list[float]]) -> None:
    stand.start_web(way)
    for name, (path, count) in PATHS.items():
        asyncio.run(_ask(stand, path, count // 5))
        before_s = cpu_s(stand.processes["web"].pid)
        asked = asyncio.run(_ask(stand, path, count))
        used[name].append((cpu_s(stand.processes["web"].pid) - before_s) / asked * 1000)
        say(f"  {way or 'ours'} {name}: {used[name][-1]:.3f} ms of CPU a request")
    stand.stop("web")


async def _ask(stand: Stand, path: str, count: int) -> int:
    """Ask as often on each connection, about so many times in all; return how many times it was."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{stand.port}\r\nCookie: {stand.cookie}\r\n\r\n".encode()
    each = max(1, count // CONNECTIONS)
    await asyncio.gather(*(_ask_in_turn(stand, head, each) for _ in range(CONNECTIONS)))
    return each * CONNECTIONS


async def _ask_in_turn(stand: Stand, head: bytes, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", stand.port)
    for _ in range(count):
        status = await load.exchange(reader, writer, head)
        if status != 200:
            raise RuntimeError(f"{status} was answered: {stand.log('web')[-2000:]}")
    writer.close()
