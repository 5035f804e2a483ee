"""The present state of machines, and telling browsers of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from console.actions.audit.audit import Actor, record
from console.live import hub
from industry.events import MachineRemoved, MachinesChanged
from industry.kernels.catalogue.risk import UNKNOWN, level
from industry.models import Factory, Machine, Reading, Score, plain_machine

MOST_PER_EVENT = 100


@dataclass
class Overview:
    """A factory in figures: its machines, its newest reading, and how many machines are at which level of risk."""

    machines: int = 0
    newest_reading_at: datetime | None = None
    levels: Counter[str] = field(default_factory=Counter)


def overviews(factories: Iterable[Factory]) -> dict[int, Overview]:
    """Return the overview of each factory by its key. Three queries, however many factories."""
    overviews = {factory.pk: Overview() for factory in factories}
    home = dict(Machine.objects.filter(factory__in=overviews).values_list("pk", "factory_id"))
    scores = {
        score.reading.machine_id: score
        for score in Score.objects.newest_of(list(home)).select_related("reading", "version")
    }
    for machine, factory in home.items():
        overviews[factory].machines += 1
        score = scores.get(machine)
        overviews[factory].levels[level(score.risk, score.version.threshold) if score else UNKNOWN] += 1
    for reading in Reading.objects.newest_of(list(home)):
        overview = overviews[home[reading.machine_id]]
        overview.newest_reading_at = max(reading.at, overview.newest_reading_at or reading.at)
    return overviews


def machines_of(factory: Factory, keys: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Return the machines of a factory (or those with these keys) in plain form. Three queries, however many."""
    wanted = factory.machines.order_by("name")
    machines: list[Machine] = list(wanted if keys is None else wanted.filter(pk__in=keys))
    pks = [machine.pk for machine in machines]
    readings = {reading.machine_id: reading for reading in Reading.objects.newest_of(pks)}
    scores = {
        score.reading.machine_id: score
        for score in Score.objects.newest_of(pks).select_related("reading", "version__model")
    }
    return [plain_machine(machine, readings.get(machine.pk), scores.get(machine.pk)) for machine in machines]


@transaction.atomic
def delete_machine(actor: Actor, machine: Machine, now: datetime) -> None:
    """Delete a machine with its readings and risks. If its factory posts readings of it again, it is a new one."""
    factory, readings = machine.factory, machine.readings.count()
    subject = f"machine {machine.name} of {factory.slug}"
    details = {"readings": readings, "registered_at": machine.registered_at.isoformat()}
    record(actor, "deleted machine", subject, now, owner=factory.organisation_id, **details)
    machine.delete()
    hub.publish(
        MachineRemoved(at=now, organisation=factory.organisation_id, factory=factory.slug, machine=machine.name)
    )


def tell_machines(factory: Factory, keys: Iterable[int], now: datetime) -> None:
    """Tell browsers how these machines are now, at most a hundred per event."""
    machines = machines_of(factory, keys)
    for first in range(0, len(machines), MOST_PER_EVENT):
        some = machines[first : first + MOST_PER_EVENT]
        hub.publish(MachinesChanged(at=now, organisation=factory.organisation_id, factory=factory.slug, machines=some))
