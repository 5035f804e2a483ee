"""Counts of what the model says: paths between two sites, and corridors.

Modelled values are of now, for of what the inventory was nothing else is kept: minutes that began before the inventory
last changed are unknown, and so is a minute in which it changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from network.actions.radio import coverage
from network.actions.service_levels.probed import unmeasured_s
from network.actions.service_levels.sources import MINUTE_S, MinuteCount
from network.actions.topology import path
from network.kernels.sla.sla import Metric
from network.models import Agreement, Corridor, Link, SampleDigest, Sector, Site, Span

DEFINITION_OF_PATH = (
    "Availability: of the rounds in which both ends were probed, those in which neither failed, taken as if their "
    "failures never fell together, and none while the inventory holds no way between them; an end that is not probed "
    "adds nothing. Round-trip time: once a minute, twice the modelled one-way 99th percentile, an upper bound. "
    "Modelled, for nobody measures from one end to the other."
)
DEFINITION_OF_CORRIDOR = (
    "Once a minute, of the corridor's metres those modelled to be covered, as the coverage figures define it; what is "
    "unknown counts as not covered."
)
MINUTE = timedelta(seconds=MINUTE_S)
_COUNTS = ("rounds", "answered_rounds")


@dataclass(frozen=True)
class _End:
    """What probing one end of a path came to in one minute."""

    rounds: int
    answered: int


_Ends = Mapping[tuple[int, datetime], _End]


def paths(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield the counts of paths, as `DEFINITION_OF_PATH` says."""
    slugs = {slug for agreement in agreements for slug in agreement.key.split("~")}
    sites = {site.slug: site for site in Site.objects.filter(slug__in=slugs)}
    ends = _ends([site.pk for site in sites.values()], since, until)
    starts = list(minutes(since, until, _changed_at((Site, Link))))
    for agreement in agreements:
        pair = [sites[slug] for slug in agreement.key.split("~") if slug in sites]
        if len(pair) != 2:
            continue
        latency = path.site_latency(pair[0].pk, pair[1].pk)
        if agreement.metric == Metric.RTT_P99:
            is_good = latency is not None and 2 * latency.p99_ms <= agreement.objective
            yield from (MinuteCount(agreement.pk, start, int(is_good), 1) for start in starts)
        else:
            result = (_both(agreement.pk, pair, start, ends, has_way=latency is not None) for start in starts)
            yield from (minute for minute in result if minute)


def corridors(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield the counts of corridors, as `DEFINITION_OF_CORRIDOR` says."""
    rows = Corridor.objects.select_related("region").filter(slug__in={agreement.key for agreement in agreements})
    wanted: dict[str, list[Agreement]] = defaultdict(list)
    for agreement in agreements:
        wanted[agreement.key].append(agreement)
    regions = {row.region_id: row.region for row in rows}
    shares = {pk: coverage.corridor_shares(region) for pk, region in regions.items()}
    starts = list(minutes(since, until, _changed_at((Site, Sector, Corridor))))
    for row in rows:
        corridor_share = shares[row.region_id].get(row.slug)
        if corridor_share is None or not round(corridor_share.length_m):
            continue
        total = round(corridor_share.length_m)
        good = min(round(corridor_share.covered_m), total)
        for agreement in wanted[row.slug]:
            yield from (MinuteCount(agreement.pk, start, good, total) for start in starts)


def minutes(since: datetime, until: datetime, changed_at: datetime | None = None) -> Iterator[datetime]:
    """Yield the beginnings of the whole minutes in [since, until), those before a change left out."""
    start = since if since.second == since.microsecond == 0 else since.replace(second=0, microsecond=0) + MINUTE
    while start + MINUTE <= until:
        if changed_at is None or start >= changed_at:
            yield start
        start += MINUTE


def _both(
    agreement_id: int, pair: Sequence[Site], start: datetime, ends: _Ends, *, has_way: bool
) -> MinuteCount | None:
    """Return the minute of a path; None when an end that is probed was not measured in it."""
    probed = [site for site in pair if site.probe_port is not None]
    if not probed:
        return MinuteCount(agreement_id, start, int(has_way), 1)
    measured_ends = [ends.get((site.pk, start)) for site in probed]
    measured = [end for end in measured_ends if end]
    total = min((end.rounds for end in measured), default=0)
    if len(measured) < len(probed) or not total:
        return None
    failed = sum(end.rounds - end.answered for end in measured)
    good = max(total - failed, 0) if has_way else 0
    return MinuteCount(agreement_id, start, good, total, unmeasured_s(total))


def _ends(site_ids: Sequence[int], since: datetime, until: datetime) -> dict[tuple[int, datetime], _End]:
    rows = SampleDigest.objects.filter(
        span_s=Span.MINUTE, site__in=site_ids, started_at__gte=since, started_at__lt=until
    ).order_by()
    return {(pk, at): _End(*counts) for pk, at, *counts in rows.values_list("site_id", "started_at", *_COUNTS)}


def _changed_at(models: Iterable[type[Site | Link | Sector | Corridor]]) -> datetime | None:
    newest = (model._default_manager.aggregate(at=Max("changed_at"))["at"] for model in models)  # noqa: SLF001
    return max((at for at in newest if at), default=None)
