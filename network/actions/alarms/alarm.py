"""Raising, repeating and clearing alarms. Every change adds a row to the history and tells everyone.

What a person does with them is in `alarm_deeds` and `alarm_hold`; root causes are in `alarm_root`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from console import hub
from console.actions.audit import SYSTEM, Actor
from console.actor import HOME_PK
from console.models import Organisation
from network.actions import notice
from network.actions.alarms.alarm_cover import cover
from network.events import AlarmChanged, alarm_json
from network.kernels.alarm import FLAP_WINDOW_S, clears_s, is_flapping
from network.models import (
    Alarm,
    AlarmEntry,
    AlarmType,
    EntryKind,
    NoticeChannel,
    Severity,
    Site,
)
from network.models.alarm import AlarmQuerySet

GRAVENESS = {severity: -rank for rank, severity in enumerate(Severity.values)}
SEEN = ("acknowledged_at", "acknowledged_by", "acknowledged_name")
"""What an acknowledgement is."""
ANEW = ("waits_since_at", "escalation", "escalated_at")
"""What `wait_anew` changes."""


class Pair(NamedTuple):
    """What tells an open alarm apart from every other: its subject, its problem, and who owns the subject."""

    subject: str
    specific_problem: str
    organisation: int = HOME_PK


@dataclass(frozen=True)
class Trouble:
    """What an alarm is about. Subject, problem and owner tell it apart from every other open one.

    `organisation` owns the subject, and so the alarm: nobody else sees it but who sees all. What is of the network
    itself, or of Loft, is of those who run it.
    """

    subject: str
    specific_problem: str
    severity: Severity
    alarm_type: AlarmType
    probable_cause: str
    site: Site | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    organisation: int = HOME_PK

    @property
    def pair(self) -> Pair:
        """What tells it apart."""
        return Pair(self.subject, self.specific_problem, self.organisation)


def raise_alarms(troubles: Sequence[Trouble], now: datetime) -> list[Alarm]:
    """Raise an alarm for each trouble that has none open yet, and tell everyone; return the new ones.

    One that is open already is not raised again; only its severity follows, and one that was about to end stays.
    One whose subject is shelved, suppressed, out of service or under maintenance is kept, and held.
    """
    if not troubles:
        return []
    try:
        with transaction.atomic():
            return _raise(troubles, now)
    except IntegrityError:  # another process raised the same one meanwhile: now it is there to be found
        with transaction.atomic():
            return _raise(troubles, now)


def _raise(troubles: Sequence[Trouble], now: datetime) -> list[Alarm]:
    open_ones = open_alarms((trouble.pair for trouble in troubles), is_locked=True)
    again = {trouble.pair: trouble for trouble in troubles if trouble.pair in open_ones}
    wanted = {trouble.pair: trouble for trouble in troubles if trouble.pair not in open_ones}
    repeated = _repeat([(open_ones[pair], trouble) for pair, trouble in again.items()], now)
    fresh = _fresh(list(wanted.values()), now)
    Alarm.objects.bulk_create(fresh)
    note(fresh, EntryKind.RAISED, SYSTEM, now)
    tell([*repeated, *fresh], now)
    return fresh


def _fresh(troubles: list[Trouble], now: datetime) -> list[Alarm]:
    if not troubles:
        return []
    subjects = {trouble.subject for trouble in troubles}
    before = _raised_before(subjects, now)
    owners = Organisation.objects.in_bulk({trouble.organisation for trouble in troubles})
    made = []
    for trouble in troubles:
        raised_s = [*before[trouble.pair], now.timestamp()]
        made.append(Alarm(
            subject=trouble.subject, specific_problem=trouble.specific_problem, severity=trouble.severity,
            alarm_type=trouble.alarm_type, probable_cause=trouble.probable_cause, site=trouble.site,
            detail=trouble.detail, started_at=now, changed_at=now, organisation=owners[trouble.organisation],
            is_flapping=is_flapping(raised_s, now.timestamp()),
        ))  # fmt: skip
    cover(made, now)
    return made


def _raised_before(subjects: set[str], now: datetime) -> dict[Pair, list[float]]:
    found: dict[Pair, list[float]] = defaultdict(list)
    since = now - timedelta(seconds=FLAP_WINDOW_S)
    rows = Alarm.objects.filter(subject__in=subjects, started_at__gte=since).order_by()
    fields = ("subject", "specific_problem", "organisation_id", "started_at")
    for subject, problem, owner, started_at in rows.values_list(*fields):
        found[Pair(subject, problem, owner)].append(started_at.timestamp())
    return found


def _repeat(pairs: list[tuple[Alarm, Trouble]], now: datetime) -> list[Alarm]:
    """Keep what was about to end, and follow a changed severity; return the alarms that this changed.

    What grows graver waits for a person again: whoever acknowledged it has seen something less.
    """
    back = [alarm for alarm, _ in pairs if alarm.clears_at is not None]
    turned = [(alarm, trouble) for alarm, trouble in pairs if alarm.severity != trouble.severity]
    for alarm in back:
        alarm.clears_at, alarm.occurrences = None, alarm.occurrences + 1
    for alarm, trouble in turned:
        before, alarm.severity, alarm.detail = alarm.severity, trouble.severity, trouble.detail
        is_news = GRAVENESS[trouble.severity] > GRAVENESS[before] and alarm.acknowledged_at is not None
        if is_news:
            alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_name = None, None, ""
            wait_anew([alarm], now)
        note([alarm], EntryKind.SEVERITY, SYSTEM, now, f"{before} → {trouble.severity.value}")
        note([alarm] if is_news else [], EntryKind.UNACKNOWLEDGED, SYSTEM, now)
    note(back, EntryKind.REPEATED, SYSTEM, now)
    changed = list({alarm.pk: alarm for alarm in [*back, *(alarm for alarm, _ in turned)]}.values())
    save(changed, ["clears_at", "occurrences", "severity", "detail", *SEEN, *ANEW], now)
    return changed


def clear_alarms(pairs: Iterable[Pair | tuple[str, str]], now: datetime) -> list[Alarm]:
    """Clear the open alarms of these (subject, problem, owner), and tell everyone; return those that ended.

    One that flaps is held open until its cause has been away for a while; `settle_alarms` ends it then.
    """
    with transaction.atomic():
        found = [alarm for alarm in open_alarms(pairs, is_locked=True).values() if alarm.clears_at is None]
        waiting = [alarm for alarm in found if alarm.is_flapping]
        for alarm in waiting:
            alarm.clears_at = datetime.fromtimestamp(clears_s(now.timestamp(), flaps=True), now.tzinfo)
        note(waiting, EntryKind.CLEARING, SYSTEM, now)
        save(waiting, ["clears_at"], now)
        gone = end([alarm for alarm in found if not alarm.is_flapping], SYSTEM, now)
        tell([*waiting, *gone], now)
    return gone


def settle_alarms(now: datetime) -> list[Alarm]:
    """End the flapping alarms whose cause has been away for long enough; return them."""
    with transaction.atomic():
        due = locked(Alarm.objects.active().filter(clears_at__lte=now))
        gone = end(list(due), SYSTEM, now)
        tell(gone, now)
    return gone


def end(alarms: list[Alarm], actor: Actor, now: datetime) -> list[Alarm]:
    """End alarms; within the caller's transaction, and without telling anyone."""
    for alarm in alarms:
        alarm.ended_at, alarm.clears_at, alarm.is_flapping = now, None, False
    note(alarms, EntryKind.CLEARED, actor, now)
    save(alarms, ["ended_at", "clears_at", "is_flapping"], now)
    return alarms


def summary(now: datetime, actor: Actor = SYSTEM) -> dict[str, Any]:
    """Return what the strip shows to somebody: of the alarms that they may see those that ask for a person.

    They are counted by severity, with the newest that nobody has seen. Neither held ones nor consequences of a root
    cause count among them; how many those are is said apart, and how many are over that nobody has acknowledged.
    """
    seen = Alarm.objects.visible_to(actor)
    rows = (
        seen.annunciated()
        .values("severity")
        .annotate(active=Count("pk"), unacknowledged=Count("pk", filter=Q(acknowledged_at=None)))
    )
    counted = {row["severity"]: (row["active"], row["unacknowledged"]) for row in rows.order_by()}
    waiting = seen.annunciated().filter(acknowledged_at=None).whole()
    newest = waiting.order_by("-started_at", "-pk").first()
    escalated = waiting.filter(escalation__gt=0)
    foremost = escalated.order_by("-escalation", "-started_at", "-pk").first()
    aside = seen.active().aggregate(
        kept=Count("pk", filter=~Q(held="")), below=Count("pk", filter=Q(held="", root__isnull=False))
    )
    return {
        "counts": {severity: counted.get(severity, (0, 0))[0] for severity in Severity.values},
        "unacknowledged": {severity: counted.get(severity, (0, 0))[1] for severity in Severity.values},
        "newest": alarm_json(newest) if newest else None,
        "foremost": alarm_json(foremost) if foremost else None,
        "escalated": escalated.count() if foremost else 0,
        "returned": seen.returned().count(),
        "held": aside["kept"],
        "consequences": aside["below"],
        "at": now,
    }


def open_alarms(pairs: Iterable[Pair | tuple[str, str]], *, is_locked: bool = False) -> dict[Pair, Alarm]:
    """Return the active alarms told apart by these; locked: nobody else changes them until we are done."""
    wanted = {Pair(*pair) for pair in pairs}
    if not wanted:
        return {}
    subjects = {pair.subject for pair in wanted}
    alarms = Alarm.objects.active().filter(subject__in=subjects)
    alarms = locked(alarms) if is_locked else alarms.whole()
    found = {pair_of(alarm): alarm for alarm in alarms}
    return {pair: alarm for pair, alarm in found.items() if pair in wanted}


def pair_of(alarm: Alarm) -> Pair:
    """Return what tells an alarm apart."""
    return Pair(alarm.subject, alarm.specific_problem, alarm.owner_pk)


def locked(alarms: AlarmQuerySet) -> AlarmQuerySet:
    """Return these alarms, locked in the order of their keys until the transaction ends; whoever waited looks anew."""
    return alarms.select_for_update(of=("self",)).whole().order_by("pk")


def note(
    alarms: Iterable[Alarm],
    kind: EntryKind,
    actor: Actor,
    now: datetime,
    text: str = "",
    until_at: datetime | None = None,
    to: NoticeChannel | None = None,
) -> None:
    """Add a row to the history of each alarm, with the notices that go to other systems; `to` hears of it anyway."""
    made = [
        AlarmEntry(
            alarm=alarm, at=now, kind=kind, actor=actor.name, system=actor.system, text=text, until_at=until_at
        )
        for alarm in alarms
    ]  # fmt: skip
    notice.announce(AlarmEntry.objects.bulk_create(made), now, to)


def tell(alarms: Sequence[Alarm], now: datetime) -> None:
    """Publish every change to whoever may see the alarm; what it makes of their counts they ask for."""
    for alarm in alarms:
        hub.publish(AlarmChanged(at=now, alarm=alarm_json(alarm), organisation=alarm.organisation_id))


def wait_anew(alarms: Iterable[Alarm], now: datetime) -> None:
    """Let alarms wait for a person as if they were raised now: escalation begins again. Write `ANEW` afterwards."""
    for alarm in alarms:
        alarm.waits_since_at, alarm.escalation, alarm.escalated_at = now, 0, None


def save(alarms: list[Alarm], fields: list[str], now: datetime) -> None:
    """Write these fields of alarms that changed now."""
    for alarm in alarms:
        alarm.changed_at = now
    Alarm.objects.bulk_update(alarms, [*fields, "changed_at"])
