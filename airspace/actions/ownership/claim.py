"""Reports of others' drones: counted by drone and key, told as alarms, and a reason to doubt a verification.

A stranger must not be able to take every drone of a competitor its verification, nor make it flap. So a verification is
withdrawn only when a claim insists (20 reports over a minute), of at most three drones per claiming organisation and
day, and stays withdrawn, *disputed*, until those who run the network decide; what they decided, the same claimant does
not open again. Who claims more than that only raises the alarm that names its key, to those who run the network alone.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from airspace import feeds
from airspace.actions.tracking.drone import tell
from airspace.models import Claim, Drone
from console.actions.audit.audit import SYSTEM, Actor, record
from console.models import ApiKey

INSISTS_AFTER, INSISTS_FOR = 20, timedelta(minutes=1)
MOST_DISPUTES, DISPUTES_PER = 3, timedelta(days=1)
MOST_CLAIMS = 100
"""So many drones are told apart per key at a time; of more, only the sum by key is kept."""
FRESH_FOR = timedelta(minutes=10)
"""A claim is of the present for so long after its last report."""
CHUNK = 500


def take_in(now: datetime) -> None:
    """Put what was refused since the last call into the database, and dispute what is insisted on."""
    refused = feeds.take_refused()
    if not refused:
        return
    with transaction.atomic():
        claims = _count(refused, now)
        for claim in claims:
            _dispute(claim, now)
    feeds.note_taken(refused)


def fresh(now: datetime) -> list[Claim]:
    """Return the claims of the present with drone, key and whose that is, those with most reports first."""
    rows = Claim.objects.filter(last_at__gte=now - FRESH_FOR).order_by("-refused", "pk")
    return list(rows.select_related("drone", "key__organisation"))


def _count(refused: Mapping[tuple[int, int], int], now: datetime) -> list[Claim]:
    """Add to the claims there are, make those that are new as far as there is room; return all of them."""
    real = _real(refused)
    keys = {key for _, key in real}
    room = _room(keys, now)
    known = {(row.drone_id, row.key_id): row for row in Claim.objects.filter(key__in=keys)}
    counted, made = [], []
    for (drone, key), count in sorted(real.items(), key=lambda pair: -pair[1]):
        claim = known.get((drone, key))
        if claim is not None:
            _continue(claim, count, now)
            counted.append(claim)
        elif room[key] > 0:
            room[key] -= 1
            made.append(Claim(drone_id=drone, key_id=key, refused=count, first_at=now, last_at=now))
    Claim.objects.bulk_update(counted, ["refused", "first_at", "last_at"], batch_size=CHUNK)
    Claim.objects.bulk_create(made, batch_size=CHUNK)
    return [*counted, *made]


def _room(keys: set[int], now: datetime) -> dict[int, int]:
    """Return how many more drones may be told apart for each key; of one without room, claims that rest go.

    Those that a person has to decide, or has decided, stay and take no room. Whoever claimed a hundred drones some time
    ago would otherwise claim the next one unnoticed.
    """
    open_ = Claim.objects.filter(key__in=keys, disputed_at=None, decided_at=None).order_by()
    each = open_.values_list("key").annotate(count=Count("pk"))
    full = [key for key, count in each if count >= MOST_CLAIMS]
    if full:
        open_.filter(key__in=full, last_at__lt=now - FRESH_FOR).delete()
    taken = dict(each.all())
    return {key: MOST_CLAIMS - taken.get(key, 0) for key in keys}


def _continue(claim: Claim, count: int, now: datetime) -> None:
    """Add to a claim; one that rested begins anew, so that seldom mistakes never add up to insisting."""
    if now - claim.last_at > FRESH_FOR:
        claim.refused, claim.first_at = 0, now
    claim.refused, claim.last_at = claim.refused + count, now


def _real(refused: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Return what was refused of drones and keys that there still are, and that are still of different owners."""
    owners = dict(_rows(Drone, {drone for drone, _ in refused}))
    claimants = dict(_rows(ApiKey, {key for _, key in refused}))
    return {
        (drone, key): count
        for (drone, key), count in refused.items()
        if drone in owners and key in claimants and owners[drone] != claimants[key]
    }


def _rows(model: type[Drone] | type[ApiKey], wanted: set[int]) -> Iterable[tuple[int, int]]:
    keys = sorted(wanted)
    for start in range(0, len(keys), CHUNK):
        yield from model.objects.filter(pk__in=keys[start : start + CHUNK]).values_list("pk", "organisation_id")


def _dispute(claim: Claim, now: datetime) -> None:
    """Withdraw a drone's verification when a claim insists and its organisation has not disputed too much."""
    if claim.refused < INSISTS_AFTER or now - claim.first_at < INSISTS_FOR or claim.disputed_at:
        return
    drone = Drone.objects.select_for_update().select_related("organisation").get(pk=claim.drone_id)
    claimant = claim.key.owner_pk
    if not drone.is_verified or _was_decided(claim, claimant) or _disputed_lately(claimant, now) >= MOST_DISPUTES:
        return
    drone.is_verified, drone.disputed_at, drone.changed_at, claim.disputed_at = False, now, now, now
    drone.save(update_fields=["is_verified", "disputed_at", "changed_at"])
    claim.save(update_fields=["disputed_at"])
    subject, slug = f"drone {drone.serial}", claim.key.organisation.slug
    record(Actor(SYSTEM.name, organisation=drone.owner_pk), "withdrew verification", subject, now)
    record(SYSTEM, "took up claim", subject, now, key=str(claim.key), organisation=slug, refused=claim.refused)
    tell(drone, now)


def _was_decided(claim: Claim, claimant: int) -> bool:
    others = Claim.objects.filter(drone_id=claim.drone_id, key__organisation=claimant)
    return others.exclude(decided_at=None).exists()


def _disputed_lately(claimant: int, now: datetime) -> int:
    recent = Q(disputed_at__gte=now - DISPUTES_PER) | Q(disputed_at__isnull=False, decided_at=None)
    return Claim.objects.filter(recent, key__organisation=claimant).count()
