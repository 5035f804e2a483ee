"""Changing what a factory runs."""

from datetime import datetime
from typing import Any

from django.db import transaction

from console.actions.audit.audit import Actor, record
from console.live import hub
from industry.events import WorkloadChanged
from industry.models import Workload


@transaction.atomic
def change_workload(actor: Actor, workload: Workload, changes: dict[str, Any], now: datetime) -> Workload:
    """Switch a workload on or off, or set its latency budget [ms]; None takes the budget away."""
    before = {name: getattr(workload, name) for name in changes}
    for name, value in changes.items():
        setattr(workload, name, value)
    workload.save(update_fields=list(changes))
    factory = workload.factory
    subject = f"workload {workload.model.name} of factory {factory.slug}"
    record(actor, "changed workload", subject, now, owner=factory.organisation_id, before=before, after=changes)
    hub.publish(
        WorkloadChanged(
            at=now, organisation=factory.organisation_id, factory=factory.slug, workload=workload.as_plain()
        )
    )
    return workload
