"""Raising, clearing and acknowledging alarms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from console import hub
from console.actions.audit import Actor, record
from console.errors import Refused
from network.events import AlarmChanged, alarm_json
from network.models import Alarm, AlarmState, AlarmType, Severity, Site


@dataclass(frozen=True)
class Trouble:
    """What an alarm is about. Subject and problem tell it apart from every other open one."""

    subject: str
    specific_problem: str
    severity: Severity
    alarm_type: AlarmType
    probable_cause: str
    site: Site | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def raise_alarms(troubles: Sequence[Trouble], now: datetime) -> list[Alarm]:
    """Raise an alarm for each trouble that has none open yet, and tell everyone; return the new ones."""
    open_ones = _open_alarms((trouble.subject, trouble.specific_problem) for trouble in troubles)
    fresh = [
        Alarm(
            subject=trouble.subject, specific_problem=trouble.specific_problem, severity=trouble.severity,
            alarm_type=trouble.alarm_type, probable_cause=trouble.probable_cause, site=trouble.site,
            detail=trouble.detail, started_at=now, changed_at=now,
        )
        for trouble in troubles if (trouble.subject, trouble.specific_problem) not in open_ones
    ]  # fmt: skip
    if not fresh:
        return []
    with transaction.atomic():
        Alarm.objects.bulk_create(fresh)
        _tell(fresh, now)
    return fresh


def clear_alarms(pairs: Iterable[tuple[str, str]], now: datetime) -> list[Alarm]:
    """Clear the open alarms of these (subject, specific problem), and tell everyone; return them."""
    gone = list(_open_alarms(pairs).values())
    if not gone:
        return []
    for alarm in gone:
        alarm.ended_at = alarm.changed_at = now
    with transaction.atomic():
        Alarm.objects.bulk_update(gone, ["ended_at", "changed_at"])
        _tell(gone, now)
    return gone


def acknowledge(actor: Actor, ids: Sequence[int], comment: str, now: datetime) -> list[Alarm]:
    """Acknowledge alarms for a person.

    Args:
        actor: who acknowledges.
        ids: primary keys of the alarms.
        comment: what the person says about it; may be empty.
        now: when.

    Returns:
        The alarms, as they are now.

    Raises:
        Refused: an alarm does not exist, or was acknowledged before; then none is changed.
    """
    with transaction.atomic():
        found = list(Alarm.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
        if missing := sorted(set(ids) - {alarm.pk for alarm in found}):
            raise Refused(f"no alarm with id {', '.join(map(str, missing))}")
        if done := [alarm for alarm in found if alarm.acknowledged_at is not None]:
            raise Refused(f"alarm {done[0].pk} was acknowledged before, by {done[0].acknowledged_name}")
        for alarm in found:
            alarm.acknowledged_at = alarm.changed_at = now
            alarm.acknowledged_by, alarm.acknowledged_name, alarm.comment = actor.person, actor.name, comment
            record(actor, "acknowledged alarm", f"alarm {alarm.pk} {alarm.subject}", now, comment=comment)
        fields = ["acknowledged_at", "acknowledged_by", "acknowledged_name", "comment", "changed_at"]
        Alarm.objects.bulk_update(found, fields)
        alarms = list(Alarm.objects.select_related("site").filter(pk__in=ids).order_by("pk"))
        _tell(alarms, now)
    return alarms


def summary(now: datetime) -> dict[str, Any]:
    """Return the active alarms by severity, how many of them nobody acknowledged, and the newest of those."""
    rows = (
        Alarm.objects.active()
        .values("severity")
        .annotate(active=Count("pk"), unacknowledged=Count("pk", filter=Q(acknowledged_at=None)))
    )
    counted = {row["severity"]: (row["active"], row["unacknowledged"]) for row in rows.order_by()}
    waiting = Alarm.objects.in_states([AlarmState.UNACKNOWLEDGED]).select_related("site")
    newest = waiting.order_by("-started_at", "-pk").first()
    return {
        "counts": {severity: counted.get(severity, (0, 0))[0] for severity in Severity.values},
        "unacknowledged": {severity: counted.get(severity, (0, 0))[1] for severity in Severity.values},
        "newest": alarm_json(newest) if newest else None,
        "at": now,
    }


def _open_alarms(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Alarm]:
    wanted = set(pairs)
    if not wanted:
        return {}
    subjects = {subject for subject, _ in wanted}
    alarms = Alarm.objects.active().select_related("site").filter(subject__in=subjects)
    found = {(alarm.subject, alarm.specific_problem): alarm for alarm in alarms}
    return {pair: alarm for pair, alarm in found.items() if pair in wanted}


def _tell(alarms: Sequence[Alarm], now: datetime) -> None:
    """Publish every change with one and the same count."""
    counts = summary(now)
    for alarm in alarms:
        hub.publish(AlarmChanged(at=now, alarm=alarm_json(alarm), summary=counts))
