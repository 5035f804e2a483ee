"""Run the simulated base stations of the demo, each with a UDP port of its own; see docs/base-stations.md."""

from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from console.access.secret import secret
from console.run import loops
from network.demo.emulation import export_sites
from network.emulator.places import load_inventory
from network.emulator.run import Listening, run


class Command(BaseCommand):
    help = "Answers STAMP for every site of the inventory that is probed on this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where settings are kept."""
        parser.add_argument(
            "--memory",
            type=Path,
            default=settings.LOFT_HOME / "stations",
            metavar="FOLDER",
            help="where sites keep the settings that were pushed to them (default: stations below LOFT_HOME)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = settings.LOFT_RUN_DIR / "sites.json"
        count = export_sites(file)
        connection.close()
        if not count:
            raise CommandError("The inventory holds no probed site. Run: manage.py prepare")
        self.stdout.write(f"{count} sites answer STAMP from UDP port {settings.LOFT_EMULATOR_FIRST_UDP_PORT} on")
        self.stdout.flush()
        listening = Listening(
            settings.LOFT_EMULATOR_HOST,
            settings.LOFT_EMULATOR_PORT,
            secret(settings.SECRETS_DIR, "emulator"),
            secret(settings.SECRETS_DIR, "stations"),
            settings.LOFT_RUN_DIR / "truth.jsonl",
            options["memory"],
            loops.claim("stations").beat,
        )
        run(load_inventory(file, partial(secret, settings.SECRETS_DIR / "stamp")), listening)
