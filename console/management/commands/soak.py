import argparse
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.chaos import scratch
from console.chaos.installation import until
from console.run import serve_redis
from console.soak.measure import Point
from console.soak.part import Size
from console.soak.run import is_timed, soak, verdicts

SHORTENED = [
    "LOFT_HOUR_RETENTION_D", "LOFT_COUNTER_HOUR_RETENTION_D", "LOFT_ALARM_RETENTION_D", "LOFT_NOTICE_RETENTION_D",
    "LOFT_SIGN_IN_RETENTION_D", "LOFT_EVIDENCE_RETENTION_D", "LOFT_SLA_REPORT_RETENTION_D",
]  # fmt: skip
MINUTES, MOST_MINUTES_D = "LOFT_MINUTE_RETENTION_D", 7


class Command(BaseCommand):
    """Live through a year on a simulated clock, and tell what does not stay flat."""

    help = "A year and its retention on a simulated clock, in a scratch database; exit code 1 when something grows."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=400)
        parser.add_argument("--sites", type=int, default=10, help="of the demo's, measured every ten minutes")
        parser.add_argument("--drones", type=int, default=20, help="reporting every five minutes")
        parser.add_argument("--retention", type=int, default=0, help="days; else a quarter of the run, so that it ends")
        scratch.add_home(parser)
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # for the command itself

    def handle(self, *args: Any, **options: Any) -> None:
        """Start this very command in a scratch home, or, in it, live through the days."""
        if options["days"] < 8:
            raise CommandError(f"--days: {options['days']} given; expected 8 or more")
        if options["inside"]:
            self._run(options)
            return
        home = scratch.named_twice(options["home"], options["yes_really"])
        days = options["retention"] or max(1, options["days"] // 4)
        given = {**dict.fromkeys(SHORTENED, str(days)), MINUTES: str(min(days, MOST_MINUTES_D))}
        words = ["soak", "--inside", *(f"--{name}={options[name]}" for name in ("days", "sites", "drones"))]
        done = scratch.run_inside(words, home, settings_=given)
        if done.returncode:
            raise SystemExit(done.returncode)

    def _run(self, options: dict[str, Any]) -> None:
        if not (Path(settings.LOFT_HOME) / scratch.MARK).exists():
            raise CommandError("--inside is for the command itself: it was not started in a scratch home")
        call_command("prepare", stdout=self.stderr)
        every = max(1, options["days"] // 40)
        with _redis():
            points = soak(options["days"], Size(options["sites"], options["drones"]), every, self._say)
        bad, meant = verdicts(points, options["days"])
        for text in meant:
            self.stdout.write(f"grows as meant: {text}")
        if not is_timed(points):
            self.stdout.write("memory and the time of queries are not judged: too few looks")
        for text in bad:
            self.stdout.write(f"NOT FLAT: {text}")
        self.stdout.write("not flat" if bad else "flat")
        if bad:
            raise SystemExit(1)

    def _say(self, point: Point) -> None:
        figures = ", ".join(f"{name} {value:,.1f}" for name, value in point.figures.items())
        times = ", ".join(f"{name} {value:.1f} ms" for name, value in point.query_ms.items())
        self.stdout.write(f"day {point.day}: {sum(point.rows.values()):,} rows, {figures}; queries: {times}")
        self.stdout.flush()


@contextmanager
def _redis() -> Iterator[None]:
    settings.LOFT_RUN_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = serve_redis.command(settings.REDIS_SOCKET, settings.LOFT_HOME / "redis", settings.SECRETS_DIR / "redis")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:  # noqa: S603  our own command
        try:
            if not until(serve_redis.answers, 30.0):
                raise CommandError("Redis does not answer")
            yield
        finally:
            server.terminate()
