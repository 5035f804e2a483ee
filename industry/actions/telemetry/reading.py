"""Taking readings of machines, and setting the factory's models to work on them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from console.access.narrowing import unnarrowed
from console.actions.audit.audit import Actor, record
from console.door import intake
from console.quota.counters import give_back, take
from console.quota.kinds import ROWS
from console.quota.leases import fresh_buckets
from industry.actions.jobs.job import Request, count_jobs, submit
from industry.actions.jobs.placement import place
from industry.actions.plants.machine import tell_machines
from industry.models import Factory, Job, Machine, Reading, UnknownMachines

MOST_MACHINES = 1_000


@dataclass(frozen=True)
class Item:
    """A good reading of a batch: its place in it, its machine's name, when it was measured, and the values."""

    index: int
    machine: str
    at: datetime
    values: dict[str, Any]


@dataclass
class Acceptance:
    """What became of a batch: rows stored, rows known already, items refused, jobs made."""

    accepted: int = 0
    repeated: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


def accept(actor: Actor, factory: Factory, items: list[Item], now: datetime) -> Acceptance:
    """Store the readings of a batch, and queue one job per enabled workload for those that are new.

    A reading whose machine and time are known has no effect, so that a batch may be sent again. The readings themselves
    get no audit row (their batch and time of receipt say it); machines registered on the way do.

    Args:
        actor: who sends them.
        factory: whose machines they are of.
        items: checked readings, each with its place in the batch.
        now: the time of receipt.

    Returns:
        Counts, the items refused because their machine is unknown and may not be registered, and the jobs.

    Raises:
        OverQuota: the factory's organisation has no room for so many rows, or for the jobs.
        Unavailable: this installation has no room for more.
    """
    intake.admit(intake.Work.STREAM)
    buckets, stored = fresh_buckets([ROWS], factory.owner_pk), 0
    take(buckets, len(items))
    try:
        outcome = _accept(actor, factory, items, now)
        stored = outcome.accepted
    finally:
        give_back(buckets, len(items) - stored)
    return outcome


@transaction.atomic
def _accept(actor: Actor, factory: Factory, items: list[Item], now: datetime) -> Acceptance:
    machines, refused = _machines(actor, factory, items, now)
    batch = uuid4()
    unique = {(machines[item.machine], item.at): item for item in reversed(items) if item.machine in machines}
    stored = _store(batch, unique, now)
    known = sum(item.machine in machines for item in items)
    outcome = Acceptance(stored, known - stored, refused)
    if stored:
        outcome.jobs = _submit(actor, factory, batch, stored, now)
        tell_machines(factory, {machine for machine, _ in unique}, now)
    return outcome


def _store(batch: UUID, unique: dict[tuple[int, datetime], Item], now: datetime) -> int:
    rows = [
        Reading(machine_id=machine, at=at, received_at=now, batch=batch, values=item.values)
        for (machine, at), item in unique.items()
    ]
    Reading.objects.bulk_create(rows, ignore_conflicts=True)
    return Reading.objects.filter(batch=batch).count()


@unnarrowed()  # a factory may be given a model to run that its people do not see
def _submit(actor: Actor, factory: Factory, batch: UUID, rows: int, now: datetime) -> list[Job]:
    workloads = list(factory.workloads.filter(enabled=True).select_related("model"))
    placement = place(factory) if workloads else None
    if placement is None:
        return []
    newest = ((workload, workload.model.newest()) for workload in workloads)
    requests = [Request(version, rows, factory, workload, batch) for workload, version in newest if version]
    count_jobs(factory.owner_pk, len(requests))
    return [submit(actor, request, placement, now) for request in requests]


def _machines(
    actor: Actor, factory: Factory, items: list[Item], now: datetime
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Return the keys of the machines named, registering new ones where that is allowed, and the items refused."""
    names = {item.machine for item in items}
    known = _keys(factory, names)
    new = sorted(names - known.keys())
    expected = "a machine registered for this factory"
    if new and factory.unknown_machines == UnknownMachines.REGISTER:
        free = max(0, MOST_MACHINES - factory.machines.count())
        _register(actor, factory, new[:free], now)
        known = _keys(factory, names)
        expected = f"at most {MOST_MACHINES} machines per factory"
    refused = [
        {"index": item.index, "field": "machine", "value": item.machine, "expected": expected}
        for item in items
        if item.machine not in known
    ]
    return known, refused


def _keys(factory: Factory, names: Iterable[str]) -> dict[str, int]:
    return dict(factory.machines.filter(name__in=names).values_list("name", "pk"))


def _register(actor: Actor, factory: Factory, names: list[str], now: datetime) -> None:
    if not names:
        return
    machines = [Machine(factory=factory, name=name, registered_at=now) for name in names]
    Machine.objects.bulk_create(machines, ignore_conflicts=True)
    record(actor, "registered machines", f"factory {factory.slug}", now, owner=factory.organisation_id, machines=names)
