"""Inject, list and clear faults of the simulated base stations; play scenarios of faults, and draw them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.access.secret import secret
from network.emulator.faults.faults import KINDS
from network.emulator.faults.scenario import as_toml, load_scenario, random_scenario, shipped
from network.emulator.places import Inventory, load_inventory


class Command(BaseCommand):
    help = "Makes simulated sites and links fail for a time."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        inject = actions.add_parser("inject", help="make a site or link fail")
        inject.add_argument("subject", help="slug of a site, such as bs-003, or of a link, such as bs-003~oa-001")
        inject.add_argument("--kind", choices=list(KINDS), default="down")
        inject.add_argument("--for", dest="for_s", type=float, default=60.0, metavar="SECONDS")
        inject.add_argument("--amount", type=float, help="; ".join(_amounts()))
        actions.add_parser("list", help="show what fails now")
        clear = actions.add_parser("clear", help="end every fault of a site or link")
        clear.add_argument("subject")
        scenario = actions.add_parser("scenario", help="play a file of faults with a timetable")
        scenario.add_argument("file", type=Path, help=f"a file, or one of ours: {', '.join(shipped())}")
        stop = actions.add_parser("stop", help="stop a scenario and end its faults")
        stop.add_argument("name")
        drawn = actions.add_parser("random", help="draw a scenario, the same for the same seed and inventory")
        drawn.add_argument("--seed", type=int, required=True)
        drawn.add_argument("--write", type=Path, metavar="FILE", help="where to; otherwise it is printed")
        drawn.add_argument("--events", type=int, default=4)
        drawn.add_argument("--length", type=float, default=120.0, metavar="SECONDS")
        drawn.add_argument("--kinds", nargs="*", choices=list(KINDS), default=[])

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(options)

    def _inject(self, options: dict[str, Any]) -> None:
        subject = options["subject"].lower()
        body = {"link" if "~" in subject else "site": subject}
        body |= {name: options[name] for name in ("kind", "for_s", "amount")}
        self._print(_ask("POST", "/faults", body))

    def _list(self, options: dict[str, Any]) -> None:
        self._print(_ask("GET", "/faults"))
        for playing in _ask("GET", "/scenarios")["scenarios"]:
            self.stdout.write(f"{playing['name']}: {playing['played_s']:g} of {playing['length_s']:g} s played")

    def _clear(self, options: dict[str, Any]) -> None:
        answer = _ask("DELETE", f"/faults/{options['subject'].lower()}")
        self.stdout.write(f"{answer['cleared']} fault(s) of {options['subject']} cleared")

    def _scenario(self, options: dict[str, Any]) -> None:
        try:
            raw = load_scenario(shipped().get(str(options["file"]), options["file"]))
        except (OSError, ValueError) as reason:
            raise CommandError(str(reason)) from reason
        for playing in _ask("POST", "/scenarios", json.loads(json.dumps(raw, default=str)))["scenarios"]:
            self.stdout.write(f"{playing['name']} plays for {playing['length_s']:g} s")

    def _stop(self, options: dict[str, Any]) -> None:
        answer = _ask("DELETE", f"/scenarios/{quote(options['name'], safe='')}")
        self.stdout.write(f"{answer['stopped']} stopped")

    def _random(self, options: dict[str, Any]) -> None:
        drawn = random_scenario(
            _inventory(),
            options["seed"],
            events=options["events"],
            length_s=options["length"],
            kinds=tuple(options["kinds"]),
        )
        if options["write"] is None:
            self.stdout.write(as_toml(drawn))
            return
        options["write"].write_text(as_toml(drawn))
        self.stdout.write(f"{len(drawn.faults)} fault(s) within {drawn.length_s:g} s written to {options['write']}")

    def _print(self, answer: dict[str, Any]) -> None:
        for fault in answer["faults"]:
            subject = fault.get("site") or fault.get("link")
            self.stdout.write(f"{subject}  {fault['kind']}  {fault['amount']:g}  {fault['left_s']:g} s left")


def _amounts() -> list[str]:
    return [f"{name}: {kind.amount}" for name, kind in KINDS.items() if kind.amount != "unused"]


def _inventory() -> Inventory:
    file = settings.LOFT_RUN_DIR / "sites.json"
    try:
        return load_inventory(file)
    except (OSError, ValueError) as reason:
        raise CommandError(f"{reason}. Run: manage.py basestations") from reason


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    url = f"http://{settings.LOFT_EMULATOR_HOST}:{settings.LOFT_EMULATOR_PORT}{path}"
    headers = {"Authorization": f"Bearer {secret(settings.SECRETS_DIR, 'emulator')}"}
    try:
        answer = httpx.request(method, url, json=body, headers=headers, timeout=5)
    except httpx.HTTPError as reason:
        raise CommandError(f"The emulator does not answer at {url}: {reason}. Run: manage.py basestations") from reason
    fields: dict[str, Any] = answer.json()
    if answer.is_error:
        raise CommandError(str(fields["error"]))
    return fields
