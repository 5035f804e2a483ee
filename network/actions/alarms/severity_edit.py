"""What an organisation makes of the table of severities; its open alarms follow at once."""

from datetime import datetime

from django.db import transaction

from console.access.actor import Actor
from console.actions.audit.audit import record
from network.actions.alarms.alarm import locked, regrade
from network.actions.alarms.severity import Line, table
from network.models import Alarm, Severity, SeverityRule


def rate(actor: Actor, line: Line, severity: Severity | None, now: datetime) -> Line:
    """Say how grave a line of the table is for the actor's organisation; None: as it is registered.

    Alarms of that line which are open follow, and wait for a person anew where that makes them graver.
    """
    code, grade = line.problem.code, line.grade.code if line.grade else ""
    owner = actor.organisation
    with transaction.atomic():
        rules = SeverityRule.objects.filter(organisation=owner, problem=code, grade=grade)
        if severity is None:
            rules.delete()
        else:
            said = {"severity": severity, "changed_at": now, "actor": actor.name}
            SeverityRule.objects.update_or_create(organisation_id=owner, problem=code, grade=grade, defaults=said)
        after = next(row for row in table(owner) if row.key == line.key)
        before = line.severity.value
        record(actor, "rated problem", line.key, now, owner=owner, before=before, after=after.severity.value)
        open_ones = locked(Alarm.objects.active().filter(organisation=owner, problem=code, grade=grade))
        regrade([alarm for alarm in open_ones if alarm.severity != after.severity], after.severity, now)
    return after
