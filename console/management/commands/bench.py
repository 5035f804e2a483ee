import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.bench import benches


class Command(BaseCommand):
    """Run a bench and print one JSON line per figure."""

    help = "Measure: one JSON line {name, value, unit, baseline, ratio, note} per figure."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the bench, or `list`")

    def handle(self, *args: Any, **options: Any) -> None:
        known = benches()
        if options["name"] == "list":
            self.stdout.write("\n".join(sorted(known)))
            return
        if options["name"] not in known:
            raise CommandError(f"name: {options['name']} given; expected one of {', '.join(sorted(known))}")
        with _ending_in_order():
            for row in known[options["name"]]():
                self.stdout.write(row.as_json())
                self.stdout.flush()


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let whoever ends the bench end it as Ctrl-C does, so that it takes its processes and folders along.

    What is ignored stays so, as a terminal's end under `nohup`.
    """
    heard = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # tidying up takes a while, and is done once
    raise SystemExit(128 + number)
