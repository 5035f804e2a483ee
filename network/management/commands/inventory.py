"""Import the inventory from a file, or export it to one, as the REST API does."""

import json
import sys
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from console.actions.audit.audit import SYSTEM
from console.door import intake
from console.errors import Refused, Unavailable
from console.management.writing import WritingCommand
from network.actions.inventory import imports
from network.actions.inventory.exports import export
from network.models import RecordKind
from network.serializers.inventory.inventory_records import FIRST_YEAR, LAST_YEAR
from network.views.inventory.inventory_files import report_json


class Command(WritingCommand):
    help = "Imports a file (a dry run unless --apply) and prints one JSON line; or exports one to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        reading = verbs.add_parser("import", help="take a file into the inventory")
        reading.add_argument("file", type=Path)
        reading.add_argument("--apply", action="store_true", help="change the inventory; else say what would change")
        reading.add_argument("--all-or-nothing", action="store_true", help="change nothing where a row is refused")
        reading.add_argument(
            "--valid-from",
            type=_moment,
            metavar="TIME",
            help="plan the rows for a time to come, such as 2031-06-01T08:00Z",
        )
        writing = verbs.add_parser("export", help="write the inventory to a file")
        writing.add_argument("--output", type=Path, metavar="FILE", help="standard output by default")
        for command_parser in (reading, writing):
            command_parser.add_argument("--format", required=True, choices=imports.FORMATS)
            command_parser.add_argument("--kind", choices=RecordKind.values)
            command_parser.add_argument("--region", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options) if options["verb"] == "import" else self._export(options)
        except (imports.Unreadable, Refused, Unavailable, OSError) as reason:
            raise CommandError(str(reason)) from reason

    def _import(self, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        if (size := path.stat().st_size) > imports.MOST_BYTES:
            raise CommandError(f"file: {size} bytes given; expected at most {imports.MOST_BYTES}")
        contents = imports.read_file(path.read_bytes(), options["format"], options["kind"], options["region"])
        now, valid_from = timezone.now(), options["valid_from"]
        if valid_from is not None and valid_from <= now:
            raise CommandError(f"--valid-from: {valid_from.isoformat()} given; expected a time to come")
        report = imports.load(
            SYSTEM, contents, path.name, now, region=options["region"], valid_from=valid_from,
            is_dry_run=not options["apply"], is_all_or_nothing=options["all_or_nothing"],
        )  # fmt: skip
        self.stdout.write(json.dumps(report_json(report), ensure_ascii=False))

    def _export(self, options: dict[str, Any]) -> None:
        if options["output"]:
            intake.admit(intake.Work.BULK)
        data = export(options["format"], options["kind"], options["region"])
        if options["output"]:
            options["output"].write_bytes(data)
        else:
            sys.stdout.buffer.write(data)


def _moment(text: str) -> datetime:
    """Return the moment that a text names; in the console's zone where it names none."""
    moment = parse_datetime(text)
    if moment is None or not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise ArgumentTypeError(f"{text!r} given; expected a date and time such as 2031-06-01T08:00Z")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
