"""Run the simulated base stations of the demo, each with a UDP port of its own; see docs/base-stations.md."""

from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from console.secret import secret
from network.actions.emulation import export_sites
from network.emulator.places import load_inventory
from network.emulator.run import Listening, run


class Command(BaseCommand):
    help = "Answers STAMP for every site of the inventory that is probed on this machine."

    def handle(self, *args: Any, **options: Any) -> None:
        file = settings.LOFT_RUN_DIR / "sites.json"
        count = export_sites(file)
        connection.close()
        if not count:
            raise CommandError("The inventory holds no probed site. Run: manage.py prepare")
        self.stdout.write(f"{count} sites answer STAMP from UDP port {settings.LOFT_EMULATOR_FIRST_UDP_PORT} on")
        self.stdout.flush()
        listening = Listening(
            settings.LOFT_EMULATOR_HOST, settings.LOFT_EMULATOR_PORT, secret(settings.SECRETS_DIR, "emulator"),
            secret(settings.SECRETS_DIR, "stations"), settings.LOFT_RUN_DIR / "truth.jsonl",
        )  # fmt: skip
        run(load_inventory(file, partial(secret, settings.SECRETS_DIR / "stamp")), listening)
