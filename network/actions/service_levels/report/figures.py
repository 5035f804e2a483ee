"""What the ledger says of every agreement of a region in a month.

Months begin and end at midnight by the clock of the installation's time zone. Hours are added up; where they are past
their retention, days (of UTC) inside the month are. What neither holds is unknown.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from console.errors import Refused
from console.models import Organisation
from network.actions.maintenance.maintenance import of_agreement
from network.kernels.measurement import error_budget
from network.kernels.measurement.error_budget import Promise, Tally, Time
from network.models import Agreement, Breach, ComplianceStatus, CountSpan, Maintenance, Region, ServiceCount

Array = NDArray[np.float64]
MOST_AGREEMENTS = 2_000
MOST_NAMED = 200
"""Breaches and exclusions shown of one agreement; how many there were is always said."""
HOUR = timedelta(hours=1)
HOURS_OF_DAY = 24
_FIELDS = ("agreement_id", "started_at", "good", "total", "unknown_s", "excluded_s")
GOOD, TOTAL, KNOWN, EXCLUDED = range(4)


@dataclass(frozen=True)
class Span:
    """A month, and how far it is reported: to its end, or to the last whole hour counted."""

    month: str
    since: datetime
    until: datetime
    end: datetime

    @property
    def is_whole(self) -> bool:
        """Whether the month is over."""
        return self.until == self.end


@dataclass(frozen=True)
class Day:
    """What a day by the local clock came to; None: nothing counted."""

    on: date
    achieved_share: float | None
    is_kept: bool | None
    known_share: float  # of the day's time that was elapsed and not excluded


@dataclass(frozen=True)
class Line:
    """What became of one agreement; None is unknown. Seconds are of the reported time in which it was in force."""

    agreement: Agreement
    began_at: datetime | None
    ended_at: datetime | None  # where it ended in the time reported
    elapsed_s: float
    good: int
    total: int
    known_s: float
    unknown_s: float
    excluded_s: float
    achieved_share: float | None
    budget_left_share: float | None
    state: str
    days: tuple[Day, ...]
    breaches: tuple[Breach, ...]
    breach_count: int
    exclusions: tuple[Maintenance, ...]


@dataclass(frozen=True)
class Month:
    """A region's month."""

    region: Region
    span: Span
    lines: tuple[Line, ...]


def span_of(month: str, counted_until: datetime | None) -> Span:
    """Return a month as it can be reported now.

    Args:
        month: as "2026-11".
        counted_until: up to when the ledger goes; None when it is empty.

    Raises:
        Refused: nothing of the month has been counted.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    year, number = (int(part) for part in month.split("-"))
    since, end = error_budget.bounds("calendar_month", datetime(year, number, 15, tzinfo=zone), zone)
    reached = counted_until or since
    until = min(end, reached.replace(minute=0, second=0, microsecond=0))
    if until <= since:
        raise Refused(f"nothing of {month} has been counted yet")
    return Span(month, since, until, end)


def month_of(region: Region, span: Span, reader: Organisation | None = None) -> Month:
    """Return what the ledger says of a region's agreements in a month: of those that an organisation may see.

    Why the network was under maintenance is told to those who see every organisation; None is one of these.

    Raises:
        Refused: the region has more agreements than one report can hold.
    """
    customer = None if reader is None or reader.role("report").sees_all else reader
    agreements = list(_promised(region, span, customer))
    if len(agreements) > MOST_AGREEMENTS:
        raise Refused(f"{len(agreements)} agreements are in {region.slug}; a report holds at most {MOST_AGREEMENTS}")
    hours = _hours(agreements, span)
    lines = _lines(agreements, hours, span, _exclusions(span, customer))
    return Month(region, span, tuple(lines))


def _promised(region: Region, span: Span, customer: Organisation | None) -> QuerySet[Agreement]:
    """Return the agreements of a month: those that ended later or in it too, not what replaced them after it."""
    is_of_month = Q(ended_at=None) | Q(ended_at__gt=span.since, standing__began_at__lt=span.until)
    is_later = Q(replaces__isnull=False) & (Q(standing=None) | Q(standing__began_at__gte=span.until))
    rows = Agreement.objects.filter(is_of_month, region=region).exclude(is_later)
    rows = rows if customer is None else rows.filter(organisation=customer)
    return rows.select_related("region").order_by("kind", "key", "metric", "pk")


def _ended_at(agreement: Agreement, span: Span) -> datetime | None:
    """Return up to which whole minute an agreement counted that ended in the time reported."""
    at = agreement.ended_at
    return at.replace(second=0, microsecond=0) if at is not None and at < span.until else None


def _hours(agreements: Sequence[Agreement], span: Span) -> Array:
    """Return good, total, known and excluded seconds of every agreement and hour, shape (agreements, hours, 4)."""
    place = {agreement.pk: number for number, agreement in enumerate(agreements)}
    count = round((span.until - span.since) / HOUR)
    hours, seen = np.zeros((len(agreements), count, 4)), np.zeros((len(agreements), count), bool)
    rows = ServiceCount.objects.filter(
        agreement__in=place, started_at__gte=span.since, started_at__lt=span.until
    ).order_by()
    for pk, at, *counts in rows.filter(span_s=CountSpan.HOUR).values_list(*_FIELDS).iterator(chunk_size=5_000):
        hour = round((at - span.since) / HOUR)
        hours[place[pk], hour], seen[place[pk], hour] = _counts(CountSpan.HOUR, *counts), True
    for pk, at, *counts in rows.filter(span_s=CountSpan.DAY).values_list(*_FIELDS).iterator(chunk_size=5_000):
        first = round((at - span.since) / HOUR)
        day = slice(first, first + HOURS_OF_DAY)
        if day.stop <= count and not seen[place[pk], day].all():
            hours[place[pk], day] = np.array(_counts(CountSpan.DAY, *counts)) / HOURS_OF_DAY
    return hours


def _counts(span_s: int, good: int, total: int, unknown_s: float, excluded_s: float) -> tuple[float, ...]:
    return good, total, max(span_s - unknown_s - excluded_s, 0.0), excluded_s


def _lines(agreements: Sequence[Agreement], hours: Array, span: Span, announced: Sequence[Maintenance]) -> list[Line]:
    began = dict(ComplianceStatus.objects.filter(agreement__in=agreements).values_list("agreement_id", "began_at"))
    first = [began.get(agreement.pk, span.until) for agreement in agreements]
    ended = [_ended_at(agreement, span) for agreement in agreements]
    last = [at or span.until for at in ended]
    elapsed_s = np.array(
        [max((end - max(at, span.since)).total_seconds(), 0.0) for at, end in zip(first, last, strict=True)]
    )
    rest_s = np.array([0.0 if at else (span.end - span.until).total_seconds() for at in ended])
    promise = _promise(agreements)
    tally = _tally(hours.sum(axis=1))
    time = Time(elapsed_s, elapsed_s + rest_s)
    achieved, left = (
        error_budget.achieved_share(tally, elapsed_s, promise),
        error_budget.budget_left_share(tally, time, promise),
    )
    states = error_budget.states(tally, time, promise, np.full(len(agreements), "", "<U6"))
    unknown_s = error_budget.unknown_s(tally, elapsed_s)
    days, breaches = _days(agreements, hours, (first, last), span), _breaches(agreements, span)
    exclusions = of_agreement(announced, agreements)
    return [
        Line(
            agreement,
            began.get(agreement.pk),
            ended[n],
            float(elapsed_s[n]),
            round(tally.good[n]),
            round(tally.total[n]),
            float(tally.known_s[n]),
            float(unknown_s[n]),
            float(tally.excluded_s[n]),
            _null(achieved[n]),
            _null(left[n]),
            str(states[n]),
            tuple(days[n]),
            tuple(breaches[agreement.pk][:MOST_NAMED]),
            len(breaches[agreement.pk]),
            tuple(exclusions[agreement.pk])[:MOST_NAMED],
        )
        for n, agreement in enumerate(agreements)
    ]


def _promise(agreements: Sequence[Agreement]) -> Promise:
    return Promise(
        np.array([agreement.target_share for agreement in agreements], float),
        np.array([agreement.most_unknown_share for agreement in agreements], float),
        np.array([agreement.is_unknown_bad for agreement in agreements], bool),
    )


def _tally(counts: Array) -> Tally:
    return Tally(*(counts[..., column] for column in (GOOD, TOTAL, KNOWN, EXCLUDED)))


def _days(
    agreements: Sequence[Agreement], hours: Array, lasted: tuple[Sequence[datetime], Sequence[datetime]], span: Span
) -> list[list[Day]]:
    """Return what the days by the local clock came to, from the first that is reported; `lasted`: first and last."""
    zone, promise = ZoneInfo(settings.TIME_ZONE), _promise(agreements)
    starts = [span.since + number * HOUR for number in range(hours.shape[1])]
    on = [at.astimezone(zone).date() for at in starts]
    days: list[list[Day]] = [[] for _ in agreements]
    for local_day in sorted(set(on)):
        chosen = [number for number, day in enumerate(on) if day == local_day]
        ends = starts[chosen[-1]] + HOUR
        elapsed_s = np.array(
            [
                max((min(end, ends) - max(at, starts[chosen[0]])).total_seconds(), 0.0)
                for at, end in zip(*lasted, strict=True)
            ]
        )
        tally = _tally(hours[:, chosen].sum(axis=1))
        achieved = error_budget.achieved_share(tally, elapsed_s, promise)
        owed_s = np.maximum(elapsed_s - tally.excluded_s, 0.0)
        known = np.divide(tally.known_s, owed_s, out=np.zeros(len(agreements)), where=owed_s > 0)
        for number, agreement in enumerate(agreements):
            share = _null(achieved[number])
            is_kept = None if share is None else round(share, 9) >= agreement.target_share
            days[number].append(Day(local_day, share, is_kept, min(float(known[number]), 1.0)))
    return days


def _breaches(agreements: Sequence[Agreement], span: Span) -> dict[int, list[Breach]]:
    lasting = Q(ended_at=None) | Q(ended_at__gt=span.since)
    rows = Breach.objects.filter(lasting, agreement__in=agreements, started_at__lt=span.until)
    breaches: dict[int, list[Breach]] = defaultdict(list)
    for row in rows.order_by("started_at", "pk"):
        breaches[row.agreement_id].append(row)
    return breaches


def _exclusions(span: Span, customer: Organisation | None) -> list[Maintenance]:
    """Return what was announced of a time; a customer is not told why and by whom."""
    rows = Maintenance.objects.filter(starts_at__lt=span.until, ends_at__gt=span.since, made_at__lt=span.until)
    maintenances = [
        window
        for window in rows.order_by("starts_at", "pk")
        if max(window.counts_from, span.since) < window.counts_until
    ]
    for maintenance in maintenances if customer else ():
        maintenance.reason = maintenance.actor = maintenance.withdrawn_by = ""
        maintenance.person = None
    return maintenances


def _null(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
