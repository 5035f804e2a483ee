"""Samples become histograms by the minute, and those by the hour."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum

from network.actions.rollup import RollUp, first_time, follow, redo
from network.kernels.measurement import latency_histogram
from network.models import SampleDigest, Span, StampSample

SETTLE = timedelta(seconds=30)
"""A minute is drawn only so long after its end: by then every round of it is stored."""
LATE_MOST = timedelta(hours=6)
"""A sample that is stored later than this after its minute, or once others of it may be deleted, is not drawn."""
_COUNTS = ("rounds", "answered_rounds", "untrusted_rounds", "packets", "lost")


def draw_minutes(now: datetime) -> int:
    """Draw the minutes that are over and not drawn yet; return how many. Repeated, it finds nothing more to do."""
    return MINUTES.run(now - SETTLE)


def draw_hours(now: datetime) -> int:
    """Draw the hours that are over and all of whose minutes are drawn; return how many."""
    return HOURS.run(drawn_until(now))


def drawn_until(now: datetime) -> datetime:
    """Return until when every minute that holds anything is drawn."""
    return MINUTES.complete_until(now - SETTLE)


def note_stored(oldest_sent_at: datetime, now: datetime) -> None:
    """Have the minute of a sample drawn again where it may be drawn already, and the hour and what else is made of it.

    Args:
        oldest_sent_at: the earliest of those that were just stored.
        now: the present.
    """
    start = MINUTES.floor(oldest_sent_at)
    late = now - start - MINUTES.span - SETTLE
    if timedelta() <= late < min(LATE_MOST, timedelta(hours=settings.LOFT_SAMPLE_RETENTION_H) - MINUTES.span - SETTLE):
        redo(MINUTES.name, start)


def draw_minute(start: datetime, end: datetime) -> int:
    """Draw one minute of every site from its samples, what was drawn of it before is replaced; return of how many."""
    rows = _regular().filter(sent_at__gte=start, sent_at__lt=end).order_by()
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    times_ms: dict[int, list[float]] = defaultdict(list)
    fields = ("site_id", "is_trusted", "rtt_ms", "packets", "lost", "rtts_ms")
    for site_id, is_trusted, rtt_ms, packets, lost, rtts_ms in rows.values_list(*fields).iterator(chunk_size=2_000):
        count = counts[site_id]
        if not is_trusted:
            count["untrusted_rounds"] += 1
            continue
        count["rounds"] += 1
        count["answered_rounds"] += rtt_ms is not None
        count["packets"] += packets
        count["lost"] += lost
        times_ms[site_id] += [rtt for rtt in rtts_ms if rtt is not None]
    return _keep(
        Span.MINUTE, start, ((pk, count, latency_histogram.encode(times_ms[pk])) for pk, count in counts.items())
    )


def draw_hour(start: datetime, end: datetime) -> int:
    """Draw one hour of every site from its minutes, what was drawn of it before is replaced; return of how many."""
    minutes = _drawn(Span.MINUTE).filter(started_at__gte=start, started_at__lt=end).order_by()
    held: dict[int, list[bytes]] = defaultdict(list)
    for site_id, histogram in minutes.values_list("site_id", "histogram"):
        held[site_id].append(bytes(histogram))
    summed = minutes.values("site_id").annotate(**{f"all_{name}": Sum(name) for name in _COUNTS})
    rows: list[Any] = list(summed)
    counts = {row["site_id"]: {name: row[f"all_{name}"] for name in _COUNTS} for row in rows}
    return _keep(Span.HOUR, start, ((pk, counts[pk], latency_histogram.merge(pieces)) for pk, pieces in held.items()))


def history(site_id: int, span: Span, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
    """Return the drawn minutes or hours of a site, the oldest first, at most the newest `most` of them.

    A time without a row was not measured: it is unknown. Percentiles are those of the answered packets, None when there
    were none.
    """
    rows = SampleDigest.objects.filter(site=site_id, span_s=span, started_at__gte=since, started_at__lt=until)
    return [_row(samples) for samples in list(rows.order_by("-started_at")[:most])[::-1]]


def _row(samples: SampleDigest) -> dict[str, Any]:
    p50_ms, p95_ms, p99_ms = latency_histogram.percentiles_ms(bytes(samples.histogram), (0.5, 0.95, 0.99))
    counts = {name: getattr(samples, name) for name in _COUNTS}
    return {"started_at": samples.started_at, **counts, "p50_ms": p50_ms, "p95_ms": p95_ms, "p99_ms": p99_ms}


def _regular() -> "QuerySet[StampSample]":
    """Return the samples that count: a second look came only because of what the round before it found."""
    return StampSample.objects.filter(is_second_look=False)


def _keep(span: Span, start: datetime, sampled: Iterable[tuple[int, dict[str, int], bytes]]) -> int:
    made = SampleDigest.objects.bulk_create(
        _made(span, start, sampled),
        update_conflicts=True,
        unique_fields=["site", "span_s", "started_at"],
        update_fields=[*_COUNTS, "histogram"],
        batch_size=500,
    )
    return len(made)


def _made(span: Span, start: datetime, sampled: Iterable[tuple[int, dict[str, int], bytes]]) -> Iterator[SampleDigest]:
    for site_id, counts, histogram in sampled:
        yield SampleDigest(site_id=site_id, span_s=span, started_at=start, histogram=histogram, **counts)


def _drawn(span: Span) -> "QuerySet[SampleDigest]":
    return SampleDigest.objects.filter(span_s=span)


MINUTES = RollUp(
    span=timedelta(seconds=Span.MINUTE),
    target=partial(_drawn, Span.MINUTE),
    make=draw_minute,
    first=first_time(_regular, "sent_at"),
    name="minutes of samples",
)
HOURS = RollUp(
    span=timedelta(seconds=Span.HOUR),
    target=partial(_drawn, Span.HOUR),
    make=draw_hour,
    first=first_time(partial(_drawn, Span.MINUTE), "started_at"),
    name="hours of samples",
)
follow(MINUTES.name, HOURS.name)
