from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from airspace.clients import flightlog
from airspace.clients.poster import Poster, Rejected


class Command(BaseCommand):
    """Post a PX4 flight log through the public API, with its own timing."""

    help = "Replay a PX4 log (.ulg) as the reports of one drone."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--serial", required=True)
        parser.add_argument("--url", default=settings.LOFT_URL)
        parser.add_argument("--key", required=True, help="API key with the scope reports:write")
        parser.add_argument("--speed", type=float, default=1.0, help="times as fast as it was flown")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0.01 <= options["speed"] <= 1000:
            raise CommandError(f"--speed: {options['speed']} given; expected 0.01 to 1000")
        try:
            flight = flightlog.read(options["file"])
        except flightlog.BadLog as reason:
            raise CommandError(str(reason)) from reason
        self._say(f"{len(flight.reports)} positions from {flight.topic}, {flight.skipped} without a fix left out")
        poster = Poster(options["url"], options["key"], self._say)
        try:
            flightlog.replay(flight, options["serial"], poster, options["speed"], self._say)
            poster.finish(60.0)
        except Rejected as reason:
            raise CommandError(str(reason)) from reason
        self._say(f"{poster.accepted} accepted, {poster.refused} refused, {poster.waiting} not sent")
        if poster.refused or poster.waiting:
            raise CommandError(f"not all was taken; the last refusal: {poster.last_refusal}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
