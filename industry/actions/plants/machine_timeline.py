"""What happened at a machine, in the order of time: what its chart marks, for people, in both languages."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q

from console.actions.audit.audit import Actor
from industry.actions.plants.factory_alarms import FACTORY
from industry.actions.plants.machine_alarms import MACHINE, WORKLOAD
from industry.models import Machine
from network.actions.service_levels import timeline
from network.actions.service_levels.timeline import MOST_ROWS, Row
from network.models import Maintenance

RIGHTS = {"alarm": "network.view_alarm", "maintenance": "network.view_maintenance"}
"""What may happen at a machine, with the right that each needs."""


def machine_timeline(
    machine: Machine, times: tuple[datetime, datetime], actor: Actor, kinds: Collection[str] = tuple(RIGHTS)
) -> list[Row]:
    """Return what happened at a machine in [since, until), the oldest first, at most the newest thousand rows.

    Args:
        machine: its own alarms, those of its factory, and maintenance of what is run on its readings.
        times: since when, and until when.
        actor: who asks: alarms are those that they may see; why there was maintenance, only those are told who see
            every organisation.
        kinds: of `RIGHTS`, those that they have the right to.
    """
    own = Q(object_kind=MACHINE, object_key=str(machine.pk)) | Q(object_kind=FACTORY, object_key=machine.factory.slug)
    rows = [
        *(timeline.alarm_rows(own & timeline.overlaps(*times), actor) if "alarm" in kinds else ()),
        *(_maintenances(machine, times, sees_all=actor.sees is None) if "maintenance" in kinds else ()),
    ]
    return sorted(rows, key=lambda row: (row.at, row.kind))[-MOST_ROWS:]


def _maintenances(machine: Machine, times: tuple[datetime, datetime], *, sees_all: bool) -> Iterator[Row]:
    since, until = times
    rows = Maintenance.objects.filter(
        kind=WORKLOAD, key__startswith=f"{machine.factory.slug}~", starts_at__lt=until, ends_at__gt=since
    )
    for window in rows.order_by("-starts_at")[:MOST_ROWS]:
        yield timeline.maintenance_row(window, sees_all=sees_all)
