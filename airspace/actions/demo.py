"""The demo fleet's registrations: verified drones of three fictional operators."""

from datetime import datetime

from django.conf import settings

from airspace.actions.drone import register, unregistered
from airspace.kernels.flight import serial_of

OPERATORS = ("Lanwan Express", "Harbour Inspection", "Skyline Medical")


def build(now: datetime) -> None:
    """Register the demo fleet's drones as verified, unless they are there."""
    operators = {serial_of(number): OPERATORS[number % len(OPERATORS)] for number in range(settings.LOFT_DEMO_DRONES)}
    missing = unregistered(operators)
    if missing:
        register({serial: operators[serial] for serial in sorted(missing)}, now, is_verified=True)
