"""The demo fleet: verified drones of the demo's drone operators, each reported by the key of its operator."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from airspace.actions.tracking.drone import owners_changed, register, unregistered
from airspace.kernels.flight import serial_of
from airspace.models import Drone
from console.access.actor import HOME_PK
from console.actions.demo import KEYS
from console.models import Organisation

FLEETS = [(key, slug) for key, (slug, scopes) in KEYS.items() if "reports:write" in scopes]
"""Key and organisation of each operator; the n-th drone is of the n-th of them, in turns."""


def key_of(number: int) -> str:
    """Return the name of the key that reports the n-th drone."""
    return FLEETS[number % len(FLEETS)][0]


@transaction.atomic
def build(now: datetime) -> None:
    """Register the demo fleet's drones as verified, unless they are there, and give each to its operator."""
    known = dict(Organisation.objects.values_list("slug", "pk"))
    numbers = range(settings.LOFT_DEMO_DRONES)
    owners = {serial_of(number): known[FLEETS[number % len(FLEETS)][1]] for number in numbers}
    for owner in set(owners.values()):  # of a demo that was built before drones had owners
        own = [serial for serial, other in owners.items() if other == owner]
        _give(own, owner, now)
    if missing := unregistered(owners):
        register(dict.fromkeys(sorted(missing), ""), now, is_verified=True, owners=owners)


def _give(serials: list[str], owner: int, now: datetime) -> None:
    names = dict(Organisation.objects.values_list("pk", "name_en"))
    ownerless = Drone.objects.filter(serial__in=serials, organisation=HOME_PK)
    if ownerless.update(organisation=owner, operator=names[owner], changed_at=now):
        owners_changed()
