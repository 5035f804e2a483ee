"""Whose drone it is: handed on by those who run the network, given back by its owner, and disputes decided.

With a new owner begins a new story: unverified, under its name, and without what was reported before.
"""

from datetime import datetime

from django.db import transaction

from airspace.actions.service import FLIGHT
from airspace.actions.tracking.drone import CHANGE, MAX_OPERATOR, owners_changed, tell
from airspace.events import DroneLeft
from airspace.models import Drone
from console.access.actor import HOME_PK
from console.access.narrowing import unnarrowed
from console.actions.audit.audit import Actor, record
from console.errors import Refused
from console.live import hub
from console.models import Organisation
from network.actions.service_levels import agreements


@transaction.atomic
def transfer(actor: Actor, drone: Drone, slug: str, now: datetime) -> Drone:
    """Hand a drone on to another organisation; from now on only its keys report it.

    Raises:
        Refused: the actor does not run the network, or the organisation has it already, or there is none of that slug.
    """
    if not actor.may_run(CHANGE):
        raise Refused("only those who run the network may hand a drone on; its owner may release it")
    to = Organisation.objects.filter(slug=slug, is_active=True).first()
    if to is None:
        raise Refused(f"organisation: {slug} given; expected the slug of one that is active")
    return _move(actor, drone, to, "transferred drone", now)


@unnarrowed()  # it ends as theirs, and so do the claims
@transaction.atomic
def release(actor: Actor, drone: Drone, now: datetime) -> Drone:
    """Give a drone back to those who run the network, who may hand it on. Whoever reports it next does not get it.

    Raises:
        Refused: it is theirs already.
    """
    return _move(actor, drone, Organisation.objects.get(pk=HOME_PK), "released drone", now)


@transaction.atomic
def decide(actor: Actor, drone: Drone, now: datetime, *, is_verified: bool) -> Drone:
    """End the dispute about a drone: its verification counts again, or is gone. Who claimed it disputes it no more.

    Raises:
        Refused: the actor does not run the network, or nothing is disputed.
    """
    drone = Drone.objects.select_for_update().get(pk=drone.pk)
    if not actor.may_run(CHANGE):
        raise Refused("only those who run the network may decide a dispute")
    if drone.disputed_at is None:
        raise Refused(f"the serial {drone.serial} is not disputed")
    drone.claims.filter(decided_at=None).update(decided_at=now)
    drone.is_verified, drone.disputed_at, drone.changed_at = is_verified, None, now
    drone.save(update_fields=["is_verified", "disputed_at", "changed_at"])
    record(actor, "decided dispute", f"drone {drone.serial}", now, is_verified=is_verified)
    tell(drone, now)
    return drone


def _move(actor: Actor, drone: Drone, to: Organisation, verb: str, now: datetime) -> Drone:
    drone = Drone.objects.select_for_update().select_related("organisation").get(pk=drone.pk)
    before = drone.organisation
    if before.pk == to.pk:
        raise Refused(f"organisation: the drone {drone.serial} is of {to.slug} already")
    drone.organisation, drone.operator, drone.name = to, to.name_en[:MAX_OPERATOR], ""
    drone.is_verified, drone.disputed_at, drone.owned_since, drone.changed_at = False, None, now, now
    drone.save()
    drone.claims.all().delete()
    values = {"before": before.slug, "after": to.slug}
    record(actor, verb, f"drone {drone.serial}", now, owner=before.pk, **values)
    hub.publish(DroneLeft(at=now, organisation=before.pk, drone=drone.pk))
    tell(drone, now)
    owners_changed()
    agreements.hand_over(FLIGHT, drone.serial, to.pk, now)  # what was promised to the flight goes along
    return drone
