"""Registering drones and changing what is known of them.

Whoever reports a serial first, or registers it, claims it for its organisation. The text `operator` is only for people
to read: the name of the organisation; those who run the network may fly for somebody without one and say so.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from airspace import feeds, newcomers
from airspace.events import DroneChanged, DronesRegistered
from airspace.models import Drone
from console.access.actor import HOME_PK
from console.access.narrowing import unnarrowed
from console.actions.audit.audit import SYSTEM, Actor, record
from console.after_commit import after_commit
from console.errors import Refused, Unavailable
from console.live import hub
from console.models import Organisation

MAX_TOLD = 100
CHUNK = 500
MAX_OWNED = 20_000
COMMITTED_WITHIN = timedelta(seconds=30)
_OWNER = ("serial", "pk", "organisation_id")
MAX_OPERATOR = 80
ADD, CHANGE = "airspace.add_drone", "airspace.change_drone"
CHECKED = {"operator", "is_verified"}
"""What only those who run the network may say of a drone."""


def registration(drone: Drone) -> dict[str, Any]:
    """Return a drone's registration as browsers and the audit trail receive it."""
    return {
        "id": drone.pk,
        "serial": drone.serial,
        "name": drone.name,
        "operator": drone.operator,
        "organisation": drone.organisation.slug,
        "is_verified": drone.is_verified,
        "is_retired": drone.retired_at is not None,
        "is_disputed": drone.disputed_at is not None,
        "registered_at": drone.registered_at.isoformat(),
    }


@transaction.atomic
def register(
    operators: Mapping[str, str], now: datetime, *, is_verified: bool = False, owners: Mapping[str, int] | None = None
) -> list[Drone]:
    """Return the drones with these serials, registering those that are new.

    Args:
        operators: operator's name, or an empty text, by serial.
        now: when.
        is_verified: whether the new ones count as checked.
        owners: the organisation that claims a new serial, by serial; those who run the network unless given.
    """
    owned = owners or {}
    known = set(_with_serials(list(operators)).values_list("serial", flat=True)) if operators else set()
    new = {serial: owned.get(serial, HOME_PK) for serial in operators if serial not in known}
    names = _names(set(new.values()))
    Drone.objects.bulk_create(
        [
            Drone(
                serial=serial, operator=names.get(owner, operators[serial]), is_verified=is_verified,
                registered_at=now, changed_at=now, organisation_id=owner,
            )
            for serial, owner in new.items()
        ],
        batch_size=CHUNK,
        ignore_conflicts=True,  # another engine may have been quicker
    )  # fmt: skip
    drones = [drone for chunk in _chunks(list(operators)) for drone in _with_serials(chunk)]
    _tell_of_new([drone for drone in drones if drone.serial not in known], now)
    return drones


@unnarrowed()  # a serial is taken whoever has it
@transaction.atomic
def register_by_hand(actor: Actor, serial: str, name: str, now: datetime) -> Drone:
    """Register a drone for the actor's organisation before it reports.

    Raises:
        Refused: the serial is claimed already, or the actor has registered as many as it may within the hour.
    """
    if Drone.objects.filter(serial=serial).exists():
        raise Refused(f"serial: {serial} is registered already")
    _count_new(actor)
    (drone,) = register({serial: ""}, now, owners={serial: actor.organisation})
    if drone.owner_pk != actor.organisation:  # somebody was quicker
        raise Refused(f"serial: {serial} is registered already")
    return change(actor, drone, now, name=name)


def _count_new(actor: Actor) -> None:
    """Count a drone registered by hand as one that is reported; else whoever may not report more claims them so."""
    if actor.may_run(ADD):
        return
    who = actor.key.pk if actor.key else f"person:{actor.person.pk if actor.person else 0}"
    try:
        room = newcomers.claim_new(who, actor.organisation, 1)
    except Unavailable:
        return  # the quota of requests holds in each process while Redis is away
    if not room:
        words = "{} new ones of a key or person, or {} of a customer, were registered within an hour"
        most = settings.LOFT_NEW_DRONES_PER_KEY_PER_H, settings.LOFT_NEW_DRONES_PER_CUSTOMER_PER_H
        raise Refused(f"serial: {words.format(*most)}, which is as many as may be")


@transaction.atomic
def change(actor: Actor, drone: Drone, now: datetime, **changes: Any) -> Drone:
    """Change a drone's name, operator or verification; return it as it is now. No change leaves no trace.

    Raises:
        Refused: it is for those who run the network to say, or a dispute has to be decided first.
    """
    drone = Drone.objects.select_for_update().get(pk=drone.pk)
    real = {name: value for name, value in changes.items() if getattr(drone, name) != value}
    if wrong := sorted(CHECKED & set(real)) if not actor.may_run(CHANGE) else []:
        raise Refused(f"{', '.join(wrong)}: only those who run the network may change this")
    if real.get("is_verified") and drone.disputed_at is not None:
        raise Refused("is_verified: the serial is disputed; decide the dispute first")
    if real:
        for name, value in real.items():
            setattr(drone, name, value)
        drone.changed_at = now
        drone.save(update_fields=[*real, "changed_at"])
        record(actor, "changed drone", f"drone {drone.serial}", now, owner=drone.owner_pk, **real)
        tell(drone, now)
    return drone


def retired(serials: Collection[str]) -> set[str]:
    """Return those of the serials whose drones are retired."""
    chunks = _chunks(sorted(set(serials)))
    rows = (Drone.objects.filter(serial__in=chunk).exclude(retired_at=None) for chunk in chunks)
    return {serial for some in rows for serial in some.values_list("serial", flat=True)}


def tell(drone: Drone, now: datetime) -> None:
    """Tell who may see a drone what is known of it now."""
    hub.publish(DroneChanged(at=now, organisation=drone.owner_pk, drone=registration(drone)))


def owners_of(serials: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return drone and organisation of those of the serials that are registered and in service."""
    chunks = _chunks(sorted(set(serials)))
    in_service = Drone.objects.in_service()
    rows = (row for chunk in chunks for row in in_service.filter(serial__in=chunk).values_list(*_OWNER))
    return {serial: (drone, owner) for serial, drone, owner in rows}


def owned_by(organisation: int, since: datetime | None) -> dict[str, tuple[int, int]]:
    """Return an organisation's drones as `owners_of` does: those that changed since a time, the newest first."""
    rows = Drone.objects.in_service().filter(organisation=organisation).order_by("-changed_at")
    changed = rows.filter(changed_at__gte=since - COMMITTED_WITHIN) if since else rows
    return {serial: (drone, owner) for serial, drone, owner in changed.values_list(*_OWNER)[:MAX_OWNED]}


def unregistered(serials: Collection[str]) -> set[str]:
    """Return those of the serials that no drone has."""
    return set(serials) - owners_of(serials).keys() - retired(serials)


def owners_changed() -> None:
    """Let every process ask anew whose serials are, once the transaction has committed."""
    after_commit(feeds.tell_owners_changed)


def _with_serials(serials: list[str]) -> QuerySet[Drone]:
    return Drone.objects.filter(serial__in=serials).select_related("organisation")


def _chunks(serials: list[str]) -> Iterator[list[str]]:
    return (serials[start : start + CHUNK] for start in range(0, len(serials), CHUNK))


def _names(owners: Collection[int]) -> dict[int, str]:
    """Return the names that drones of these organisations carry; those who run the network say it themselves."""
    others = Organisation.objects.filter(pk__in=set(owners) - {HOME_PK})
    return {pk: name[:MAX_OPERATOR] for pk, name in others.values_list("pk", "name_en")}


def _tell_of_new(drones: list[Drone], now: datetime) -> None:
    for owner, group in groupby(sorted(drones, key=lambda drone: drone.owner_pk), lambda d: d.owner_pk):
        own = list(group)
        subject = f"drone {own[0].serial}" if len(own) == 1 else f"{len(own)} drones"
        actor = Actor(SYSTEM.name, organisation=owner)
        record(actor, "registered drone", subject, now, serials=[drone.serial for drone in own])
        registrations = [registration(drone) for drone in own[:MAX_TOLD]]
        hub.publish(DronesRegistered(at=now, organisation=owner, count=len(own), drones=registrations))
