"""Samples become histograms by the minute, those by the hour, and what is old goes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, QuerySet, Sum

from network.kernels import digest
from network.models import SampleDigest, Span, StampSample

SETTLE_S = 30.0
"""A minute is drawn only so long after its end: by then every round of it is stored."""
MOST_AT_ONCE = 120
"""So many minutes or hours are drawn in one go; what is left follows in the next."""
DELETE_AT_ONCE = 5_000
_COUNTS = ("rounds", "answered_rounds", "untrusted_rounds", "packets", "lost")


def draw_minutes(now: datetime) -> int:
    """Draw the minutes that are over and not drawn yet; return how many. Repeated, it finds nothing more to do."""
    drawn = 0
    while drawn < MOST_AT_ONCE and (start := _next(Span.MINUTE, now)):
        draw_minute(start)
        drawn += 1
    return drawn


def draw_hours(now: datetime) -> int:
    """Draw the hours that are over and all of whose minutes are drawn; return how many."""
    drawn = 0
    while drawn < MOST_AT_ONCE and (start := _next(Span.HOUR, now)):
        draw_hour(start)
        drawn += 1
    return drawn


def drawn_until(now: datetime) -> datetime:
    """Return until when every minute that holds anything is drawn."""
    return _next(Span.MINUTE, now) or _floor(now - timedelta(seconds=SETTLE_S), Span.MINUTE)


def draw_minute(start: datetime) -> None:
    """Draw one minute of every site from its samples; what was drawn of it before is replaced."""
    end = start + timedelta(seconds=Span.MINUTE)
    rows = _regular().filter(sent_at__gte=start, sent_at__lt=end).order_by()
    counts: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    times_ms: dict[int, list[float]] = defaultdict(list)
    fields = ("site_id", "is_trusted", "rtt_ms", "packets", "lost", "rtts_ms")
    for site_id, is_trusted, rtt_ms, packets, lost, rtts_ms in rows.values_list(*fields).iterator(chunk_size=2_000):
        found = counts[site_id]
        if not is_trusted:
            found["untrusted_rounds"] += 1
            continue
        found["rounds"] += 1
        found["answered_rounds"] += rtt_ms is not None
        found["packets"] += packets
        found["lost"] += lost
        times_ms[site_id] += [rtt for rtt in rtts_ms if rtt is not None]
    _keep(Span.MINUTE, start, ((pk, found, digest.encode(times_ms[pk])) for pk, found in counts.items()))


def draw_hour(start: datetime) -> None:
    """Draw one hour of every site from its minutes; what was drawn of it before is replaced."""
    end = start + timedelta(seconds=Span.HOUR)
    minutes = SampleDigest.objects.filter(span_s=Span.MINUTE, started_at__gte=start, started_at__lt=end).order_by()
    held: dict[int, list[bytes]] = defaultdict(list)
    for site_id, histogram in minutes.values_list("site_id", "histogram"):
        held[site_id].append(bytes(histogram))
    summed = minutes.values("site_id").annotate(**{f"all_{name}": Sum(name) for name in _COUNTS})
    rows: list[Any] = list(summed)
    counts = {row["site_id"]: {name: row[f"all_{name}"] for name in _COUNTS} for row in rows}
    _keep(Span.HOUR, start, ((pk, counts[pk], digest.merge(pieces)) for pk, pieces in held.items()))


def delete_old_digests(minutes_before: datetime, hours_before: datetime) -> int:
    """Delete the minutes and hours that began before then, a piece at a time; return how many."""
    return sum(_delete(span, before) for span, before in ((Span.MINUTE, minutes_before), (Span.HOUR, hours_before)))


def history(site_id: int, span: Span, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
    """Return the drawn minutes or hours of a site, the oldest first, at most the newest `most` of them.

    A time without a row was not measured: it is unknown. Percentiles are those of the answered packets, None when there
    were none.
    """
    rows = SampleDigest.objects.filter(site=site_id, span_s=span, started_at__gte=since, started_at__lt=until)
    return [_row(one) for one in list(rows.order_by("-started_at")[:most])[::-1]]


def _row(one: SampleDigest) -> dict[str, Any]:
    p50_ms, p95_ms, p99_ms = digest.percentiles_ms(bytes(one.histogram), (0.5, 0.95, 0.99))
    counts = {name: getattr(one, name) for name in _COUNTS}
    return {"started_at": one.started_at, **counts, "p50_ms": p50_ms, "p95_ms": p95_ms, "p99_ms": p99_ms}


def _next(span: Span, now: datetime) -> datetime | None:
    """Return the first beginning that is over, holds something, and comes after the newest one drawn."""
    newest = SampleDigest.objects.filter(span_s=span).aggregate(at=Max("started_at"))["at"]
    after = newest + timedelta(seconds=span) if newest else datetime.min.replace(tzinfo=UTC)
    first = _first_sample(after) if span == Span.MINUTE else _first_minute(after)
    if first is None:
        return None
    start = _floor(first, span)
    end = start + timedelta(seconds=span)
    if end + timedelta(seconds=SETTLE_S) > now or (span == Span.HOUR and _has_undrawn(end)):
        return None
    return start


def _regular() -> "QuerySet[StampSample]":
    """Return the samples that count: a second look came only because of what the round before it found."""
    return StampSample.objects.filter(is_second_look=False)


def _first_sample(after: datetime) -> datetime | None:
    found: datetime | None = _regular().filter(sent_at__gte=after).aggregate(at=Min("sent_at"))["at"]
    return found


def _first_minute(after: datetime) -> datetime | None:
    minutes = SampleDigest.objects.filter(span_s=Span.MINUTE, started_at__gte=after)
    found: datetime | None = minutes.aggregate(at=Min("started_at"))["at"]
    return found


def _has_undrawn(before: datetime) -> bool:
    newest = SampleDigest.objects.filter(span_s=Span.MINUTE).aggregate(at=Max("started_at"))["at"]
    drawn_until = newest + timedelta(seconds=Span.MINUTE)
    return _regular().filter(sent_at__gte=drawn_until, sent_at__lt=before).exists()


def _floor(at: datetime, span: Span) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // span * span, UTC)


def _keep(span: Span, start: datetime, found: Iterable[tuple[int, dict[str, int], bytes]]) -> None:
    SampleDigest.objects.bulk_create(
        _made(span, start, found), update_conflicts=True, unique_fields=["site", "span_s", "started_at"],
        update_fields=[*_COUNTS, "histogram"], batch_size=500,
    )  # fmt: skip


def _made(span: Span, start: datetime, found: Iterable[tuple[int, dict[str, int], bytes]]) -> Iterator[SampleDigest]:
    for site_id, counts, histogram in found:
        yield SampleDigest(site_id=site_id, span_s=span, started_at=start, histogram=histogram, **counts)


def _delete(span: Span, before: datetime) -> int:
    count = 0
    while True:
        rows = SampleDigest.objects.filter(span_s=span, started_at__lt=before).order_by("started_at")
        keys = list(rows.values_list("pk", flat=True)[:DELETE_AT_ONCE])
        if not keys:
            return count
        count += SampleDigest.objects.filter(pk__in=keys).delete()[0]
