"""Alarms of packet loss, told apart from silence: whoever answers nothing at all is told of by its availability.

So a failed site raises one alarm and not two, and none of loss when it is back.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F

from network.actions.sla.sla_verdict import Agreed
from network.kernels.measurement.loss import is_lossy
from network.kernels.sla.sla import Metric
from network.models import Agreement, StampSample, SubjectKind


def told_otherwise(agreements: Sequence[Agreement]) -> set[int]:
    """Return those of these agreements on loss whose owner is promised that the site is available too, by key."""
    ours = {
        (agreement.site_id, agreement.organisation_id): agreement.pk
        for agreement in agreements
        if agreement.metric == Metric.LOSS_SHARE
    }
    if not ours:
        return set()
    sites = {site_id for site_id, _ in ours}
    promised = Agreement.objects.filter(site__in=sites, metric=Metric.AVAILABILITY, kind=SubjectKind.SITE)
    return {ours[pair] for pair in promised.values_list("site_id", "organisation_id") if pair in ours}


def of_the_answered(broken: Sequence[Agreed], now: datetime) -> list[int]:
    """Return those of broken agreements, by primary key, that rounds break which were answered at least in part."""
    by_window: dict[int, list[Agreed]] = defaultdict(list)
    for agreement in broken:
        if agreement.metric is Metric.LOSS_SHARE:
            by_window[agreement.window_s].append(agreement)
    return [pk for window_s, group in by_window.items() for pk in _lossy(group, window_s, now)]


def _lossy(group: list[Agreed], window_s: int, now: datetime) -> list[int]:
    rows = StampSample.objects.filter(
        site__in=[agreement.site_id for agreement in group],
        is_trusted=True,
        method=F("site__probe_method"),
        sent_at__gt=now - timedelta(seconds=window_s),
        sent_at__lte=now,
    )
    rounds: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for site_id, packets, lost in rows.order_by("sent_at").values_list("site_id", "packets", "lost"):
        rounds[site_id].append((packets, lost))
    return [agreement.pk for agreement in group if is_lossy(rounds[agreement.site_id], agreement.objective)]
