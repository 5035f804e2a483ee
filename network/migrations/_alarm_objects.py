"""What alarms of earlier versions were about, told from their names and sentences. Shared by the apps' migrations."""

from collections import defaultdict

AT_ONCE = 1_000
UNKNOWN = "unknown"
IDENTITY = ("organisation_id", "object_kind", "object_key", "problem")


def chunks(rows):
    """Yield the rows of a queryset in pieces, in the order of their keys; the piece may be changed meanwhile."""
    last = 0
    while piece := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield piece
        last = piece[-1].pk


def identify(alarms, codes, objects, *, is_unique=False):
    """Write object and problem of the alarms whose sentence is one of `codes`; what cannot be told stays by its name.

    `objects(piece)` returns a function that tells kind, key and Chinese name of an alarm, or None. `is_unique`: two
    open alarms cannot be of one object and problem any more; the later stays by its name, until its source looks.
    """
    taken = set()
    for piece in chunks(alarms.filter(specific_problem__in=codes)):
        tell = objects(piece)
        for one in piece:
            one.problem = codes[one.specific_problem]
            found = tell(one)
            if found and is_unique and one.ended_at is None:
                identity = (one.organisation_id, *found[:2], one.problem)
                found = None if identity in taken else found
                taken.add(identity)
            one.object_kind, one.object_key, one.subject_zh = found or (UNKNOWN, one.subject, "")
        alarms.bulk_update(piece, ["problem", "object_kind", "object_key", "subject_zh", "detail"])


def end_twins(alarms, entries, fields=IDENTITY):
    """Of several open alarms of one object and problem, left by a renaming, only the newest stays open."""
    groups = defaultdict(list)
    for pk, *identity in alarms.filter(ended_at=None).order_by("started_at", "pk").values_list("pk", *fields):
        groups[tuple(identity)].append(pk)
    for *older, newest in groups.values():
        if not older:
            continue
        at = alarms.values_list("started_at", flat=True).get(pk=newest)
        alarms.filter(pk__in=older).update(ended_at=at, clears_at=None, is_flapping=False, changed_at=at)
        text = f"Alarm {newest} is of the same object and problem"
        entries.bulk_create(
            entries.model(alarm_id=pk, at=at, kind="cleared", actor="system", text=text) for pk in older
        )


def identify_holds(holds, codes, tell):
    """Write object and problem of holds; one that cannot be told, or that another has, goes on by its name."""
    taken = set(holds.filter(ended_at=None).values_list("organisation_id", "object_kind", "object_key", "problem"))
    for piece in chunks(holds):
        for one in piece:
            problem = codes.get(one.specific_problem, one.problem)
            found = tell(one) or (one.object_kind, one.object_key)
            if one.ended_at is None and (one.organisation_id, *found, problem) in taken:
                found = (one.object_kind, one.object_key)
            if one.ended_at is None:
                taken.add((one.organisation_id, *found, problem))
            (one.object_kind, one.object_key), one.problem = found, problem
        holds.bulk_update(piece, ["problem", "object_kind", "object_key"])
