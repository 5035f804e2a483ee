"""Quotas: what each organisation may have and has used, and changing it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction

from console.access.actor import HOME_PK
from console.actions.audit.audit import Actor, record
from console.after_commit import after_commit
from console.errors import Refused, Unavailable
from console.models import Organisation, Quota
from console.quota import sockets
from console.quota.counters import Bucket, Reading, readings
from console.quota.kinds import JOBS_OPEN, KINDS, ROWS, SOCKETS, STORAGE
from console.quota.limits import QUOTAS_CHANNEL, book
from console.redis_clients import GONE, client

BYTES_PER_ROW = 200
"""What a stored position or reading takes with its indexes, roughly."""
Count = Callable[[list[int]], Mapping[int, int]]
_files: list[Count] = []
_open_jobs: list[Count] = []
COUNTED = [kind for kind in KINDS.values() if kind.is_counted_in_redis]


def count_files(count: Count) -> Count:
    """Register what tells how many bytes of files each of some organisations has."""
    _files.append(count)
    return count


def count_open_jobs(count: Count) -> Count:
    """Register what tells how many jobs of each of some organisations are open."""
    _open_jobs.append(count)
    return count


def report(organisations: list[Organisation], now: datetime) -> list[dict[str, Any]]:
    """Return limit, use and refusals of every kind, by organisation. They are read where they are enforced.

    Raises:
        Unavailable: Redis is away, so that nobody knows.
    """
    book.read()
    keys = [organisation.pk for organisation in organisations]
    try:
        counted = _counted(keys, now)
        open_sockets = dict(zip(keys, sockets.counts(keys), strict=True))
    except GONE as reason:
        raise Unavailable(f"Redis does not answer: {reason}") from reason
    files, jobs = _sum(_files, keys), _sum(_open_jobs, keys)
    rows = []
    for organisation in organisations:
        stands = {
            SOCKETS.name: Reading(used=open_sockets[organisation.pk][0], refused=open_sockets[organisation.pk][1]),
            JOBS_OPEN.name: Reading(used=jobs.get(organisation.pk, 0)),
            STORAGE.name: Reading(used=files.get(organisation.pk, 0) + _row_bytes(counted[organisation.pk][ROWS.name])),
        }
        rows.append(
            {"organisation": organisation, "quotas": _quotas(organisation.pk, counted[organisation.pk] | stands)}
        )
    return rows


def stored_bytes(organisation: int, now: datetime) -> int:
    """Return the bytes of an organisation's files, and roughly of its rows of today and the day before."""
    reading = Reading()
    with suppress(*GONE):
        (reading,) = readings([_bucket(organisation, ROWS.name)], now.timestamp())
    return _sum(_files, [organisation]).get(organisation, 0) + _row_bytes(reading)


@transaction.atomic
def change_quota(actor: Actor, organisation: Organisation, limits: Mapping[str, int | None], now: datetime) -> None:
    """Set limits of an organisation; None gives it the setting's again. It holds in every process within a second.

    Raises:
        Refused: the actor does not run the network.
    """
    if not actor.may_run("console.change_quota"):
        raise Refused("only those who run the network may change quotas")
    if organisation.pk == HOME_PK and limits.get("requests_per_s") == 0:
        raise Refused("requests_per_s: 0 given for the organisation that runs the installation; expected at least 1")
    quota, _ = Quota.objects.select_for_update().get_or_create(organisation=organisation, defaults={"changed_at": now})
    before = {name: quota.limits.get(name) for name in limits}
    changed = {name: limit for name, limit in limits.items() if before[name] != limit}
    if not changed:
        return
    quota.limits = {name: limit for name, limit in (quota.limits | changed).items() if limit is not None}
    quota.changed_at = now
    quota.save()
    record(
        actor, "changed quota", f"organisation {organisation.slug}", now,
        before={name: before[name] for name in changed}, after=changed,
    )  # fmt: skip
    after_commit(_tell)


def _tell() -> None:
    book.forget()
    with suppress(*GONE):  # without Redis every process reads them anew within half a minute
        client().publish(QUOTAS_CHANNEL, b"")


def _bucket(organisation: int, name: str) -> Bucket:
    return Bucket(KINDS[name], "organisation", organisation, book.of(organisation, KINDS[name]))


def _counted(keys: list[int], now: datetime) -> dict[int, dict[str, Reading]]:
    buckets = [_bucket(key, kind.name) for key in keys for kind in COUNTED]
    counted: dict[int, dict[str, Reading]] = {key: {} for key in keys}
    for bucket, reading in zip(buckets, readings(buckets, now.timestamp()), strict=True):
        counted[bucket.number][bucket.kind.name] = reading
    return counted


def _row_bytes(rows: Reading) -> int:
    return int(rows.used + rows.before) * BYTES_PER_ROW


def _sum(counts: list[Count], keys: list[int]) -> dict[int, int]:
    total = dict.fromkeys(keys, 0)
    for count in counts:
        for key, value in count(keys).items():
            total[key] += value
    return total


def _quotas(organisation: int, readings_by_key: Mapping[str, Reading]) -> list[dict[str, Any]]:
    return [
        {
            "quota": kind.name,
            "limit": book.of(organisation, kind),
            "is_own": book.is_own(organisation, kind),
            "per_key": book.of_key(organisation, kind) if kind.rate_for_s else None,
            "used": round(readings_by_key[kind.name].used / (kind.rate_for_s or 1.0)),
            "taken": round(readings_by_key[kind.name].taken) if kind.is_counted_in_redis else None,
            "refused": readings_by_key[kind.name].refused,
        }
        for kind in KINDS.values()
    ]
