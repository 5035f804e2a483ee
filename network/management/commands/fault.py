"""Inject, list and clear faults of the simulated base stations."""

from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.secret import secret
from network.emulator.faults import KINDS


class Command(BaseCommand):
    help = "Makes a simulated site fail for a time."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        inject = actions.add_parser("inject", help="make a site fail")
        inject.add_argument("site", help="slug of the site, such as bs-003")
        inject.add_argument("--kind", choices=KINDS, default="down")
        inject.add_argument("--for", dest="for_s", type=float, default=60.0, metavar="SECONDS")
        inject.add_argument("--amount", type=float, help="delay: milliseconds added to the round trip; loss: share 0-1")
        actions.add_parser("list", help="show what fails now")
        clear = actions.add_parser("clear", help="end every fault of a site")
        clear.add_argument("site")

    def handle(self, *args: Any, **options: Any) -> None:
        answer = self._ask(options)
        if options["action"] == "clear":
            self.stdout.write(f"{answer['cleared']} fault(s) of {options['site']} cleared")
            return
        for fault in answer["faults"]:
            self.stdout.write(f"{fault['site']}  {fault['kind']}  {fault['amount']:g}  {fault['left_s']:g} s left")

    def _ask(self, options: dict[str, Any]) -> dict[str, Any]:
        url = f"http://{settings.LOFT_EMULATOR_HOST}:{settings.LOFT_EMULATOR_PORT}/faults"
        headers = {"Authorization": f"Bearer {secret(settings.SECRETS_DIR, 'emulator')}"}
        site = str(options.get("site", "")).lower()
        try:
            if options["action"] == "inject":
                body = {"site": site, **{name: options[name] for name in ("kind", "for_s", "amount")}}
                answer = httpx.post(url, json=body, headers=headers, timeout=5)
            elif options["action"] == "clear":
                answer = httpx.delete(f"{url}/{site}", headers=headers, timeout=5)
            else:
                answer = httpx.get(url, headers=headers, timeout=5)
        except httpx.HTTPError as reason:
            raise CommandError(
                f"The emulator does not answer at {url}: {reason}. Run: manage.py basestations"
            ) from reason
        said: dict[str, Any] = answer.json()
        if answer.is_error:
            raise CommandError(str(said["error"]))
        return said
