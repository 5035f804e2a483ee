import argparse
import json
import random
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.chaos import plan, scratch
from console.chaos.faults import Ground
from console.chaos.installation import EndedError, Installation
from console.chaos.plan import Fault, Kind
from console.chaos.proxy import Proxy
from console.chaos.run import Ledger, Run, table


class Command(BaseCommand):
    """Kill, stop, fill and cut at random under a load, and look for all that was accepted."""

    help = "Faults at random under load, on an installation of its own; exit code 1 when anything accepted was lost."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=60.0, help="how long faults go on")
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same faults")
        parser.add_argument("--rate", type=float, default=2_000.0, help="positions a second")
        parser.add_argument("--readings", type=float, default=40.0, help="readings a second")
        parser.add_argument("--every", type=float, default=2.5, help="seconds from a fault to the next, on the average")
        parser.add_argument("--faults", default="", help=f"which, by commas; else all of {', '.join(Kind)}")
        parser.add_argument("--postgresql", type=Path, help="data folder of the server of DATABASE_URL: restart it too")
        scratch.add_home(parser)
        parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
        parser.add_argument("--rounds", type=int, default=0, help="instead: kill every process so many times in turn")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # for the command itself
        parser.add_argument("--own-disk", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make an installation and start this very command in it, or, in it, carry out the run."""
        kinds = _kinds(options["faults"])
        if options["inside"]:
            self._run(kinds, options)
            return
        home = scratch.named_twice(options["home"], options["yes_really"])
        own_disk = home is None and Kind.FILL_DISK in kinds and scratch.can_mount()
        words = ["chaos", "--inside", *(["--own-disk"] if own_disk else []), *_words(options)]
        disk_mb = scratch.disk_mb(options["seconds"], options["rate"]) if own_disk else 0
        done = scratch.run_inside(words, home, disk_mb=disk_mb)
        if done.returncode:
            raise SystemExit(done.returncode)

    def _run(self, kinds: list[Kind], options: dict[str, Any]) -> None:
        if not (Path(settings.LOFT_HOME) / scratch.MARK).exists():
            raise CommandError("--inside is for the command itself: it was not started in a scratch home")
        try:
            ledger = self._ledger(kinds, options)
        except EndedError as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(table(ledger))
        if options["json"]:
            self.stdout.write(json.dumps(ledger.as_plain(), ensure_ascii=False))
        if not ledger.is_good:
            raise SystemExit(1)

    def _ledger(self, kinds: list[Kind], options: dict[str, Any]) -> Ledger:
        with ExitStack() as held:
            proxy, given = None, {}
            if url := settings.LOFT_GIVEN.get("DATABASE_URL", ""):
                parts = urlsplit(url)
                proxy = held.enter_context(Proxy(parts.hostname or "127.0.0.1", parts.port or 5432))
                given["DATABASE_URL"] = parts._replace(netloc=_through(parts.netloc, proxy.port)).geturl()
            self._say("starting an installation")
            installation = held.enter_context(Installation(given))
            ground = Ground(installation, proxy, options["postgresql"], own_disk=options["own_disk"])
            faults = _faults(ground, kinds, options)
            rates = {"positions": options["rate"], "readings": options["readings"]}
            return Run(ground, rates, self._say).through(faults, one_by_one=bool(options["rounds"]))

    def _say(self, text: str) -> None:
        """Tell how it goes, beside the result."""
        self.stderr.write(text)
        self.stderr.flush()


def _faults(ground: Ground, kinds: list[Kind], options: dict[str, Any]) -> list[Fault]:
    names = ground.installation.names()
    if options["rounds"]:
        shuffle = random.Random(options["seed"]).shuffle  # noqa: S311  a run that can be had again, no secret
        return plan.rounds(names, options["rounds"], plan.PAUSE_S, shuffle)
    possible = [kind for kind in ground.kinds() if kind in kinds]
    if not possible:
        raise CommandError("none of these faults can be had here")
    return plan.draw(options["seed"], options["seconds"], possible, names, options["every"])


def _kinds(text: str) -> list[Kind]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in list(Kind)]:
        raise CommandError(f"--faults: {', '.join(unknown)} given; expected some of {', '.join(Kind)}")
    return [Kind(name) for name in names] or list(Kind)


def _words(options: dict[str, Any]) -> list[str]:
    names = ["seconds", "seed", "rate", "readings", "every", "faults", "rounds"]
    words = [f"--{name}={options[name]}" for name in names]
    words += [f"--postgresql={options['postgresql']}"] if options["postgresql"] else []
    return [*words, "--json"] if options["json"] else words


def _through(netloc: str, port: int) -> str:
    """Return the network location with the proxy's address in place of the server's."""
    person, at, _ = netloc.rpartition("@")
    return f"{person}{at}127.0.0.1:{port}"
