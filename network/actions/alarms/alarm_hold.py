"""Keeping alarms from attention: shelved for a time, suppressed by design, out of service; and letting them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from console.actions.audit.audit import SYSTEM, Actor, record
from console.errors import Refused
from network.actions.alarms import alarm as alarm_actions
from network.actions.alarms.alarm import ANEW, NAMES, Facts, note, save, tell, wait_anew
from network.actions.alarms.alarm_condition import Identity, identity_of
from network.actions.alarms.alarm_cover import cover, is_covered
from network.actions.alarms.managed_object import SITE, Name, is_shared, names_of
from network.actions.alarms.operator_actions import CHANGE, MOST_PK, Outcome, each
from network.actions.alarms.problem import registered, texts
from network.actions.maintenance import affected, maintenance
from network.kernels.alarms.alarm import Hold, check_holdable
from network.models import Alarm, AlarmHold, EntryKind, HoldKind, Site
from network.models.alarms.alarm import UNKNOWN_KIND

HOLD = "network.add_alarmhold"
LONGEST_SHELVED = timedelta(days=7)
LONGEST_HELD = timedelta(days=366)
MOST_HOLDS = 5_000
MOST_TOLD, MOST_CODE = 5, 60


@dataclass(frozen=True)
class HoldRequest:
    """How, why and until when something is held; a shelved one always has an end."""

    kind: HoldKind
    reason: str
    until_at: datetime | None = None


@dataclass(frozen=True)
class Target:
    """What is held: an object, or with a problem that one of it; and what people call them."""

    identity: Identity  # an empty problem: every problem of the object
    name: Name
    specific_problem: str = ""


def target_of(identity: Identity) -> Target:
    """Return an object that is told by kind and key, with the name that its owner or everybody knows, else its key.

    Its problem may be a code or its text in either language. Whether another organisation has something with that key
    nobody learns.
    """
    code, text = _problem_named(identity.problem)
    return Target(identity._replace(problem=code), _name_of(identity) or Name(identity.object_key, ""), text)


def target_named(subject: str, specific_problem: str, organisation: int) -> Target:
    """Return an object that is told by the name that its alarms or a site have, in either language.

    What nothing is called so now is held once something is.

    Raises:
        Refused: several objects have that name.
    """
    alarms = Alarm.objects.active().filter(Q(subject=subject) | Q(subject_zh=subject), organisation=organisation)
    objects = set(alarms.order_by().values_list("object_kind", "object_key"))
    sites = Site.objects.filter(Q(name_en=subject) | Q(name_zh=subject) | Q(slug=subject))
    objects |= {(SITE, slug) for slug in sites.values_list("slug", flat=True)}
    if len(objects) > 1:
        listed = ", ".join(f"{kind} {key}" for kind, key in sorted(objects)[:MOST_TOLD])
        raise Refused(f"subject: {subject} given, which are {listed}; expected object_kind and object_key of one")
    kind, key = objects.pop() if objects else (UNKNOWN_KIND, subject)
    code, text = _problem_named(specific_problem)
    identity = Identity(kind, key, code, organisation)
    return Target(identity, _name_of(identity) or Name(subject, ""), text)


def _name_of(identity: Identity) -> Name | None:
    """Return the name that everybody may know, else what its owner's alarms called it last; None where it had none."""
    about = identity.object_kind, identity.object_key
    if is_shared(identity.object_kind) and (name := names_of([about]).get(about)):
        return name
    own = Alarm.objects.filter(object_key=identity.object_key, object_kind=identity.object_kind)
    row = own.filter(organisation=identity.organisation).values_list(*NAMES).first()
    return Name(*row) if row else None


def _problem_named(words: str) -> tuple[str, str]:
    """Return code and English text of the problem of this code, or of this text in either language."""
    known = next((problem for problem in registered() if words in (problem.code, *texts(problem))), None)
    return (known.code, known.text) if known else (words[:MOST_CODE], words)


def hold_alarms(actor: Actor, ids: Sequence[int], wanted: HoldRequest, now: datetime) -> Outcome:
    """Hold active alarms, and whatever comes of the same subjects and problems while the hold lasts.

    Returns:
        The alarms, as they are now; refused are those that are over or held already, or do not exist.

    Raises:
        Refused: that is so of all, or the end is out of range.
    """

    def change(alarm: Alarm) -> None:
        _check_state(alarm)
        target = Target(identity_of(alarm), Name(alarm.subject, alarm.subject_zh), alarm.specific_problem)
        hold = _made(actor, target, wanted, now)
        alarm.hold, alarm.held = hold, hold.kind

    _check(wanted, now)
    with transaction.atomic():
        outcome = each(actor, CHANGE if wanted.kind == HoldKind.SHELVED else HOLD, ids, change)
        save(outcome.done, ["hold", "held"], now)
        note(outcome.done, EntryKind.HELD, actor, now, Facts(wanted.reason, wanted.until_at))
        tell(outcome.done, now)
    return outcome


def declare_hold(actor: Actor, target: Target, wanted: HoldRequest, now: datetime) -> AlarmHold:
    """Hold an object, or with a problem named that one of it, whether or not it has alarms now.

    Raises:
        Refused: it is held already, the end is out of range, there are too many holds, or it is another's object.
    """
    _check(wanted, now)
    if not actor.may_change(target.identity.organisation, HOLD):
        raise Refused("organisation: another's given; expected one in which you have the right " + HOLD)
    with transaction.atomic():
        hold = _made(actor, target, wanted, now)
        key = target.identity.object_key  # of what nothing is called yet its name
        about = Q(object_key=key) | Q(subject=key) | Q(subject_zh=key)
        rows = Alarm.objects.active().whole().filter(about, held="")
        covered = [alarm for alarm in rows if hold.covers(alarm)]
        for alarm in covered:
            alarm.hold, alarm.held = hold, hold.kind
        save(covered, ["hold", "held"], now)
        note(covered, EntryKind.HELD, actor, now, Facts(wanted.reason, wanted.until_at))
        tell(covered, now)
    return hold


def release_alarms(actor: Actor, ids: Sequence[int], now: datetime, *, only_shelved: bool = False) -> Outcome:
    """Let alarms back before their time; a hold of a whole subject lets all of its alarms back.

    Args:
        actor: who lets them back.
        ids: primary keys of the alarms.
        now: when.
        only_shelved: the actor may let back only what is shelved.

    Raises:
        Refused: no alarm exists that is held, and that the actor may let back.
    """
    with transaction.atomic():
        theirs = Alarm.objects.visible_to(actor).filter(pk__in=[pk for pk in ids if pk <= MOST_PK]).values("hold")
        list(AlarmHold.objects.select_for_update().filter(pk__in=theirs).order_by("pk"))  # nobody ends them meanwhile
        outcome = each(actor, CHANGE, ids, lambda alarm: _check_release(actor, alarm, only_shelved=only_shelved))
        end_holds(actor, list({alarm.hold.pk: alarm.hold for alarm in outcome.done if alarm.hold}.values()), now)
    rows = Alarm.objects.whole().filter(pk__in=[alarm.pk for alarm in outcome.done])
    return Outcome(list(rows.order_by("pk")), outcome.refused)


def _check_release(actor: Actor, alarm: Alarm, *, only_shelved: bool) -> None:
    if alarm.hold is None:
        raise Refused(f"alarm {alarm.pk}: nothing holds it")
    if alarm.hold.maintenance_id:
        raise Refused(_bound(alarm.hold))
    is_bound = only_shelved or not actor.may_change(alarm.owner_pk, HOLD)
    if is_bound and alarm.held != HoldKind.SHELVED:
        raise Refused(f"alarm {alarm.pk} is not only shelved; letting it back needs the right network.add_alarmhold")


def _bound(hold: AlarmHold) -> str:
    return f"{hold.subject} suppresses it; withdraw that maintenance"


def are_held_by_design(actor: Actor, ids: Sequence[int]) -> bool:
    """Whether some of these alarms are suppressed or out of service, and none is only shelved."""
    held = set(
        Alarm.objects.visible_to(actor)
        .filter(pk__in=[pk for pk in ids if pk <= MOST_PK])
        .values_list("held", flat=True)
    )
    return bool(held - {"", HoldKind.SHELVED}) and HoldKind.SHELVED not in held


def end_holds(actor: Actor, holds: Sequence[AlarmHold], now: datetime) -> None:
    """End holds, let back what they held, and tell everyone. What another hold or a maintenance covers stays held.

    Raises:
        Refused: one has ended already, or follows from a maintenance, which only the system ends.
    """
    if actor is not SYSTEM and (bound := [hold for hold in holds if hold.maintenance_id]):
        raise Refused(_bound(bound[0]))
    with transaction.atomic():
        keys = [hold.pk for hold in holds]
        if AlarmHold.objects.filter(pk__in=keys, ended_at=None).update(ended_at=now) != len(keys):
            raise Refused("the hold has ended already")
        for hold in holds:
            details = {"kind": hold.kind, "problem": hold.specific_problem}
            record(actor, "released alarm", hold.subject, now, owner=hold.owner_pk, **details)
        _let_back(actor, list(Alarm.objects.whole().filter(hold__in=keys).order_by("pk")), now)


def end_due_holds(now: datetime) -> int:
    """End the holds whose time is over; return how many."""
    with transaction.atomic():
        rows = AlarmHold.objects.select_for_update().filter(ended_at=None, until_at__lte=now)
        due = list(rows.order_by("pk")[:MOST_HOLDS])
        if due:
            end_holds(SYSTEM, due, now)
    return len(due)


def keep_maintenance(now: datetime) -> int:
    """Suppress the active alarms of what is under maintenance, let back those of what is no more; return how many.

    Repeated, it finds nothing more to do. It follows the inventory: what comes to be cut off is suppressed then.
    """
    with transaction.atomic():
        rows = affected.in_force(now)
        open_ones = AlarmHold.objects.filter(maintenance__isnull=False, ended_at=None)
        over = list(open_ones.select_for_update().exclude(maintenance__in=rows))
        if over:
            end_holds(SYSTEM, over, now)
        if not rows:
            return len(over)
        alarms = alarm_actions.locked(Alarm.objects.active())
        held = list(alarms.filter(hold__maintenance__isnull=False))
        freed = [alarm for alarm, stays in zip(held, is_covered(held, now), strict=True) if not stays]
        _let_back(SYSTEM, freed, now)
        caught = _caught(list(alarms.filter(held="")), now)
    return len(over) + len(freed) + len(caught)


def _let_back(actor: Actor, alarms: list[Alarm], now: datetime) -> None:
    """Let alarms go from their hold; what something else covers is held by that at once, and never was free."""
    for alarm in alarms:
        alarm.hold, alarm.held = None, ""
    active = [alarm for alarm in alarms if alarm.ended_at is None]
    caught = {alarm.pk for alarm in _caught(active, now)}
    back = [alarm for alarm in alarms if alarm.pk not in caught]
    wait_anew(back, now)
    save(back, ["hold", "held", *ANEW], now)
    note(back, EntryKind.RELEASED, actor, now)
    tell(back, now)


def _caught(alarms: list[Alarm], now: datetime) -> list[Alarm]:
    held = cover(alarms, now)
    save(held, ["hold", "held"], now)
    for hold in {alarm.hold for alarm in held if alarm.hold}:
        under = [alarm for alarm in held if alarm.hold == hold]
        for words, heard in ((hold.reason, _of(hold, under)), ("", _not_of(hold, under))):
            note(heard, EntryKind.HELD, SYSTEM, now, Facts(words, hold.until_at))
    tell(held, now)
    return held


def _of(hold: AlarmHold, alarms: list[Alarm]) -> list[Alarm]:
    return [alarm for alarm in alarms if alarm.organisation_id == hold.organisation_id]


def _not_of(hold: AlarmHold, alarms: list[Alarm]) -> list[Alarm]:
    """Return the alarms of others: why the network is under maintenance is not for its customers."""
    return [alarm for alarm in alarms if alarm.organisation_id != hold.organisation_id]


def _check(wanted: HoldRequest, now: datetime) -> None:
    longest = LONGEST_SHELVED if wanted.kind == HoldKind.SHELVED else LONGEST_HELD
    if wanted.until_at is None:
        if wanted.kind == HoldKind.SHELVED:
            raise Refused("until_at: none given; expected when the shelving ends")
    elif not now < wanted.until_at <= now + longest:
        raise Refused(f"until_at: {wanted.until_at.isoformat()} given; expected within {longest.days} days from now")


def _check_state(alarm: Alarm) -> None:
    try:
        check_holdable(Hold(alarm.held), is_active=alarm.ended_at is None)
    except ValueError as reason:
        raise Refused(f"alarm {alarm.pk}: {reason}") from reason


def _made(actor: Actor, target: Target, wanted: HoldRequest, now: datetime) -> AlarmHold:
    kind, key, problem, organisation = target.identity
    subject = target.name.en
    ours = AlarmHold.objects.filter(organisation=organisation, ended_at=None)
    if ours.count() >= MOST_HOLDS:
        raise Refused(f"there are {MOST_HOLDS} holds already; end some first")
    same = Q(object_kind=kind, object_key=key) | Q(object_kind=UNKNOWN_KIND, object_key__in=target.name)
    taken = ours.filter(same, problem__in=("", problem)).first()
    if taken:
        raise Refused(f"{subject} is {HoldKind(taken.kind).label} already, by {taken.actor}")
    try:
        with transaction.atomic():
            hold = AlarmHold.objects.create(
                kind=wanted.kind, object_kind=kind, object_key=key, problem=problem, subject=subject,
                subject_zh=target.name.zh, specific_problem=target.specific_problem, reason=wanted.reason,
                started_at=now, until_at=wanted.until_at, actor=actor.name, person=actor.person,
                organisation_id=organisation,
            )  # fmt: skip
    except IntegrityError as taken_meanwhile:
        raise Refused(f"{subject} is held already") from taken_meanwhile
    until = wanted.until_at.isoformat() if wanted.until_at else None
    details = {"kind": wanted.kind, "problem": target.specific_problem, "reason": wanted.reason, "until": until}
    record(actor, "held alarm", subject, now, owner=organisation, **details)
    return hold


maintenance.on_change(keep_maintenance)
