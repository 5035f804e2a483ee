"""Counts of what is probed: sites, slices pooled over their sites, and links by what is reached only through them.

All from the minutes that `actions.measurement.latency_histogram` draws, so that they are right after an outage of
this too. The minutes in which all of Loft started are unknown: they tell of the start.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from console.run import starts
from network.actions.maintenance import maintenance
from network.actions.service_levels.sources import MINUTE_S, MinuteCount
from network.actions.topology import vantage
from network.kernels.measurement import latency_histogram
from network.kernels.sla.sla import Metric
from network.models import Agreement, SampleDigest, Slice, Span

MINUTE = timedelta(seconds=MINUTE_S)
STARTING = timedelta(seconds=30)
"""So long everything starts at once: what is late in a minute that began by then may be so for want of a processor."""
TIMES = (Metric.RTT_P99, Metric.JITTER)
Minutes = dict[int, dict[datetime, SampleDigest]]


@dataclass(frozen=True)
class Part:
    """What one site brings to one minute of an agreement."""

    good: int
    total: int
    unknown_s: float


def count_sites(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Count agreements of sites, each by what `part` says of its metric."""
    times = [agreement for agreement in agreements if agreement.metric in TIMES]
    counts = [agreement for agreement in agreements if agreement.metric not in TIMES]
    for group, with_histogram in ((times, True), (counts, False)):
        minutes = _minutes({row.site_id for row in group if row.site_id}, since, until, with_histogram=with_histogram)
        for agreement in group:
            for start, minute in minutes.get(agreement.site_id or 0, {}).items():
                portion = part(minute, agreement)
                yield MinuteCount(agreement.pk, start, portion.good, portion.total, portion.unknown_s)


def count_slices(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Count agreements of slices: the events of all their sites together; unknown is the mean over the sites.

    Sites under maintenance, or cut off by one, leave the pool for the minutes that it covers; their share is excluded.
    """
    pairs = Slice.sites.through.objects.filter(slice__slug__in={agreement.key for agreement in agreements})
    members: dict[str, list[int]] = defaultdict(list)
    for slug, site_id in pairs.values_list("slice__slug", "site_id"):
        members[slug].append(site_id)
    is_timed = any(agreement.metric in TIMES for agreement in agreements)
    site_ids = {site_id for group in members.values() for site_id in group}
    minutes = _minutes(site_ids, since, until, with_histogram=is_timed)
    out = _minutes_out(site_ids, since, until)
    for agreement in agreements:
        own = members.get(agreement.key, [])
        known = {start for pk in own for start in (*minutes.get(pk, ()), *out.get(pk, ()))}
        for start in sorted(known):
            left = [pk for pk in own if start not in out.get(pk, ())]
            parts = [part(minutes.get(pk, {}).get(start), agreement) for pk in left]
            yield _pooled(agreement, start, parts, len(own))


def _pooled(agreement: Agreement, start: datetime, parts: Sequence[Part], sites: int) -> MinuteCount:
    return MinuteCount(
        agreement.pk, start, sum(portion.good for portion in parts), sum(portion.total for portion in parts),
        sum(portion.unknown_s for portion in parts) / sites, MINUTE_S * (sites - len(parts)) / sites,
    )  # fmt: skip


def _minutes_out(site_ids: Collection[int], since: datetime, until: datetime) -> dict[int, set[datetime]]:
    """Return the minutes that maintenance wholly covers, by site; sites without any are left out."""
    times = maintenance.sites_excluded(since, until)
    starts = [since + number * MINUTE for number in range(int((until - since) / MINUTE))]
    return {
        pk: {start for start in starts if maintenance.covers(times[pk], start, start + MINUTE)}
        for pk in site_ids
        if pk in times
    }


def count_links(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Count how long links were up, at least, by the sites that are reached only through each of them.

    A round that any such site answered proves the link. A minute's events are the rounds of the site that answered the
    largest share of its own, so that what is counted as up was up. When all of them are silent the link counts as
    down, though they may have failed themselves: a lower bound. A link that no probed site depends on, such as one of
    a ring, is unknown.
    """
    behind = vantage.behind_links({agreement.key for agreement in agreements})
    minutes = _minutes({site_id for group in behind.values() for site_id in group}, since, until, with_histogram=False)
    for agreement in agreements:
        by_start: dict[datetime, list[SampleDigest]] = defaultdict(list)
        for site_id in behind.get(agreement.key, ()):
            for start, minute in minutes.get(site_id, {}).items():
                by_start[start].append(minute)
        for start, rows in by_start.items():
            known = [row for row in rows if row.rounds]
            if not known:
                continue
            best = max(known, key=lambda row: (row.answered_rounds / row.rounds, row.rounds))
            yield MinuteCount(agreement.pk, start, best.answered_rounds, best.rounds, unmeasured_s(best.rounds))


def part(samples: SampleDigest | None, agreement: Agreement) -> Part:
    """Return what came of one site's minute.

    Availability counts rounds, loss packets, and times the answered packets: for a round-trip time those within the
    objective, for jitter those at most the objective above the shortest of the minute (RFC 5481, delay variation).
    A minute without an answer says nothing of times, which is unknown and not good.
    """
    if samples is None or not samples.rounds:
        return Part(0, 0, MINUTE_S)
    missed_s = unmeasured_s(samples.rounds)
    if agreement.metric == Metric.AVAILABILITY:
        return Part(samples.answered_rounds, samples.rounds, missed_s)
    if agreement.metric == Metric.LOSS_SHARE:
        return Part(samples.packets - samples.lost, samples.packets, missed_s)
    times_us, counts = latency_histogram.held(bytes(samples.histogram))
    if not counts.size:
        return Part(0, 0, MINUTE_S)
    limit_us = round(agreement.objective * 1_000)
    if agreement.metric == Metric.JITTER:
        limit_us += int(times_us[0])
    return Part(int(counts[times_us <= limit_us].sum()), int(counts.sum()), missed_s)


def unmeasured_s(rounds: int) -> float:
    """Return how much of a minute lacks rounds, of a probe that was well; a single round more or less is none. [s]."""
    expected = MINUTE_S / settings.LOFT_PROBE_PERIOD_S
    return max(0.0, round(MINUTE_S * (1 - (rounds + 1) / expected), 3)) if expected > 1 else 0.0


def _minutes(site_ids: set[int], since: datetime, until: datetime, *, with_histogram: bool) -> Minutes:
    if not site_ids:
        return {}
    rows = SampleDigest.objects.filter(span_s=Span.MINUTE, started_at__gte=since, started_at__lt=until).order_by()
    if began_at := starts.console_started_at():
        rows = rows.exclude(started_at__gt=began_at - MINUTE, started_at__lt=began_at + STARTING)
    if len(site_ids) <= 500:
        rows = rows.filter(site__in=site_ids)
    if not with_histogram:
        rows = rows.defer("histogram")
    digests: Minutes = defaultdict(dict)
    for row in rows.iterator(chunk_size=2_000):
        if row.site_id in site_ids:
            digests[row.site_id][row.started_at] = row
    return digests
