"""A soak of the web process: every page and export, maps at many heights, sockets that come and go, over and over.

python -m tests.soak --minutes 10      # starts a Loft of its own and prints its memory every round
"""

import argparse
import itertools
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from django.urls import URLPattern, URLResolver, get_resolver
from websockets.sync.client import connect

from tests.stack import Stack

LEFT_OUT = ("logout", "setlang", "api/v1/placement/preview")
LISTS = (
    "sites", "agreements", "alarms", "drones", "factories", "jobs", "regions", "sectors", "links", "edge-nodes",
    "corridors",
)  # fmt: skip
BELOW = {
    "agreements": ["standing", "history", "timeline", "impact"],
    "sites": ["counters", "configuration"],
    "alarms": ["entries"],
    "drones": ["trail"],
    "regions": ["basemap"],
}
HEIGHTS = 14  # more than the caches of maps hold
VALUES = ("rsrp", "sinr", "rate", "sensing")


def memory_mb(pid: int) -> float:
    """Return what a process holds of its own, its share of what is shared included. [MB]"""
    rows = dict(row.split(":") for row in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(rows["Pss_Anon"].split()[0]) / 1024


class Soak:
    """One person who looks at everything."""

    def __init__(self, stack: Stack, seed: int = 1) -> None:
        self.stack = stack
        self.caller = stack.signed_in("administrator")
        self.region = stack.query("SELECT slug FROM network_region WHERE slug = 'lanwan'")[0][0]
        self.random = random.Random(seed)
        self.answers: dict[int, int] = {}
        self.sockets = 0

    def fill(self) -> None:
        """Ask for more maps than the caches hold."""
        for number, value in itertools.product(range(HEIGHTS), ("rsrp", "sensing")):
            self.get(f"/api/v1/coverage/raster?region={self.region}&height_m={20 * (number + 1)}&value={value}")

    def turn(self, most: int | None = None, most_s: float = math.inf) -> float:
        """Look at everything, or at so much of it, in a random order; return the least memory held meanwhile. [MB]

        The least, because caches of maps drop whole maps of up to 8 MB when the next one is too much: what the process
        holds goes up and down by 30 MB within a turn, and where it stands at its end is chance. The least of two turns
        differs by 4 MB.

        Args:
            most: so many addresses.
            most_s: no more of them after so long. [s]
        """
        until, lowest_mb = time.monotonic() + most_s, math.inf
        paths = list(self.paths())
        self.random.shuffle(paths)
        for number, path in enumerate(paths[:most]):
            if time.monotonic() > until:
                break
            self.get(path)
            if number % 4 == 0:
                self.get(self.raster())
            if number % 5 == 0:
                self.connect()
            lowest_mb = min(lowest_mb, memory_mb(self.stack.pid("web")))
        return lowest_mb

    def get(self, path: str) -> httpx.Response:
        """Read one address to its end."""
        answer = self.caller.get(path)
        self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
        return answer

    def raster(self) -> str:
        """Return the address of a map at any height."""
        height_m = round(self.random.uniform(1.5, 300.0), 1)
        return f"/api/v1/coverage/raster?region={self.region}&height_m={height_m}&value={self.random.choice(VALUES)}"

    def connect(self) -> None:
        """Open a line as a page does, hear one message and leave."""
        address = f"ws://127.0.0.1:{self.stack.port}/ws?topics=map,alarms"
        cookies = "; ".join(f"{name}={value}" for name, value in self.caller.cookies.items())
        with connect(address, origin=self.stack.url, additional_headers={"Cookie": cookies}) as line:
            line.ping().wait(5)
        self.sockets += 1

    def paths(self) -> Iterator[str]:
        """Yield every address without parameters, and those of the first objects of each list with what is below."""
        yield from (path for path in simple_paths() if not any(word in path for word in LEFT_OUT))
        yield from (f"/api/v1/inventory/export?format={form}" for form in ("geojson", "csv", "json"))
        for name in LISTS:
            for key in self.first_keys(name):
                yield f"/api/v1/{name}/{key}"
                yield from (f"/api/v1/{name}/{key}/{below}" for below in BELOW.get(name, []))

    def first_keys(self, name: str) -> list[str]:
        """Return by what the first rows of a list are addressed."""
        rows: list[dict[str, Any]] = self.get(f"/api/v1/{name}").json()["results"][:5]
        return [str(next(row[key] for key in ("slug", "key", "id") if key in row)) for row in rows if row]


def simple_paths(patterns: list[Any] | None = None, before: str = "/") -> Iterator[str]:
    """Yield the addresses without parameters that Loft has."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from simple_paths(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and "<" not in path and "^" not in path:
            yield path


def main(minutes: float) -> None:
    """Soak a Loft of its own and print its memory, one line a round."""
    with tempfile.TemporaryDirectory(prefix="loft-soak-") as home, Stack(Path(home)).running() as stack:
        soak, began = Soak(stack), time.monotonic()
        for number in itertools.count(1):
            lowest_mb = soak.turn(most_s=60.0)
            passed_s = time.monotonic() - began
            text = f"{passed_s:5.0f} s, round {number}: at least {lowest_mb:.0f} MB"
            sys.stdout.write(f"{text}, answers {soak.answers}, sockets {soak.sockets}\n")
            sys.stdout.flush()
            if passed_s > minutes * 60:
                return


if __name__ == "__main__":
    import os

    import django

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=10.0)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    with tempfile.TemporaryDirectory(prefix="loft-soak-") as shared:
        os.environ.setdefault("LOFT_TEST_SHARED", shared)
        django.setup()
        main(words.parse_args().minutes)
