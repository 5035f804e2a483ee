"""Rerun the published calibrations of the radio model."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from network.kernels.radio.raster import calibration


class Command(BaseCommand):
    help = "Calibrates the radio model: one JSON line of percentiles in dB, as 3GPP's companies published them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scenario", choices=("UMa", "UMi"), default="UMa")
        parser.add_argument("--fc-ghz", type=float, default=6.0, metavar="F", help="carrier frequency, 0.5 to 100 GHz")
        parser.add_argument("--seed", type=int, default=0, metavar="N")
        parser.add_argument("--isac", action="store_true", help="the sensing calibration: a drone at 200 m, monostatic")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seed"] < 0:
            raise CommandError(f"--seed: {options['seed']} given; expected 0 or more")
        try:
            figures = self._isac(**options) if options["isac"] else self._communication(**options)
        except ValueError as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(json.dumps(figures))

    def _isac(self, fc_ghz: float, seed: int, **_: Any) -> dict[str, dict[str, float]]:
        loss_db = calibration.isac_coupling_loss_db(fc_ghz, seed)
        return {"coupling_loss_db": calibration.percentiles(loss_db)}

    def _communication(self, scenario: str, fc_ghz: float, seed: int, **_: Any) -> dict[str, dict[str, float]]:
        plan = calibration.deployment(scenario, fc_ghz)
        outcome = calibration.calibrate(plan, seed, progress=self._say)
        return {
            "coupling_loss_db": calibration.percentiles(outcome.coupling_loss_db),
            "geometry_sinr_db": calibration.percentiles(outcome.geometry_sinr_db),
            "sir_db": calibration.percentiles(outcome.sir_db),
        }

    def _say(self, done: int, drops: int) -> None:
        self.stderr.write(f"drop {done} of {drops}")
