"""The ledger: once a minute what came of every agreement; hours summed from minutes, days from hours.

A minute is written when every round of it is drawn. After an outage the minutes missed are written from what was
measured meanwhile; what nobody measured is unknown, never good.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet, Sum

from console.database import condition_of
from network.actions.maintenance import maintenance
from network.actions.measurement import latency_histogram
from network.actions.rollup import RollUp, first_time, follow
from network.actions.service_levels.sources import MinuteCount
from network.models import Agreement, ComplianceStatus, CountSpan, ServiceCount, subject

log = logging.getLogger(__name__)

MINUTE = timedelta(seconds=CountSpan.MINUTE)
MINUTES_AT_ONCE = 10
"""So many are written in one transaction."""
MOST_AT_ONCE = 120
"""So many are written in one go; what is left follows in the next."""
MOST_BACK = timedelta(days=7)
"""What was missed longer ago stays unknown: nothing is kept to count it from."""
KEPT = {
    CountSpan.MINUTE: timedelta(hours=8),
    CountSpan.HOUR: timedelta(days=35),
    CountSpan.DAY: timedelta(days=3 * 365 + 1),
}
_NAMES = {span: f"{span.name.lower()}s of the ledger" for span in CountSpan}
_FINER = {CountSpan.HOUR: CountSpan.MINUTE, CountSpan.DAY: CountSpan.HOUR}
_FIELDS = ["good", "total", "unknown_s", "excluded_s"]


def record(now: datetime) -> int:
    """Write the minutes that are over and not written yet, then the hours and days they complete; return how many.

    Repeated, it finds nothing more to do; a minute written twice is the same minute.
    """
    until = latency_histogram.drawn_until(now)
    minutes = _minutes(until)
    start = minutes.floor(_next(minutes.resumes_at(), until))
    written = minutes.run(until)
    end = start + written * MINUTE if written else until  # where nothing is left to write, all of it is
    for rollup in SUMS.values():
        rollup.run(end)
    return written


def _counted(since: datetime) -> QuerySet[Agreement]:
    """Return the agreements that were in force after a time: of one that ended, the minutes before are counted."""
    return Agreement.objects.filter(Q(ended_at=None) | Q(ended_at__gt=since))


def write(agreements: Sequence[Agreement], since: datetime, until: datetime) -> None:
    """Write these whole minutes of these agreements; what was written of them before is replaced."""
    minutes = {(count.agreement_id, count.started_at): count for count in _counts(agreements, since, until)}
    left_out = maintenance.excluded(agreements, since, until)
    starts = [since + number * MINUTE for number in range(int((until - since) / MINUTE))]
    rows = [
        _row(agreement.pk, start, minutes.get((agreement.pk, start)), left_out.get(agreement.pk, ()))
        for agreement in agreements
        for start in starts
        if agreement.ended_at is None or start + MINUTE <= agreement.ended_at
    ]
    with transaction.atomic():
        ComplianceStatus.objects.bulk_create(
            (
                ComplianceStatus(
                    agreement=agreement, began_at=since, period_started_at=since, counted_until=since, judged_at=since
                )
                for agreement in agreements
            ),
            ignore_conflicts=True,
            batch_size=500,
        )
        _keep(rows)


def sums(rows: QuerySet[ServiceCount]) -> QuerySet[ServiceCount, tuple[int, int, int, float, float]]:
    """Return (agreement, good, total, known_s, excluded_s) summed over rows of the ledger, by agreement."""
    return rows.order_by().values_list("agreement_id").annotate(
        all_good=Sum("good"), all_total=Sum("total"),
        known_s=Sum(F("span_s") - F("unknown_s") - F("excluded_s")), out_s=Sum("excluded_s"),
    )  # fmt: skip


def counted_until(now: datetime) -> datetime | None:
    """Return the end of the newest minute written; None before the first. What a clock ahead wrote is not counted."""
    newest = _of(CountSpan.MINUTE).filter(started_at__lt=now).aggregate(at=Max("started_at"))["at"]
    return newest + MINUTE if newest else None


def history(agreement: Agreement, span: CountSpan, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
    """Return the ledger's rows of an agreement, the oldest first, at most the newest `most`; no row is unknown time."""
    rows = ServiceCount.objects.filter(
        agreement=agreement, span_s=span, started_at__gte=since, started_at__lt=until
    ).order_by("-started_at")
    return [
        {**row, "achieved_share": row["good"] / row["total"] if row["total"] else None}
        for row in list(rows.values("started_at", *_FIELDS)[:most])[::-1]
    ]


def _counts(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield what each kind of subject counts. One that fails makes its own agreements unknown, nobody else's."""
    by_kind: dict[str, list[Agreement]] = defaultdict(list)
    for agreement in agreements:
        by_kind[agreement.kind].append(agreement)
    for kind, group in by_kind.items():
        known = subject.known(kind)
        if known is None:
            continue
        try:
            yield from list(known.counts(group, since, until))
        except Exception as reason:
            if condition_of(reason):  # the minutes stay to be counted, rather than unknown for good
                raise
            log.exception("nothing is counted for agreements on a %s", kind)


def _row(
    agreement_id: int, start: datetime, minute: MinuteCount | None, left_out: Sequence[maintenance.Time]
) -> ServiceCount:
    row = ServiceCount(
        agreement_id=agreement_id, span_s=CountSpan.MINUTE, started_at=start, good=0, total=0, unknown_s=0, excluded_s=0
    )
    if left_out and maintenance.covers(left_out, start, start + MINUTE):
        row.excluded_s = float(CountSpan.MINUTE)
    elif minute is None:
        row.unknown_s = float(CountSpan.MINUTE)
    else:
        row.good, row.total, row.unknown_s, row.excluded_s = (
            minute.good,
            minute.total,
            minute.unknown_s,
            minute.excluded_s,
        )
    return row


def _minutes(until: datetime) -> RollUp:
    """Return how minutes are written: every one, whether or not something was measured in it."""
    return RollUp(
        span=MINUTE, target=partial(_of, CountSpan.MINUTE), first=partial(_next, until=until), make=_write_all,
        most=MOST_AT_ONCE, at_once=MINUTES_AT_ONCE, name=_NAMES[CountSpan.MINUTE],
    )  # fmt: skip


def _write_all(since: datetime, until: datetime) -> int:
    agreements = list(_counted(since).select_related("site").order_by("pk"))
    if _of(CountSpan.MINUTE).filter(started_at__gte=since).exists():  # made again: not for those that began only later
        later = set(ComplianceStatus.objects.filter(began_at__gt=since).values_list("agreement_id", flat=True))
        agreements = [agreement for agreement in agreements if agreement.pk not in later]
    if agreements:
        write(agreements, since, until)
    return len(agreements)


def _next(after: datetime | None, until: datetime) -> datetime:
    """Return the first minute not written yet; at the very start the one that ended last."""
    return max(after, until - MOST_BACK) if after else until - MINUTE


def _sum_up(span: CountSpan, start: datetime, end: datetime) -> int:
    """Sum one period. What is missing of it is unknown."""
    return _keep(list(_sums(span, start, end)))


def _sums(span: CountSpan, start: datetime, end: datetime) -> Iterator[ServiceCount]:
    rows = _of(_FINER[span]).filter(started_at__gte=start, started_at__lt=end)
    for agreement_id, good, total, known_s, excluded_s in sums(rows).iterator(chunk_size=2_000):
        yield ServiceCount(
            agreement_id=agreement_id, span_s=span, started_at=start, good=good, total=total, excluded_s=excluded_s,
            unknown_s=max(span - known_s - excluded_s, 0.0),
        )  # fmt: skip


def _of(span: CountSpan) -> QuerySet[ServiceCount]:
    return ServiceCount.objects.filter(span_s=span)


def _keep(rows: list[ServiceCount]) -> int:
    ServiceCount.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["agreement", "span_s", "started_at"],
        update_fields=_FIELDS,
        batch_size=1_000,
    )
    return len(rows)


def _summed(span: CountSpan, finer: CountSpan) -> RollUp:
    return RollUp(
        span=timedelta(seconds=span),
        target=partial(_of, span),
        make=partial(_sum_up, span),
        most=1_000,
        first=first_time(partial(_of, finer), "started_at"),
        name=_NAMES[span],
    )


follow(latency_histogram.MINUTES.name, _NAMES[CountSpan.MINUTE])
for _span, _finer in _FINER.items():
    follow(_NAMES[_finer], _NAMES[_span])
SUMS = {span: _summed(CountSpan(span), finer) for span, finer in _FINER.items()}


def needed_from(span: CountSpan) -> Callable[[], datetime | None] | None:
    """Return what tells from when on rows of a span are still to be summed; None: nothing is made of them."""
    return next((SUMS[count_span].needed_from for count_span, finer in _FINER.items() if finer == span), None)
