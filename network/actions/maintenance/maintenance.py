"""Maintenance: times announced in which a subject's service does not count."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from console.actions.audit.audit import SYSTEM, Actor, record
from console.errors import Invalid, Refused, WrongValue
from network.actions.inventory import Problem
from network.actions.maintenance import affected
from network.actions.maintenance.affected import REGION, AffectedBy, Subject
from network.models import Agreement, Maintenance, SubjectKind
from network.models import subject as kinds
from network.models.subject import FoundSubject

Changed = Callable[[datetime], object]
_listeners: list[Changed] = []
MOST_AHEAD = timedelta(days=366)
LONGEST = timedelta(days=31)
MOST_AT_ONCE = 2_000
Time = tuple[datetime, datetime]


@dataclass(frozen=True)
class AffectedAgreement:
    """An agreement that a maintenance concerns."""

    agreement: Agreement
    how: AffectedBy


@dataclass(frozen=True)
class MaintenanceRequest:
    """What is announced."""

    kind: str
    key: str
    starts_at: datetime
    ends_at: datetime
    reason: str


def announce(actor: Actor, request: MaintenanceRequest, now: datetime) -> Maintenance:
    """Announce a maintenance; one that has begun already leaves time out only from now on.

    Raises:
        Invalid: its times or its subject cannot be taken.
        Refused: there are too many to come.
    """
    if problems := list(_problems(request, now)):
        raise Invalid(problems)
    subject = _found(request.kind, request.key)
    count = len(affected_agreements(request.kind, request.key))
    with transaction.atomic():
        if Maintenance.objects.filter(ends_at__gt=now, withdrawn_at=None).count() >= MOST_AT_ONCE:
            raise Refused(f"{MOST_AT_ONCE} maintenances are announced already, which is the most")
        made = Maintenance.objects.create(
            kind=request.kind, key=subject.key if subject else "", starts_at=request.starts_at, ends_at=request.ends_at,
            reason=request.reason, actor=actor.name, person=actor.person, made_at=now,
            organisation_id=(subject.organisation if subject else None) or actor.organisation,
        )  # fmt: skip
        times = {"starts_at": request.starts_at.isoformat(), "ends_at": request.ends_at.isoformat()}
        details: dict[str, Any] = {**times, "agreements": count, "reason": request.reason}
        record(actor, "announced maintenance", word(made), now, **details)
        _tell_changed(now)
    return made


def withdraw(actor: Actor, pk: int, now: datetime) -> Maintenance:
    """End a maintenance before its time, or take back one to come; what it left out so far stays left out.

    Raises:
        Refused: it is over or withdrawn already.
    """
    with transaction.atomic():
        is_open = Q(pk=pk, withdrawn_at=None, ends_at__gt=now)
        if not Maintenance.objects.filter(is_open).update(withdrawn_at=now, withdrawn_by=actor.name):
            raise Refused(f"maintenance {pk} is over or withdrawn already")
        done = Maintenance.objects.get(pk=pk)
        record(actor, "withdrew maintenance", word(done), now)
        _tell_changed(now)
    return done


def on_change(listener: Changed) -> None:
    """Say who follows what is under maintenance, within the transaction that changes it; the last word holds."""
    _listeners[:] = [listener]


def _tell_changed(now: datetime) -> None:
    for listener in _listeners:
        listener(now)


def excluded(agreements: Sequence[Agreement], since: datetime, until: datetime) -> dict[int, list[Time]]:
    """Return the times in [since, until) in which nothing of an agreement counts, by agreement; without any: left out.

    Whom a maintenance concerns says `affected.RULE`. Of a slice these are the times when all of its sites are left out;
    the times of each are in `sites_excluded`.
    """
    times = _announced(since, until)
    if not times:
        return {}
    affected_subjects = affected.read(times, agreements)
    excluded: dict[int, list[Time]] = {}
    for agreement in agreements:
        own = [
            time
            for subject, affected_by in affected_subjects.of(agreement).items()
            if affected_by.share == 1
            for time in times[subject]
        ]
        if agreement.kind == SubjectKind.SLICE and agreement.key in affected_subjects.members:
            pool = (affected_subjects.sites.get(pk, ()) for pk in affected_subjects.members[agreement.key])
            own += _common([time for subject in subjects for time in times[subject]] for subjects in pool)
        if own:
            excluded[agreement.pk] = own
    return excluded


def sites_excluded(since: datetime, until: datetime) -> dict[int, list[Time]]:
    """Return the times in [since, until) in which sites are under maintenance or cut off by one, by primary key."""
    times = _announced(since, until)
    sites = affected.sites_of(times)
    return {pk: [time for subject in subjects for time in times[subject]] for pk, subjects in sites.items()}


def affected_agreements(kind: str, key: str, actor: Actor = SYSTEM) -> list[AffectedAgreement]:
    """Return which agreements a maintenance of this subject concerns, and how, by `affected.RULE`; of whom one may see.

    Raises:
        Invalid: there is no such subject.
    """
    subject = _found(kind, key)
    if subject is not None and subject.organisation is not None and not actor.may_see(subject.organisation):
        raise Invalid([_unknown(kind, key)])
    return _affected_agreements(kind, subject.key if subject else "", actor)


def agreements_affected_by(maintenance: Maintenance, actor: Actor = SYSTEM) -> list[AffectedAgreement]:
    """Return which agreements a maintenance concerns over the inventory of now, its subject there or not."""
    return _affected_agreements(maintenance.kind, maintenance.key, actor)


def _affected_agreements(kind: str, key: str, actor: Actor) -> list[AffectedAgreement]:
    agreements = list(Agreement.objects.visible_to(actor).in_force().order_by("kind", "key", "metric", "pk"))
    affected_subjects = affected.read([(kind, key)], agreements)
    return [
        AffectedAgreement(agreement, how)
        for agreement in agreements
        for how in affected_subjects.of(agreement).values()
    ]


def of_agreement(rows: Iterable[Maintenance], agreements: Sequence[Agreement]) -> dict[int, list[Maintenance]]:
    """Return which of these maintenances concern each agreement, by its primary key, in the order given."""
    given = list(rows)
    if not given:
        return {agreement.pk: [] for agreement in agreements}
    affected_subjects = affected.read({(maintenance.kind, maintenance.key) for maintenance in given}, agreements)
    maintenances = {}
    for agreement in agreements:
        subjects = affected_subjects.of(agreement)
        maintenances[agreement.pk] = [
            maintenance for maintenance in given if (maintenance.kind, maintenance.key) in subjects
        ]
    return maintenances


def covers(times: Iterable[Time], since: datetime, until: datetime) -> bool:
    """Whether these times together leave nothing of [since, until) out."""
    reached = since
    for start, end in sorted(times):
        if start > reached:
            return False
        reached = max(reached, end)
        if reached >= until:
            return True
    return False


def _announced(since: datetime, until: datetime) -> dict[Subject, list[Time]]:
    """Return what was announced of [since, until), by subject."""
    rows = Maintenance.objects.filter(starts_at__lt=until, ends_at__gt=since, made_at__lt=until)
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=since))
    times: dict[Subject, list[Time]] = defaultdict(list)
    for maintenance in rows.order_by("starts_at"):
        if maintenance.counts_from < maintenance.counts_until:
            times[maintenance.kind, maintenance.key].append((maintenance.counts_from, maintenance.counts_until))
    return dict(times)


def _common(groups: Iterable[list[Time]]) -> list[Time]:
    """Return the times that lie in every one of these groups of times."""
    common: list[Time] | None = None
    for group in groups:
        joined = _joined(group)
        if common is None:
            common = joined
        else:
            both = ((max(a[0], b[0]), min(a[1], b[1])) for a in common for b in joined)
            common = [(start, end) for start, end in both if start < end]
        if not common:
            return []
    return common or []


def _joined(times: Iterable[Time]) -> list[Time]:
    joined: list[Time] = []
    for start, end in sorted(times):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def word(maintenance: Maintenance) -> str:
    """Return a maintenance as the audit trail names it."""
    return f"{maintenance.kind} {maintenance.key or 'everywhere'}"


def _found(kind: str, key: str) -> FoundSubject | None:
    """Return what is named; None is everything.

    Raises:
        Invalid: there is no such subject.
    """
    known = kinds.of(kind, kinds.is_maintained)
    if kind == REGION and not key:
        return None
    if found_subject := known.find(key):
        return found_subject
    raise Invalid([_unknown(kind, key)])


def _unknown(kind: str, key: str) -> Problem:
    return Problem("key", key, f"the key of a {kind} that exists")


def _problems(request: MaintenanceRequest, now: datetime) -> Iterable[WrongValue]:
    try:
        _found(request.kind, request.key)
    except Invalid as wrong:
        yield from wrong.problems
    if request.ends_at <= request.starts_at:
        yield Problem("ends_at", request.ends_at.isoformat(), "a time after starts_at")
    elif request.ends_at - request.starts_at > LONGEST:
        yield Problem("ends_at", request.ends_at.isoformat(), f"at most {LONGEST.days} days after starts_at")
    if request.ends_at <= now:
        yield Problem("ends_at", request.ends_at.isoformat(), "a time to come: what is over cannot be announced")
    if request.starts_at > now + MOST_AHEAD:
        yield Problem("starts_at", request.starts_at.isoformat(), f"at most {MOST_AHEAD.days} days ahead")
