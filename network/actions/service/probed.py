"""Counts of what is probed: sites, slices pooled over their sites, and links by what is reached only through them.

All from the minutes that `actions.digest` draws, so that they are right after an outage of this too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from network.actions import vantage
from network.actions.service import maintenance
from network.actions.service.sources import MINUTE_S, MinuteCount
from network.kernels import digest
from network.kernels.sla import Metric
from network.models import Agreement, SampleDigest, Slice, Span

MINUTE = timedelta(seconds=MINUTE_S)
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
    times = [one for one in agreements if one.metric in TIMES]
    counts = [one for one in agreements if one.metric not in TIMES]
    for group, with_histogram in ((times, True), (counts, False)):
        minutes = _minutes({one.site_id for one in group if one.site_id}, since, until, with_histogram=with_histogram)
        for agreement in group:
            for start, found in minutes.get(agreement.site_id or 0, {}).items():
                one = part(found, agreement)
                yield MinuteCount(agreement.pk, start, one.good, one.total, one.unknown_s)


def count_slices(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Count agreements of slices: the events of all their sites together; unknown is the mean over the sites.

    Sites under maintenance, or cut off by one, leave the pool for the minutes that it covers; their share is excluded.
    """
    pairs = Slice.sites.through.objects.filter(slice__slug__in={one.key for one in agreements})
    members: dict[str, list[int]] = defaultdict(list)
    for slug, site_id in pairs.values_list("slice__slug", "site_id"):
        members[slug].append(site_id)
    is_timed = any(one.metric in TIMES for one in agreements)
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
        agreement.pk, start, sum(one.good for one in parts), sum(one.total for one in parts),
        sum(one.unknown_s for one in parts) / sites, MINUTE_S * (sites - len(parts)) / sites,
    )  # fmt: skip


def _minutes_out(site_ids: Collection[int], since: datetime, until: datetime) -> dict[int, set[datetime]]:
    """Return the minutes that maintenance wholly covers, by site; sites without any are left out."""
    times = maintenance.sites_excluded(since, until)
    starts = [since + number * MINUTE for number in range(int((until - since) / MINUTE))]
    return {
        pk: {start for start in starts if maintenance.covers(times[pk], start, start + MINUTE)}
        for pk in site_ids if pk in times
    }  # fmt: skip


def count_links(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Count how long links were up, at least, by the sites that are reached only through each of them.

    A round that any such site answered proves the link. A minute's events are the rounds of the site that answered the
    largest share of its own, so that what is counted as up was up. When all of them are silent the link counts as
    down, though they may have failed themselves: a lower bound. A link that no probed site depends on, such as one of
    a ring, is unknown.
    """
    behind = vantage.behind_links({one.key for one in agreements})
    minutes = _minutes({site_id for group in behind.values() for site_id in group}, since, until, with_histogram=False)
    for agreement in agreements:
        by_start: dict[datetime, list[SampleDigest]] = defaultdict(list)
        for site_id in behind.get(agreement.key, ()):
            for start, found in minutes.get(site_id, {}).items():
                by_start[start].append(found)
        for start, rows in by_start.items():
            known = [row for row in rows if row.rounds]
            if not known:
                continue
            best = max(known, key=lambda row: (row.answered_rounds / row.rounds, row.rounds))
            yield MinuteCount(agreement.pk, start, best.answered_rounds, best.rounds, unmeasured_s(best.rounds))


def part(found: SampleDigest | None, agreement: Agreement) -> Part:
    """Return what came of one site's minute.

    Availability counts rounds, loss packets, and times the answered packets: for a round-trip time those within the
    objective, for jitter those at most the objective above the shortest of the minute (RFC 5481, delay variation).
    A minute without an answer says nothing of times, which is unknown and not good.
    """
    if found is None or not found.rounds:
        return Part(0, 0, MINUTE_S)
    missed_s = unmeasured_s(found.rounds)
    if agreement.metric == Metric.AVAILABILITY:
        return Part(found.answered_rounds, found.rounds, missed_s)
    if agreement.metric == Metric.LOSS_SHARE:
        return Part(found.packets - found.lost, found.packets, missed_s)
    times_us, counts = digest.held(bytes(found.histogram))
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
    if len(site_ids) <= 500:
        rows = rows.filter(site__in=site_ids)
    if not with_histogram:
        rows = rows.defer("histogram")
    found: Minutes = defaultdict(dict)
    for row in rows.iterator(chunk_size=2_000):
        if row.site_id in site_ids:
            found[row.site_id][row.started_at] = row
    return found
