"""The ledger: once a minute what came of every agreement; hours summed from minutes, days from hours; what is old goes.

A minute is written when every round of it is drawn. After an outage the minutes missed are written from what was
measured meanwhile; what nobody measured is unknown, never good.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet, Sum

from network.actions import digest
from network.actions.service import maintenance, sources
from network.actions.service.sources import MinuteCount
from network.models import Agreement, CountSpan, ServiceCount, Standing

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
DELETE_AT_ONCE = 20
_FINER = {CountSpan.HOUR: CountSpan.MINUTE, CountSpan.DAY: CountSpan.HOUR}
_FIELDS = ["good", "total", "unknown_s", "excluded_s"]


def record(now: datetime) -> int:
    """Write the minutes that are over and not written yet, then the hours and days they complete; return how many.

    Repeated, it finds nothing more to do; a minute written twice is the same minute.
    """
    until = digest.drawn_until(now)
    start = _next(until)
    end = min(until, start + MOST_AT_ONCE * MINUTE)
    agreements = list(_counted(start).select_related("site").order_by("pk"))
    if not agreements or start >= end:
        return 0
    written = 0
    while start < end:
        stop = min(end, start + MINUTES_AT_ONCE * MINUTE)
        write(agreements, start, stop)
        written += int((stop - start) / MINUTE)
        start = stop
    for span in _FINER:
        _sum_up(CountSpan(span), end)
    return written


def _counted(since: datetime) -> QuerySet[Agreement]:
    """Return the agreements that were in force after a time: of one that ended, the minutes before are counted."""
    return Agreement.objects.filter(Q(ended_at=None) | Q(ended_at__gt=since))


def write(agreements: Sequence[Agreement], since: datetime, until: datetime) -> None:
    """Write these whole minutes of these agreements; what was written of them before is replaced."""
    found = {(one.agreement_id, one.started_at): one for one in _counts(agreements, since, until)}
    left_out = maintenance.excluded(agreements, since, until)
    starts = [since + number * MINUTE for number in range(int((until - since) / MINUTE))]
    rows = [
        _row(one.pk, start, found.get((one.pk, start)), left_out.get(one.pk, ()))
        for one in agreements
        for start in starts
        if one.ended_at is None or start + MINUTE <= one.ended_at
    ]
    with transaction.atomic():
        Standing.objects.bulk_create(
            (Standing(agreement=one, began_at=since, period_started_at=since, counted_until=since, judged_at=since)
             for one in agreements),
            ignore_conflicts=True, batch_size=500,
        )  # fmt: skip
        _keep(rows)


def sums(rows: QuerySet[ServiceCount]) -> QuerySet[ServiceCount, tuple[int, int, int, float, float]]:
    """Return (agreement, good, total, known_s, excluded_s) summed over rows of the ledger, by agreement."""
    return rows.order_by().values_list("agreement_id").annotate(
        all_good=Sum("good"), all_total=Sum("total"),
        known_s=Sum(F("span_s") - F("unknown_s") - F("excluded_s")), out_s=Sum("excluded_s"),
    )  # fmt: skip


def counted_until() -> datetime | None:
    """Return the end of the newest minute written; None before the first."""
    newest = ServiceCount.objects.filter(span_s=CountSpan.MINUTE).aggregate(at=Max("started_at"))["at"]
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


def delete_old(now: datetime) -> int:
    """Delete what is past its retention, a piece at a time; return how many rows. Nothing unsummed goes."""
    count = 0
    for span, kept in KEPT.items():
        before = now - kept
        if coarser := next((one for one, finer in _FINER.items() if finer == span), None):
            before = min(before, _end(coarser) or before)
        count += _delete(span, before)
    return count


def _counts(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield what the sources know. One that fails makes its own agreements unknown, nobody else's."""
    by_kind: dict[str, list[Agreement]] = defaultdict(list)
    for agreement in agreements:
        by_kind[agreement.kind].append(agreement)
    for kind, group in by_kind.items():
        source = sources.source_of(kind)
        if source is None:
            continue
        try:
            yield from list(source(group, since, until))
        except Exception:
            log.exception("nothing is counted for agreements on a %s", kind)


def _row(
    agreement_id: int, start: datetime, found: MinuteCount | None, left_out: Sequence[maintenance.Time]
) -> ServiceCount:
    row = ServiceCount(
        agreement_id=agreement_id, span_s=CountSpan.MINUTE, started_at=start, good=0, total=0, unknown_s=0, excluded_s=0
    )
    if left_out and maintenance.covers(left_out, start, start + MINUTE):
        row.excluded_s = float(CountSpan.MINUTE)
    elif found is None:
        row.unknown_s = float(CountSpan.MINUTE)
    else:
        row.good, row.total, row.unknown_s, row.excluded_s = found.good, found.total, found.unknown_s, found.excluded_s
    return row


def _next(until: datetime) -> datetime:
    """Return the first minute not written yet; at the very start the one that ended last."""
    after = counted_until()
    return max(after, until - MOST_BACK) if after else until - MINUTE


def _sum_up(span: CountSpan, until: datetime) -> None:
    """Sum what is complete and not summed yet. What is missing of it is unknown."""
    finer = _FINER[span]
    start = _end(span) or datetime.min.replace(tzinfo=UTC)
    while True:
        rows = ServiceCount.objects.filter(span_s=finer, started_at__gte=start)
        first = rows.aggregate(at=Min("started_at"))["at"]
        if first is None:
            return
        start = datetime.fromtimestamp(first.timestamp() // span * span, UTC)
        end = start + timedelta(seconds=span)
        if end > until:
            return
        _keep(list(_sums(span, start, end)))
        start = end


def _sums(span: CountSpan, start: datetime, end: datetime) -> Iterator[ServiceCount]:
    rows = ServiceCount.objects.filter(span_s=_FINER[span], started_at__gte=start, started_at__lt=end)
    for agreement_id, good, total, known_s, excluded_s in sums(rows).iterator(chunk_size=2_000):
        yield ServiceCount(
            agreement_id=agreement_id, span_s=span, started_at=start, good=good, total=total, excluded_s=excluded_s,
            unknown_s=max(span - known_s - excluded_s, 0.0),
        )  # fmt: skip


def _end(span: CountSpan) -> datetime | None:
    newest = ServiceCount.objects.filter(span_s=span).aggregate(at=Max("started_at"))["at"]
    return newest + timedelta(seconds=span) if newest else None


def _keep(rows: list[ServiceCount]) -> None:
    ServiceCount.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["agreement", "span_s", "started_at"], update_fields=_FIELDS,
        batch_size=1_000,
    )  # fmt: skip


def _delete(span: CountSpan, before: datetime) -> int:
    count = 0
    while True:
        rows = ServiceCount.objects.filter(span_s=span, started_at__lt=before)
        first = rows.aggregate(at=Min("started_at"))["at"]
        if first is None:
            return count
        end = min(before, first + timedelta(seconds=span * DELETE_AT_ONCE))
        count += rows.filter(started_at__lt=end).delete()[0]
