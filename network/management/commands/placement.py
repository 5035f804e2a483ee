"""Prove where computing belongs: in a region of the inventory, or in a p-median problem of the OR-Library."""

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.errors import Refused
from network.actions.placement import placement
from network.actions.placement.placement import PlacementRequest
from network.kernels.placement import median
from network.kernels.placement.placement import Goal
from network.kernels.topology.definition import OFFICIAL, Failure
from network.kernels.topology.topology import Array
from network.management.chatter import chatter_to_stderr
from network.models import Region

MOST_BYTES = 20_000_000


class Command(BaseCommand):
    help = "Prints one JSON line: the best plan, the bound that proves it, and the sites."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument("--orlib", type=Path, metavar="FILE", help="p-median: n, edges, p; then edges")
        subject.add_argument("--region", metavar="SLUG", help="key sites of a region, by the official reading")
        parser.add_argument("--least-share", type=float, default=0.75, metavar="SHARE", help="of key sites, least cost")
        parser.add_argument("--after-failure", action="store_true", help="also after any single failure")
        parser.add_argument("--from-scratch", action="store_true", help="as if no computing stood anywhere yet")
        parser.add_argument(
            "--most-s", type=float, metavar="SECONDS", help="stop after that and print the bound it has"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started_s, cpu_s = time.monotonic(), time.process_time()
        with chatter_to_stderr():
            outcome = _median(options["orlib"], options["most_s"]) if options["orlib"] else _plan(options)
        spent = {
            "wall_s": round(time.monotonic() - started_s, 3),
            "cpu_s": round(time.process_time() - cpu_s, 3),
        }
        self.stdout.write(json.dumps({**outcome, **spent}))


def _median(path: Path, most_s: float | None) -> dict[str, Any]:
    distance, p = _read(path)
    ends_s = None if most_s is None else time.monotonic() + most_s
    optimum = median.solve(distance, p, lambda _: ends_s is None or time.monotonic() < ends_s)
    return {
        "nodes": len(distance),
        "p": p,
        "optimum": _plain(optimum.cost) if optimum.is_proven else None,
        "value": _plain(optimum.cost),
        "bound": _plain(optimum.bound),
        "proven": optimum.is_proven,
        "sites": [site + 1 for site in optimum.sites],  # numbered from 1, as in the file
        "branches": optimum.branches,
    }


def _plan(options: dict[str, Any]) -> dict[str, Any]:
    region = Region.objects.filter(slug=options["region"]).first()
    if region is None:
        raise CommandError(f"region: {options['region']} given; expected the slug of a region")
    failure = Failure.WORST_SINGLE if options["after_failure"] else Failure.NONE
    try:
        goal = Goal(least_share=options["least_share"])
        request = PlacementRequest(goal, replace(OFFICIAL, failure=failure), from_scratch=options["from_scratch"])
        plan = placement.prove(region, request)
    except (Refused, ValueError) as reason:
        raise CommandError(str(reason)) from reason
    return {**asdict(plan), "definition": plan.definition.as_json()}


def _read(path: Path) -> tuple[Array, int]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CommandError(f"orlib: {path} holds {path.stat().st_size} bytes; expected at most {MOST_BYTES}")
        return median.parse_orlib(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as reason:
        raise CommandError(f"orlib: {reason}") from reason


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value
