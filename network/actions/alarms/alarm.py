"""Raising, repeating and clearing alarms. Every change adds a row to the history and tells everyone.

What a person does with them is in `operator_actions` and `alarm_hold`; root causes are in `alarm_root`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from console.actions.audit.audit import SYSTEM, Actor
from console.live import hub
from console.models import Organisation
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity, identity_of
from network.actions.alarms.alarm_cover import cover
from network.actions.alarms.severity import rated
from network.actions.notices import notice
from network.events import AlarmChanged, alarm_json
from network.kernels.alarms.alarm import FLAP_WINDOW_S, clears_s, is_flapping
from network.models import Alarm, AlarmEntry, EntryKind, NoticeChannel, Severity
from network.models.alarms.alarm import GRAVEST_FIRST, AlarmQuerySet

GRAVENESS = {severity: -rank for rank, severity in enumerate(Severity.values)}
SEEN = ("acknowledged_at", "acknowledged_by", "acknowledged_name")
"""What an acknowledgement is."""
ANEW = ("waits_since_at", "escalation", "escalated_at")
"""What `wait_anew` changes."""
NAMES = ("subject", "subject_zh")


@dataclass(frozen=True)
class Applied:
    """What came of a change: alarms that are new, and those that ended."""

    raised: list[Alarm] = field(default_factory=list)
    ended: list[Alarm] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """What is known of something that happened to alarms beside its kind: the fields of the history that it fills."""

    text: str = ""
    until_at: datetime | None = None
    severity_before: str = ""
    severity_after: str = ""
    person: str = ""
    root_id: int | None = None
    step: int | None = None
    after_s: int | None = None
    channel: str = ""


def apply(delta: Delta, now: datetime) -> Applied:
    """Clear the alarms of what is over, and raise one for each condition that has none open yet; tell everyone.

    One that is open already is not raised again; only its severity follows, and one that was about to end stays. One
    whose object is shelved, suppressed, out of service or under maintenance is kept, and held. One that flaps is held
    open until its cause has been away for a while; `settle_alarms` ends it then.
    """
    if not delta.found and not delta.over:
        return Applied()
    try:
        with transaction.atomic():
            return _apply(delta, now)
    except IntegrityError:  # another process raised the same one meanwhile: now it is there to be found
        with transaction.atomic():
            return _apply(delta, now)


def _apply(delta: Delta, now: datetime) -> Applied:
    wanted = {condition.identity: condition for condition in rated(delta.found)}
    over = set(delta.over) - wanted.keys()
    stands = open_alarms([*over, *wanted], is_locked=True)
    waiting, ended = _clear([stands[identity] for identity in sorted(over) if identity in stands], now)
    repeated = _repeat(
        [(stands[identity], condition) for identity, condition in wanted.items() if identity in stands], now
    )
    fresh = _fresh([condition for identity, condition in wanted.items() if identity not in stands], now)
    Alarm.objects.bulk_create(fresh)
    note(fresh, EntryKind.RAISED, SYSTEM, now)
    tell([*waiting, *ended, *repeated, *fresh], now)
    return Applied(fresh, ended)


def _fresh(conditions: list[AlarmCondition], now: datetime) -> list[Alarm]:
    if not conditions:
        return []
    before = _raised_before({condition.about.key for condition in conditions}, now)
    owners = Organisation.objects.in_bulk({condition.organisation for condition in conditions})
    made = []
    for condition in conditions:
        raised_s = [*before[condition.identity], now.timestamp()]
        made.append(
            Alarm(
                object_kind=condition.about.kind,
                object_key=condition.about.key,
                problem=condition.problem.code,
                subject=condition.name.en,
                subject_zh=condition.name.zh,
                specific_problem=condition.problem.text,
                severity=condition.perceived_severity,
                grade=condition.grade,
                alarm_type=condition.problem.alarm_type,
                probable_cause=condition.problem.probable_cause,
                site=condition.about.site,
                detail=condition.detail_json,
                started_at=now,
                changed_at=now,
                organisation=owners[condition.organisation],
                is_flapping=is_flapping(raised_s, now.timestamp()),
            )
        )
    cover(made, now)
    return made


def _raised_before(keys: set[str], now: datetime) -> dict[Identity, list[float]]:
    raised_before: dict[Identity, list[float]] = defaultdict(list)
    since = now - timedelta(seconds=FLAP_WINDOW_S)
    rows = Alarm.objects.filter(object_key__in=keys, started_at__gte=since).order_by()
    fields = ("object_kind", "object_key", "problem", "organisation_id", "started_at")
    for kind, key, problem, owner, started_at in rows.values_list(*fields):
        raised_before[Identity(kind, key, problem, owner)].append(started_at.timestamp())
    return raised_before


def _repeat(pairs: list[tuple[Alarm, AlarmCondition]], now: datetime) -> list[Alarm]:
    """Keep what was about to end, follow a changed severity, grade or name; return the alarms that this changed.

    What grows graver waits for a person again: whoever acknowledged it has seen something less.
    """
    back = [alarm for alarm, _ in pairs if alarm.clears_at is not None]
    turned = [(alarm, condition) for alarm, condition in pairs if alarm.severity != condition.perceived_severity]
    moved = [alarm for alarm, condition in pairs if _told(alarm) != (*condition.name, condition.grade)]
    for alarm in back:
        alarm.clears_at, alarm.occurrences = None, alarm.occurrences + 1
    for alarm, condition in turned:
        alarm.detail = condition.detail_json
    _turn([(alarm, condition.perceived_severity) for alarm, condition in turned], now)
    for alarm, condition in pairs:
        alarm.subject, alarm.subject_zh, alarm.grade = *condition.name, condition.grade
    note(back, EntryKind.REPEATED, SYSTEM, now)
    changed = list({alarm.pk: alarm for alarm in [*back, *(alarm for alarm, _ in turned), *moved]}.values())
    save(changed, ["clears_at", "occurrences", "severity", "grade", "detail", *NAMES, *SEEN, *ANEW], now)
    return changed


def _told(alarm: Alarm) -> tuple[str, str, str]:
    return alarm.subject, alarm.subject_zh, alarm.grade


def regrade(alarms: list[Alarm], severity: Severity, now: datetime) -> None:
    """Make alarms as grave as their owner takes them to be now, and tell everyone; within the caller's transaction."""
    _turn([(alarm, severity) for alarm in alarms], now)
    save(alarms, ["severity", *SEEN, *ANEW], now)
    tell(alarms, now)


def _turn(turns: Sequence[tuple[Alarm, Severity]], now: datetime) -> None:
    """Give alarms another severity, with their history; however many, in a few statements."""
    facts = [Facts(severity_before=alarm.severity, severity_after=after.value) for alarm, after in turns]
    graver = [alarm for alarm, after in turns if GRAVENESS[after] > GRAVENESS[alarm.severity]]
    news = [alarm for alarm in graver if alarm.acknowledged_at is not None]
    for alarm, after in turns:
        alarm.severity = after
    for alarm in news:
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledged_name = None, None, ""
    wait_anew(news, now)
    note([alarm for alarm, _ in turns], EntryKind.SEVERITY, SYSTEM, now, facts)
    note(news, EntryKind.UNACKNOWLEDGED, SYSTEM, now)


def _clear(alarms: list[Alarm], now: datetime) -> tuple[list[Alarm], list[Alarm]]:
    """End alarms; return those that flap, which wait, and those that ended."""
    open_ones = [alarm for alarm in alarms if alarm.clears_at is None]
    waiting = [alarm for alarm in open_ones if alarm.is_flapping]
    for alarm in waiting:
        alarm.clears_at = datetime.fromtimestamp(clears_s(now.timestamp(), flaps=True), now.tzinfo)
    note(waiting, EntryKind.CLEARING, SYSTEM, now)
    save(waiting, ["clears_at"], now)
    return waiting, end([alarm for alarm in open_ones if not alarm.is_flapping], SYSTEM, now)


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

    They are counted by severity, with the gravest and the newest that nobody has seen. Neither held ones nor
    consequences of a root cause count among them; how many those are is said apart, and how many are over that nobody
    has acknowledged.
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
    gravest = waiting.order_by(*GRAVEST_FIRST).first() if newest else None
    escalated = waiting.filter(escalation__gt=0)
    foremost = escalated.order_by("-escalation", "-started_at", "-pk").first()
    aside = seen.active().aggregate(
        kept=Count("pk", filter=~Q(held="")), below=Count("pk", filter=Q(held="", root__isnull=False))
    )
    return {
        "counts": {severity: counted.get(severity, (0, 0))[0] for severity in Severity.values},
        "unacknowledged": {severity: counted.get(severity, (0, 0))[1] for severity in Severity.values},
        "gravest": alarm_json(gravest) if gravest else None,
        "newest": alarm_json(newest) if newest else None,
        "foremost": alarm_json(foremost) if foremost else None,
        "escalated": escalated.count() if foremost else 0,
        "returned": seen.returned().count(),
        "held": aside["kept"],
        "consequences": aside["below"],
        "at": now,
    }


def open_alarms(identities: Iterable[Identity], *, is_locked: bool = False) -> dict[Identity, Alarm]:
    """Return the active alarms told apart by these; locked: nobody else changes them until we are done."""
    wanted = set(identities)
    if not wanted:
        return {}
    keys, codes = {identity.object_key for identity in wanted}, {identity.problem for identity in wanted}
    alarms = Alarm.objects.active().filter(object_key__in=keys, problem__in=codes)
    alarms = locked(alarms) if is_locked else alarms.whole()
    alarms_by_identity = {identity_of(alarm): alarm for alarm in alarms}
    return {identity: alarm for identity, alarm in alarms_by_identity.items() if identity in wanted}


def locked(alarms: AlarmQuerySet) -> AlarmQuerySet:
    """Return these alarms, locked in the order of their keys until the transaction ends; whoever waited looks anew."""
    return alarms.select_for_update(of=("self",)).whole().order_by("pk")


def note(
    alarms: Iterable[Alarm],
    kind: EntryKind,
    actor: Actor,
    now: datetime,
    facts: Facts | Sequence[Facts] | None = None,
    to: NoticeChannel | None = None,
) -> None:
    """Add a row to the history of each alarm, with the notices that go to other systems; `to` hears of it anyway.

    `facts` are those of all of them, or one for each.
    """
    rows = list(alarms)
    known = facts if isinstance(facts, Sequence) else [facts or Facts()] * len(rows)
    made = [
        AlarmEntry(alarm=alarm, at=now, kind=kind, actor=actor.name, system=actor.system, **vars(own))
        for alarm, own in zip(rows, known, strict=True)
    ]
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
