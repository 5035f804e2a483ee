import signal
import threading
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from airspace.clients.fleet import Fleet, fly
from airspace.clients.poster import Poster, Posters, Rejected
from airspace.demo import key_of
from airspace.kernels.flight import serial_of
from console.actions.demo import token_file
from console.run import loops

WARM_UP_MINUTES = 6
START_S = 120.0


class Command(BaseCommand):
    """Fly the demo fleet until stopped."""

    help = "Fly drones between vertiports of the demo metropolis and report them through the public API."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drones", type=int, required=True)
        parser.add_argument("--url", default=settings.LOFT_URL)
        parser.add_argument("--key", help="API key of all; those of the demo's operators unless given")
        parser.add_argument("--rate", type=float, default=1.0, help="reports of a drone per second")
        parser.add_argument("--seed", type=int, default=29)

    def handle(self, *args: Any, **options: Any) -> None:
        if not (1 <= options["drones"] <= 100_000 and 0.1 <= options["rate"] <= 10):
            raise CommandError("expected --drones from 1 to 100000 and --rate from 0.1 to 10")
        over, loop = threading.Event(), loops.claim("fleet", START_S)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: over.set())
        fleet = Fleet(options["drones"], options["seed"])
        fleet.warm_up(WARM_UP_MINUTES)
        poster = self._poster(options)
        try:
            loop.may_take(loops.SILENCE_S)
            fly(fleet, poster, options["rate"], self._say, partial(self._is_over, over, loop))
            poster.finish(3.0)
        except Rejected as reason:
            raise CommandError(str(reason)) from reason

    def _is_over(self, over: threading.Event, loop: loops.Loop) -> bool:
        """Whether it is told to stop; asked once a turn."""
        loop.beat()
        return over.is_set()

    def _poster(self, options: dict[str, Any]) -> Poster | Posters:
        if options["key"]:
            return Poster(options["url"], options["key"], self._say)
        names = list(dict.fromkeys(key_of(number) for number in range(options["drones"])))
        posters = [Poster(options["url"], self._demo_key(name), self._say) for name in names]
        return Posters(posters, {serial_of(n): names.index(key_of(n)) for n in range(options["drones"])})

    def _demo_key(self, name: str) -> str:
        file = token_file(name)
        if not file.exists():
            raise CommandError("no --key given, and no demo key here; run `manage.py prepare` first")
        return file.read_text().strip()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
