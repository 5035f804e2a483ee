"""Maintenance: times announced in which a subject's service does not count."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from console.actions.audit import SYSTEM, Actor, record
from console.errors import Invalid, Refused, WrongValue
from network.actions.inventory import Problem
from network.actions.service import concern, sources
from network.actions.service.concern import REGION, Concern, Subject
from network.models import Agreement, Maintenance, SubjectKind

KINDS = (*SubjectKind.values, REGION)
Changed = Callable[[datetime], object]
_listeners: list[Changed] = []
MOST_AHEAD = timedelta(days=366)
LONGEST = timedelta(days=31)
MOST_AT_ONCE = 2_000
Time = tuple[datetime, datetime]


@dataclass(frozen=True)
class Concerned:
    """An agreement that a maintenance concerns."""

    agreement: Agreement
    how: Concern


@dataclass(frozen=True)
class Wish:
    """What is announced."""

    kind: str
    key: str
    starts_at: datetime
    ends_at: datetime
    reason: str


def announce(actor: Actor, wish: Wish, now: datetime) -> Maintenance:
    """Announce a maintenance; one that has begun already leaves time out only from now on.

    Raises:
        Invalid: its times or its subject cannot be taken.
        Refused: there are too many to come.
    """
    if problems := list(_problems(wish, now)):
        raise Invalid(problems)
    subject = _found(wish.kind, wish.key)
    count = len(concerned(wish.kind, wish.key))
    with transaction.atomic():
        if Maintenance.objects.filter(ends_at__gt=now, withdrawn_at=None).count() >= MOST_AT_ONCE:
            raise Refused(f"{MOST_AT_ONCE} maintenances are announced already, which is the most")
        made = Maintenance.objects.create(
            kind=wish.kind, key=subject.key if subject else "", starts_at=wish.starts_at, ends_at=wish.ends_at,
            reason=wish.reason, actor=actor.name, person=actor.person, made_at=now,
            organisation_id=(subject.organisation if subject else None) or actor.organisation,
        )  # fmt: skip
        times = {"starts_at": wish.starts_at.isoformat(), "ends_at": wish.ends_at.isoformat()}
        told: dict[str, Any] = {**times, "agreements": count, "reason": wish.reason}
        record(actor, "announced maintenance", word(made), now, **told)
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

    Whom a maintenance concerns says `concern.RULE`. Of a slice these are the times when all of its sites are left out;
    the times of each are in `sites_excluded`.
    """
    times = _announced(since, until)
    if not times:
        return {}
    concerns = concern.read(times, agreements)
    found: dict[int, list[Time]] = {}
    for agreement in agreements:
        own = [time for subject, one in concerns.of(agreement).items() if one.share == 1 for time in times[subject]]
        if agreement.kind == SubjectKind.SLICE and agreement.key in concerns.members:
            pool = (concerns.sites.get(pk, ()) for pk in concerns.members[agreement.key])
            own += _common([time for subject in subjects for time in times[subject]] for subjects in pool)
        if own:
            found[agreement.pk] = own
    return found


def sites_excluded(since: datetime, until: datetime) -> dict[int, list[Time]]:
    """Return the times in [since, until) in which sites are under maintenance or cut off by one, by primary key."""
    times = _announced(since, until)
    sites = concern.sites_of(times)
    return {pk: [time for subject in subjects for time in times[subject]] for pk, subjects in sites.items()}


def concerned(kind: str, key: str, actor: Actor = SYSTEM) -> list[Concerned]:
    """Return which agreements a maintenance of this subject concerns, and how, by `concern.RULE`; of whom one may see.

    Raises:
        Invalid: there is no such subject.
    """
    subject = _found(kind, key)
    if subject is not None and subject.organisation is not None and not actor.may_see(subject.organisation):
        raise Invalid([_unknown(kind, key)])
    return _concerned(kind, subject.key if subject else "", actor)


def concerned_by(one: Maintenance, actor: Actor = SYSTEM) -> list[Concerned]:
    """Return which agreements a maintenance concerns over the inventory of now, its subject there or not."""
    return _concerned(one.kind, one.key, actor)


def _concerned(kind: str, key: str, actor: Actor) -> list[Concerned]:
    agreements = list(Agreement.objects.visible_to(actor).in_force().order_by("kind", "key", "metric", "pk"))
    concerns = concern.read([(kind, key)], agreements)
    return [Concerned(one, how) for one in agreements for how in concerns.of(one).values()]


def of_agreement(rows: Iterable[Maintenance], agreements: Sequence[Agreement]) -> dict[int, list[Maintenance]]:
    """Return which of these maintenances concern each agreement, by its primary key, in the order given."""
    given = list(rows)
    if not given:
        return {one.pk: [] for one in agreements}
    concerns = concern.read({(one.kind, one.key) for one in given}, agreements)
    found = {}
    for agreement in agreements:
        subjects = concerns.of(agreement)
        found[agreement.pk] = [one for one in given if (one.kind, one.key) in subjects]
    return found


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
    for one in rows.order_by("starts_at"):
        if one.counts_from < one.counts_until:
            times[one.kind, one.key].append((one.counts_from, one.counts_until))
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


def _found(kind: str, key: str) -> sources.Subject | None:
    """Return what is named; None is everything.

    Raises:
        Invalid: there is no such subject.
    """
    if kind not in KINDS:
        raise Invalid([Problem("kind", kind, f"one of {', '.join(KINDS)}")])
    if kind == REGION and not key:
        return None
    if found := sources.find_region(key) if kind == REGION else sources.find(kind, key):
        return found
    raise Invalid([_unknown(kind, key)])


def _unknown(kind: str, key: str) -> Problem:
    return Problem("key", key, f"the key of a {kind} that exists")


def _problems(wish: Wish, now: datetime) -> Iterable[WrongValue]:
    try:
        _found(wish.kind, wish.key)
    except Invalid as wrong:
        yield from wrong.problems
    if wish.ends_at <= wish.starts_at:
        yield Problem("ends_at", wish.ends_at.isoformat(), "a time after starts_at")
    elif wish.ends_at - wish.starts_at > LONGEST:
        yield Problem("ends_at", wish.ends_at.isoformat(), f"at most {LONGEST.days} days after starts_at")
    if wish.ends_at <= now:
        yield Problem("ends_at", wish.ends_at.isoformat(), "a time to come: what is over cannot be announced")
    if wish.starts_at > now + MOST_AHEAD:
        yield Problem("starts_at", wish.starts_at.isoformat(), f"at most {MOST_AHEAD.days} days ahead")
