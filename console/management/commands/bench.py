from typing import Any

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
        for row in known[options["name"]]():
            self.stdout.write(row.as_json())
            self.stdout.flush()
