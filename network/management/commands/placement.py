"""Prove the optimum of a p-median problem of the OR-Library."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from network.kernels import median
from network.kernels.median import Progress
from network.kernels.topology import Array

MOST_BYTES = 20_000_000


class Command(BaseCommand):
    help = "Prints one JSON line: the optimum of a p-median problem, the bound that proves it, and the sites."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--orlib", type=Path, required=True, metavar="FILE", help="problem: n, edges, p; then edges"
        )
        parser.add_argument(
            "--most-s", type=float, metavar="SECONDS", help="stop after that and print the bound it has"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started_s, cpu_s = time.monotonic(), time.process_time()
        most_s = options["most_s"]

        def goes_on(_: Progress) -> bool:
            return most_s is None or time.monotonic() - started_s < most_s

        distance, p = _read(options["orlib"])
        found = median.solve(distance, p, goes_on)
        line = {
            "nodes": len(distance),
            "p": p,
            "optimum": _plain(found.cost) if found.is_proven else None,
            "value": _plain(found.cost),
            "bound": _plain(found.bound),
            "proven": found.is_proven,
            "sites": [site + 1 for site in found.sites],  # numbered from 1, as in the file
            "branches": found.branches,
            "wall_s": round(time.monotonic() - started_s, 3),
            "cpu_s": round(time.process_time() - cpu_s, 3),
        }
        self.stdout.write(json.dumps(line))


def _read(path: Path) -> tuple[Array, int]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CommandError(f"orlib: {path} holds {path.stat().st_size} bytes; expected at most {MOST_BYTES}")
        return median.parse_orlib(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as reason:
        raise CommandError(f"orlib: {reason}") from reason


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value
