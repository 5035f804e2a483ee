"""Taking drones out: retiring them, which keeps what is known, and deleting them with their history.

A deleted drone's row goes at once. Its history goes a piece at a time afterwards (`delete_orphans`): the engine may
still be writing of it, and nobody else's write shall wait. Until it is gone its last position marks it.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from airspace import feeds
from airspace.actions.tracking.drone import CHUNK, registration, tell
from airspace.events import DronesRemoved
from airspace.models import Claim, Drone, LastPosition, Position
from console.access.narrowing import unnarrowed
from console.actions.audit.audit import Actor, record
from console.after_commit import after_commit
from console.errors import Refused
from console.live import hub

MOST_AT_ONCE = 10_000
MOST_NAMED = 1_000
PIECE = 2_000
PIECES_PER_RUN = 50


@transaction.atomic
def retire(actor: Actor, drone: Drone, now: datetime, *, is_retired: bool) -> None:
    """Hide a drone and have its reports refused, or take it back; what is known of it stays. As it is: nothing."""
    drone = Drone.objects.select_for_update().get(pk=drone.pk)
    if is_retired == (drone.retired_at is not None):
        return
    drone.retired_at, drone.changed_at = now if is_retired else None, now
    drone.save(update_fields=["retired_at", "changed_at"])
    verb = "retired drone" if is_retired else "took drone back"
    record(actor, verb, f"drone {drone.serial}", now, owner=drone.owner_pk)
    if is_retired:
        _tell([drone.pk], now)
    else:
        tell(drone, now)
        after_commit(feeds.tell_removed)


@transaction.atomic
def delete(actor: Actor, drone: Drone, now: datetime) -> None:
    """Delete a drone with its history. If it reports again, it is registered again as unverified."""
    was = {name: value for name, value in registration(drone).items() if name not in ("id", "serial")}
    record(actor, "deleted drone", f"drone {drone.serial}", now, owner=drone.owner_pk, **was)
    _delete([drone.pk], now)


@transaction.atomic
def delete_unverified(actor: Actor, drones: Sequence[Drone], now: datetime) -> int:
    """Delete unverified drones with their history; return how many.

    Raises:
        Refused: one of them is verified or of an organisation whose drones the actor may not delete, or there are too
            many.
    """
    if len(drones) > MOST_AT_ONCE:
        raise Refused(f"{len(drones)} drones are meant; expected at most {MOST_AT_ONCE} at once: narrow the filter")
    if verified := [drone.serial for drone in drones if drone.is_verified]:
        raise Refused(f"{verified[0]} is verified; only unverified drones are deleted by filter")
    if not all(actor.may_change(drone.owner_pk, "airspace.delete_drone") for drone in drones):
        raise Refused("some of these drones belong to organisations in which you may not delete them")
    for owner in sorted({drone.owner_pk for drone in drones}):
        serials = [drone.serial for drone in drones if drone.owner_pk == owner]
        about = f"{len(serials)} unverified drones"
        record(actor, "deleted drones", about, now, owner=owner, serials=serials[:MOST_NAMED])
    if drones:
        _delete([drone.pk for drone in drones], now)
    return len(drones)


def delete_orphans() -> int:
    """Delete history of drones that are no more, a bounded number of rows; return how many went."""
    known = Drone.objects.filter(pk=OuterRef("drone_id"))
    gone = LastPosition.objects.filter(~Exists(known)).order_by("pk").values_list("pk", flat=True)
    count = 0
    for _ in range(PIECES_PER_RUN):
        drone = gone.first()
        if drone is None:
            break
        count += _delete_piece(drone)
    return count


@transaction.atomic
def _delete_piece(drone: int) -> int:
    times = list(Position.objects.filter(drone_id=drone).order_by("at_ms").values_list("at_ms", flat=True)[:PIECE])
    if times:
        rows = Position.objects.filter(drone_id=drone, at_ms__lte=times[-1])
        return int(rows._raw_delete(rows.db))  # noqa: SLF001  nothing refers to these rows, and there are many
    last = LastPosition.objects.filter(pk=drone)
    return int(last._raw_delete(last.db))  # noqa: SLF001


def _delete(keys: Sequence[int], now: datetime) -> None:
    """Delete the rows of drones alone: what refers to them has no constraint, and follows."""
    with unnarrowed():  # they are of those who run the network
        Claim.objects.filter(drone__in=keys).delete()
    table = Drone._meta.db_table  # noqa: SLF001  Django's public name
    with connection.cursor() as cursor:
        for start in range(0, len(keys), CHUNK):
            some = list(keys[start : start + CHUNK])
            cursor.execute(f"DELETE FROM {table} WHERE id IN ({', '.join(['%s'] * len(some))})", some)  # noqa: S608
    _tell(keys, now)


def _tell(keys: Sequence[int], now: datetime) -> None:
    for start in range(0, len(keys), CHUNK):
        gone = list(keys[start : start + CHUNK])
        hub.publish(DronesRemoved(at=now, organisation=None, drones=gone))  # everybody's map showed their positions
    after_commit(feeds.tell_removed)
