"""Maintenance: times announced in which a subject's service does not count."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from console.actions.audit import Actor, record
from console.errors import Refused
from network.actions.inventory import Invalid, Problem
from network.actions.service import sources
from network.models import Agreement, Maintenance, Region, SubjectKind

REGION = "region"
KINDS = (*SubjectKind.values, REGION)
MOST_AHEAD = timedelta(days=366)
LONGEST = timedelta(days=31)
MOST_AT_ONCE = 2_000
Time = tuple[datetime, datetime]


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
    subject = _subject(wish)
    if problems := list(_problems(wish, subject, now)):
        raise Invalid(problems)
    with transaction.atomic():
        if Maintenance.objects.filter(ends_at__gt=now, withdrawn_at=None).count() >= MOST_AT_ONCE:
            raise Refused(f"{MOST_AT_ONCE} maintenances are announced already, which is the most")
        made = Maintenance.objects.create(
            kind=wish.kind, key=subject.key if subject else "", starts_at=wish.starts_at, ends_at=wish.ends_at,
            reason=wish.reason, actor=actor.name, person=actor.person, made_at=now,
        )  # fmt: skip
        times = {"starts_at": wish.starts_at.isoformat(), "ends_at": wish.ends_at.isoformat()}
        record(actor, "announced maintenance", word(made), now, **times, reason=wish.reason)
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
    return done


def excluded(agreements: Sequence[Agreement], since: datetime, until: datetime) -> dict[int, list[Time]]:
    """Return the times in [since, until) that do not count, by agreement; those without any are left out."""
    rows = Maintenance.objects.filter(starts_at__lt=until, ends_at__gt=since, made_at__lt=until)
    rows = rows.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=since))
    times: dict[tuple[str, str], list[Time]] = defaultdict(list)
    for one in rows.order_by("starts_at"):
        if one.counts_from < one.counts_until:
            times[one.kind, one.key].append((one.counts_from, one.counts_until))
    if not times:
        return {}
    slugs = dict(Region.objects.values_list("pk", "slug"))
    found = {}
    for agreement in agreements:
        own = times.get((agreement.kind, agreement.key), []) + times.get((REGION, ""), [])
        if agreement.region_id is not None:
            own += times.get((REGION, slugs.get(agreement.region_id, "")), [])
        if own:
            found[agreement.pk] = own
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


def word(maintenance: Maintenance) -> str:
    """Return a maintenance as the audit trail names it."""
    return f"{maintenance.kind} {maintenance.key or 'everywhere'}"


def _subject(wish: Wish) -> sources.Subject | None:
    if wish.kind == REGION:
        return sources.find_region(wish.key) if wish.key else None
    return sources.find(wish.kind, wish.key)


def _problems(wish: Wish, subject: sources.Subject | None, now: datetime) -> Iterable[Problem]:
    is_everywhere = wish.kind == REGION and not wish.key
    if wish.kind not in KINDS:
        yield Problem("kind", wish.kind, f"one of {', '.join(KINDS)}")
    elif subject is None and not is_everywhere:
        yield Problem("key", wish.key, f"the key of a {wish.kind} that exists")
    if wish.ends_at <= wish.starts_at:
        yield Problem("ends_at", wish.ends_at.isoformat(), "a time after starts_at")
    elif wish.ends_at - wish.starts_at > LONGEST:
        yield Problem("ends_at", wish.ends_at.isoformat(), f"at most {LONGEST.days} days after starts_at")
    if wish.ends_at <= now:
        yield Problem("ends_at", wish.ends_at.isoformat(), "a time to come: what is over cannot be announced")
    if wish.starts_at > now + MOST_AHEAD:
        yield Problem("starts_at", wish.starts_at.isoformat(), f"at most {MOST_AHEAD.days} days ahead")
