"""Passing on alarms that nobody acknowledges: each step once per alarm, from the database alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from console.actions.audit.audit import SYSTEM, Actor, record
from console.errors import Refused
from network.actions.alarms.alarm import Facts, note, save, tell
from network.models import Alarm, EntryKind, EscalationRule

AT_ONCE = 500
"""So many alarms take one step in one transaction; the rest follow with the next round."""


def escalate(now: datetime) -> int:
    """Take every step that is due; return how many were taken.

    A step is due for an alarm of its organisation and severity that is active, neither held nor a consequence, and has
    waited for an acknowledgement since it was raised, let back from a hold, left alone by its root cause, or since its
    acknowledgement was taken back. After an outage the steps missed are taken in their order.
    """
    rules = EscalationRule.objects.filter(is_active=True).select_related("channel__organisation")
    return sum(_take(rule, now) for rule in rules.order_by("step", "severity"))


def _take(rule: EscalationRule, now: datetime) -> int:
    with transaction.atomic():
        since = now - timedelta(seconds=rule.after_s)
        waiting = Alarm.objects.annunciated().filter(
            Q(waits_since_at__lte=since) | Q(waits_since_at=None, started_at__lte=since),
            acknowledged_at=None, severity=rule.severity, escalation__lt=rule.step, organisation=rule.organisation_id,
        )  # fmt: skip
        alarms = list(waiting.select_for_update(of=("self",)).whole().order_by("started_at")[:AT_ONCE])
        for alarm in alarms:
            alarm.escalation, alarm.escalated_at = rule.step, now
        channel = rule.channel if rule.channel and rule.channel.is_active else None
        facts = Facts(step=rule.step, after_s=rule.after_s, channel=channel.name if channel else "")
        note(alarms, EntryKind.ESCALATED, SYSTEM, now, facts, to=channel)
        save(alarms, ["escalation", "escalated_at"], now)
        tell(alarms, now)
    return len(alarms)


def write_rule(actor: Actor, rule: EscalationRule, values: Mapping[str, Any], now: datetime) -> EscalationRule:
    """Add a rule of the actor's organisation, or change one.

    Raises:
        Refused: its channel is another organisation's, there is one of this severity and step already, or a later step
            would come first.
    """
    is_new = rule.pk is None
    if is_new:
        rule.organisation_id = actor.organisation
    for name, value in values.items():
        setattr(rule, name, value)
    if rule.channel and rule.channel.organisation_id != rule.organisation_id:
        raise Refused(f"channel: {rule.channel.pk} is another organisation's; expected one of the rule's own")
    ours = EscalationRule.objects.filter(organisation=rule.organisation_id, severity=rule.severity)
    for other in ours.exclude(pk=rule.pk):
        if other.step == rule.step:
            raise Refused(f"step: {rule.severity} has a step {rule.step} already; change that one")
        if (other.step < rule.step) != (other.after_s < rule.after_s):
            raise Refused(
                f"after_s: {rule.after_s} given; step {other.step} comes after {other.after_s} s, "
                "and each step has to come after the one before it"
            )
    try:
        with transaction.atomic():
            rule.save()
            verb = "added escalation" if is_new else "changed escalation"
            record(actor, verb, str(rule), now, owner=rule.owner_pk, **_told(rule))
    except IntegrityError as taken:
        raise Refused(f"step: {rule.severity} has a step {rule.step} already; change that one") from taken
    return rule


def remove_rule(actor: Actor, rule: EscalationRule, now: datetime) -> None:
    """Remove a rule. What it has done stays."""
    with transaction.atomic():
        record(actor, "removed escalation", str(rule), now, owner=rule.owner_pk, **_told(rule))
        rule.delete()


def _told(rule: EscalationRule) -> dict[str, Any]:
    return {"channel": rule.channel.name if rule.channel else None, "is_active": rule.is_active}
