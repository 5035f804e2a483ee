"""What a person does with alarms: acknowledge, comment, assign, clear; with audit.

Of several each is done or refused by itself, in one transaction: who was slower than somebody else loses no more than
what the other one did.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from console.access.authentication import person_actor
from console.actions.audit.audit import Actor, record
from console.errors import Refused
from console.models import Person
from console.refusal_words import in_words
from network.actions.alarms import alarm as alarm_actions
from network.actions.alarms.alarm import ANEW, SEEN, Facts, end, note, save, tell, wait_anew
from network.actions.alarms.alarm_source import still_holds
from network.models import Alarm, EntryKind
from network.models.alarms.alarm import AlarmQuerySet

ACKNOWLEDGE, CHANGE = "network.acknowledge_alarm", "network.change_alarm"
MOST_SAID = 3
"""So many reasons are given when nothing could be done."""
MOST_PK = 2**63 - 1  # beyond it no database has rows


@dataclass(frozen=True)
class OperatorAction:
    """What a person does to each of several alarms."""

    change: Callable[[Alarm], None]
    fields: list[str]
    kind: EntryKind
    verb: str
    text: str = ""
    person: str = ""
    right: str = CHANGE


@dataclass(frozen=True)
class NotDone:
    """An alarm to which an action could not be done, and why."""

    id: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of an action: the alarms to which it was done, as they are now, and those to which it was not."""

    done: list[Alarm]
    refused: list[NotDone]


def each(actor: Actor, right: str, ids: Sequence[int], change: Callable[[Alarm], None]) -> Outcome:
    """Change each of these alarms, locked until the transaction ends; one that the change refuses is left out.

    An alarm that the actor may not see does not exist for it; one that it may not change is refused.

    Args:
        actor: who changes them.
        right: what that needs, in the organisation that owns an alarm.
        ids: primary keys of the alarms.
        change: changes an alarm, not yet written, or raises `Refused` before it does.

    Raises:
        Refused: it refuses all of them, or none exists.
    """
    known = {alarm.pk: alarm for alarm in locked(actor, ids)}
    outcome = Outcome([], [])
    for pk in sorted(set(ids)):
        try:
            change(_changeable(actor, right, known, pk))
        except Refused as reason:
            outcome.refused.append(NotDone(pk, in_words(str(reason))))
        else:
            outcome.done.append(known[pk])
    if not outcome.done:
        raise Refused(_reasons(outcome.refused))
    return outcome


def change_alarms(actor: Actor, ids: Sequence[int], action: OperatorAction, now: datetime) -> Outcome:
    """Do something to alarms for a person, with history, audit and news.

    Raises:
        Refused: no alarm exists, or the action refuses all.
    """
    with transaction.atomic():
        outcome = each(actor, action.right, ids, action.change)
        for alarm in outcome.done:
            text = action.text or action.person
            record(actor, action.verb, name_of(alarm), now, owner=alarm.owner_pk, text=text)
        note(outcome.done, action.kind, actor, now, Facts(action.text, person=action.person))
        save(outcome.done, action.fields, now)
        tell(outcome.done, now)
    return outcome


def acknowledge(actor: Actor, ids: Sequence[int], comment: str, now: datetime) -> Outcome:
    """Acknowledge alarms for a person, and with a root cause its consequences.

    Args:
        actor: who acknowledges.
        ids: primary keys of the alarms.
        comment: what the person says about it; may be empty.
        now: when.

    Returns:
        The alarms named, as they are now; refused are those that were acknowledged before, or do not exist.

    Raises:
        Refused: that is so of all.
    """

    def change(alarm: Alarm) -> None:
        if alarm.acknowledged_at is not None:
            raise Refused(f"alarm {alarm.pk} was acknowledged before, by {alarm.acknowledged_name}")
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_name = now, actor.person, actor.name
        alarm.comment = comment or alarm.comment

    with transaction.atomic():
        outcome = each(actor, ACKNOWLEDGE, ids, change)
        below = list(_below(outcome.done).filter(acknowledged_at=None).exclude(pk__in=ids))
        for alarm in below:
            change(alarm)
        every = [*outcome.done, *below]
        note(every, EntryKind.ACKNOWLEDGED, actor, now, Facts(comment))
        for alarm in outcome.done:
            record(actor, "acknowledged alarm", name_of(alarm), now, owner=alarm.owner_pk, comment=comment)
        save(every, [*SEEN, "comment"], now)
        tell(every, now)
    return outcome


def unacknowledge(actor: Actor, ids: Sequence[int], now: datetime) -> Outcome:
    """Take an acknowledgement back, so that the alarms wait for a person again, as if they were raised now.

    With a root cause the consequences wait again that were acknowledged with it.

    Raises:
        Refused: no alarm exists that was acknowledged.
    """

    def change(alarm: Alarm) -> None:
        if alarm.acknowledged_at is None:
            raise Refused(f"alarm {alarm.pk} was not acknowledged")
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_name = None, None, ""

    with transaction.atomic():
        outcome = each(actor, ACKNOWLEDGE, ids, change)
        below = list(_below(outcome.done).filter(acknowledged_at=F("root__acknowledged_at")).exclude(pk__in=ids))
        for alarm in below:
            change(alarm)
        every = [*outcome.done, *below]
        wait_anew(every, now)
        note(every, EntryKind.UNACKNOWLEDGED, actor, now)
        for alarm in outcome.done:
            record(actor, "unacknowledged alarm", name_of(alarm), now, owner=alarm.owner_pk)
        save(every, [*SEEN, *ANEW], now)
        tell(every, now)
    return outcome


def comment(actor: Actor, ids: Sequence[int], text: str, now: datetime) -> Outcome:
    """Add a person's words to alarms.

    Raises:
        Refused: no alarm exists.
    """

    def change(alarm: Alarm) -> None:
        alarm.comment = text

    action = OperatorAction(change, ["comment"], EntryKind.COMMENTED, "commented alarm", text)
    return change_alarms(actor, ids, action, now)


def assign(actor: Actor, ids: Sequence[int], username: str, now: datetime) -> Outcome:
    """Say who looks after alarms; an empty name says that nobody does.

    Raises:
        Refused: no alarm exists, or the person may not acknowledge it.
    """
    person = next((assignee for assignee in assignees(actor) if assignee.username == username), None)
    if username and person is None:
        raise Refused(f"person: {username} given; expected somebody with the right {ACKNOWLEDGE}")
    able = person_actor(person) if person else None

    def change(alarm: Alarm) -> None:
        if able and not able.may_change(alarm.owner_pk, ACKNOWLEDGE):
            raise Refused(f"alarm {alarm.pk} is of {alarm.organisation.slug}, where {username} lacks {ACKNOWLEDGE}")
        alarm.assigned_to, alarm.assigned_name = person, username

    fields = ["assigned_to", "assigned_name"]
    action = OperatorAction(change, fields, EntryKind.ASSIGNED, "assigned alarm", person=username)
    return change_alarms(actor, ids, action, now)


def assignees(actor: Actor) -> list[Person]:
    """Return the people whom somebody can assign alarms to, by name: of organisations that they may see."""
    return list(Person.objects.holding(ACKNOWLEDGE).visible_to(actor).order_by("username"))


def clear_by_hand(actor: Actor, ids: Sequence[int], now: datetime) -> Outcome:
    """Clear alarms for a person who knows that their cause is gone.

    Raises:
        Refused: none exists that is not over, and of which the console does not measure the cause.
    """

    def check(alarm: Alarm) -> None:
        if alarm.ended_at is not None:
            raise Refused(f"alarm {alarm.pk} is over since {alarm.ended_at:%Y-%m-%d %H:%M:%S} UTC")
        if still_holds(alarm):
            raise Refused(f"alarm {alarm.pk} cannot be cleared: its cause is still measured")

    with transaction.atomic():
        outcome = each(actor, CHANGE, ids, check)
        end(outcome.done, actor, now)
        for alarm in outcome.done:
            record(actor, "cleared alarm", name_of(alarm), now, owner=alarm.owner_pk)
        tell(outcome.done, now)
    return outcome


def _below(alarms: Sequence[Alarm]) -> AlarmQuerySet:
    """Return the consequences of alarms."""
    return Alarm.objects.filter(root__in=alarms).whole().order_by("pk")


def _changeable(actor: Actor, right: str, alarms: Mapping[int, Alarm], pk: int) -> Alarm:
    if pk not in alarms:
        raise Refused(f"no alarm with id {pk}")
    if not actor.may_change(alarms[pk].owner_pk, right):
        raise Refused(f"alarm {pk} belongs to another organisation, in which you lack the right {right}")
    return alarms[pk]


def _reasons(refused: Sequence[NotDone]) -> str:
    more = len(refused) - MOST_SAID
    reasons = "; ".join(not_done.reason for not_done in refused[:MOST_SAID])
    return f"{reasons}; and {more} more" if more > 0 else reasons


def locked(actor: Actor, ids: Sequence[int]) -> list[Alarm]:
    """Return those of these alarms that exist for somebody, locked until the transaction ends."""
    named = Alarm.objects.visible_to(actor).filter(pk__in=[pk for pk in ids if pk <= MOST_PK])
    return list(alarm_actions.locked(named))


def name_of(alarm: Alarm) -> str:
    """Return what the audit trail calls an alarm."""
    return f"alarm {alarm.pk} {alarm.subject}"
