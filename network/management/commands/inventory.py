"""Import the inventory from a file, or export it to one, as the REST API does."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from console.actions.audit import SYSTEM
from console.errors import Refused
from network.actions import imports
from network.actions.exports import export
from network.models import RecordKind
from network.views.inventory_files import report_json


class Command(BaseCommand):
    help = "Imports a file (a dry run unless --apply) and prints one JSON line; or exports one to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        reading = verbs.add_parser("import", help="take a file into the inventory")
        reading.add_argument("file", type=Path)
        reading.add_argument("--apply", action="store_true", help="change the inventory; else say what would change")
        reading.add_argument("--all-or-nothing", action="store_true", help="change nothing where a row is refused")
        writing = verbs.add_parser("export", help="write the inventory to a file")
        writing.add_argument("--output", type=Path, metavar="FILE", help="standard output by default")
        for one in (reading, writing):
            one.add_argument("--format", required=True, choices=imports.FORMATS)
            one.add_argument("--kind", choices=RecordKind.values)
            one.add_argument("--region", metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options) if options["verb"] == "import" else self._export(options)
        except (imports.Unreadable, Refused, OSError) as reason:
            raise CommandError(str(reason)) from reason

    def _import(self, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        if (size := path.stat().st_size) > imports.MOST_BYTES:
            raise CommandError(f"file: {size} bytes given; expected at most {imports.MOST_BYTES}")
        contents = imports.read_file(path.read_bytes(), options["format"], options["kind"], options["region"])
        report = imports.load(
            SYSTEM, contents, path.name, timezone.now(), region=options["region"],
            is_dry_run=not options["apply"], is_all_or_nothing=options["all_or_nothing"],
        )  # fmt: skip
        self.stdout.write(json.dumps(report_json(report), ensure_ascii=False))

    def _export(self, options: dict[str, Any]) -> None:
        data = export(options["format"], options["kind"], options["region"])
        if options["output"]:
            options["output"].write_bytes(data)
        else:
            sys.stdout.buffer.write(data)
