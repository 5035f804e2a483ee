"""What a person does with alarms: acknowledge, comment, assign, clear. All or none of those named, with audit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from console.actions.audit import Actor, record
from console.errors import Refused
from console.models import Person
from network.actions import alarm as alarm_actions
from network.actions.alarm import ANEW, SEEN, end, note, save, tell, wait_anew
from network.actions.alarm_root import PROBLEMS, SLOW
from network.actions.service import overdrawn
from network.kernels.sla import Metric, State
from network.models import Agreement, Alarm, Breach, EntryKind, SiteHealth, Standing

MOST_PK = 2**63 - 1  # beyond it no database has rows


@dataclass(frozen=True)
class Deed:
    """What a person does to each of several alarms."""

    change: Callable[[Alarm], None]
    fields: list[str]
    kind: EntryKind
    verb: str
    text: str = ""
    until_at: datetime | None = None


def change_alarms(actor: Actor, ids: Sequence[int], deed: Deed, now: datetime) -> list[Alarm]:
    """Do something to alarms for a person, all or none, with history, audit and news; return them as they are now.

    Raises:
        Refused: an alarm does not exist, or the deed refuses it.
    """
    with transaction.atomic():
        found = locked(ids)
        for alarm in found:
            deed.change(alarm)
            record(actor, deed.verb, name_of(alarm), now, text=deed.text)
        note(found, deed.kind, actor, now, deed.text, deed.until_at)
        save(found, deed.fields, now)
        tell(found, now)
    return found


def acknowledge(actor: Actor, ids: Sequence[int], comment: str, now: datetime) -> list[Alarm]:
    """Acknowledge alarms for a person, and with a root cause its consequences.

    Args:
        actor: who acknowledges.
        ids: primary keys of the alarms.
        comment: what the person says about it; may be empty.
        now: when.

    Returns:
        The alarms named, as they are now.

    Raises:
        Refused: an alarm does not exist, or was acknowledged before; then none is changed.
    """
    with transaction.atomic():
        found = locked(ids)
        if done := [alarm for alarm in found if alarm.acknowledged_at is not None]:
            raise Refused(f"alarm {done[0].pk} was acknowledged before, by {done[0].acknowledged_name}")
        below = Alarm.objects.filter(root__in=ids, acknowledged_at=None).exclude(pk__in=ids)
        every = [*found, *below.select_related("site", "hold")]
        for alarm in every:
            alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_name = now, actor.person, actor.name
            alarm.comment = comment or alarm.comment
        note(every, EntryKind.ACKNOWLEDGED, actor, now, comment)
        for alarm in found:
            record(actor, "acknowledged alarm", name_of(alarm), now, comment=comment)
        save(every, [*SEEN, "comment"], now)
        tell(every, now)
    return found


def unacknowledge(actor: Actor, ids: Sequence[int], now: datetime) -> list[Alarm]:
    """Take an acknowledgement back, so that the alarms wait for a person again, as if they were raised now.

    With a root cause the consequences wait again that were acknowledged with it.

    Raises:
        Refused: an alarm does not exist, or was not acknowledged; then none is changed.
    """
    with transaction.atomic():
        found = locked(ids)
        if new := [alarm for alarm in found if alarm.acknowledged_at is None]:
            raise Refused(f"alarm {new[0].pk} was not acknowledged")
        below = Alarm.objects.filter(root__in=ids, acknowledged_at=F("root__acknowledged_at")).exclude(pk__in=ids)
        every = [*found, *below.select_related("site", "hold")]
        for alarm in every:
            alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_name = None, None, ""
        wait_anew(every, now)
        note(every, EntryKind.UNACKNOWLEDGED, actor, now)
        for alarm in found:
            record(actor, "unacknowledged alarm", name_of(alarm), now)
        save(every, [*SEEN, *ANEW], now)
        tell(every, now)
    return found


def comment(actor: Actor, ids: Sequence[int], text: str, now: datetime) -> list[Alarm]:
    """Add a person's words to alarms.

    Raises:
        Refused: an alarm does not exist; then none is changed.
    """

    def change(alarm: Alarm) -> None:
        alarm.comment = text

    return change_alarms(actor, ids, Deed(change, ["comment"], EntryKind.COMMENTED, "commented alarm", text), now)


def assign(actor: Actor, ids: Sequence[int], username: str, now: datetime) -> list[Alarm]:
    """Say who looks after alarms; an empty name says that nobody does.

    Raises:
        Refused: an alarm does not exist, or the person may not acknowledge alarms; then none is changed.
    """
    person = next((one for one in assignees() if one.username == username), None)
    if username and person is None:
        raise Refused(f"person: {username} given; expected somebody with the right network.acknowledge_alarm")

    def change(alarm: Alarm) -> None:
        alarm.assigned_to, alarm.assigned_name = person, username

    deed = Deed(change, ["assigned_to", "assigned_name"], EntryKind.ASSIGNED, "assigned alarm", username)
    return change_alarms(actor, ids, deed, now)


def assignees() -> list[Person]:
    """Return the people whom alarms can be assigned to, by name."""
    held = Q(groups__permissions__codename="acknowledge_alarm") | Q(user_permissions__codename="acknowledge_alarm")
    return list(Person.objects.filter(held | Q(is_superuser=True), is_active=True).distinct().order_by("username"))


def clear_by_hand(actor: Actor, ids: Sequence[int], now: datetime) -> list[Alarm]:
    """Clear alarms for a person who knows that their cause is gone.

    Raises:
        Refused: an alarm does not exist, is over, or the console still measures its cause; then none is changed.
    """
    with transaction.atomic():
        found = locked(ids)
        if over := [alarm for alarm in found if alarm.ended_at is not None]:
            raise Refused(f"alarm {over[0].pk} is over since {over[0].ended_at:%Y-%m-%d %H:%M:%S} UTC")
        if held := [alarm for alarm in found if _is_measured(alarm)]:
            raise Refused(f"alarm {held[0].pk} cannot be cleared: its cause is still measured")
        gone = end(found, actor, now)
        for alarm in gone:
            record(actor, "cleared alarm", name_of(alarm), now)
        tell(gone, now)
    return gone


def _is_measured(alarm: Alarm) -> bool:
    """Whether the console finds the cause still there, so that the alarm would come back as a new one at once."""
    if alarm.specific_problem in PROBLEMS:
        return _is_explained(alarm.detail.get("members", ()), is_slow=alarm.specific_problem == SLOW)
    if alarm.detail.get("burn_alert"):
        return Standing.objects.filter(agreement=alarm.detail.get("agreement"), burn_alert__gt="").exists()
    if alarm.specific_problem in overdrawn.PROBLEMS.values():
        spent = Standing.objects.filter(agreement=alarm.detail.get("agreement"), budget_left_share__lte=0)
        return spent.exists()
    metric = alarm.detail.get("metric")
    breaches = Breach.objects.filter(agreement__site=alarm.site_id, agreement__metric=metric, ended_at=None)
    return alarm.site_id is not None and metric is not None and breaches.exists()


def _is_explained(members: Sequence[str], *, is_slow: bool) -> bool:
    """Whether a site that a root cause explains is still slow or silent."""
    if is_slow:
        rows = Agreement.objects.filter(site__slug__in=members, metric=Metric.RTT_P99, state=State.BREACHED)
        return rows.exists()
    return SiteHealth.objects.filter(site__slug__in=members, silent_packets__gt=0).exists()


def locked(ids: Sequence[int]) -> list[Alarm]:
    """Return these alarms, locked until the transaction ends.

    Raises:
        Refused: one does not exist.
    """
    found = list(alarm_actions.locked(Alarm.objects.filter(pk__in=[pk for pk in ids if pk <= MOST_PK])))
    if missing := sorted(set(ids) - {alarm.pk for alarm in found}):
        raise Refused(f"no alarm with id {', '.join(map(str, missing))}")
    return found


def name_of(alarm: Alarm) -> str:
    """Return what the audit trail calls an alarm."""
    return f"alarm {alarm.pk} {alarm.subject}"
