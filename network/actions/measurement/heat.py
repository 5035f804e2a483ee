"""How each site did in each minute or hour, of many sites at once: what a strip of sites by time shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import NamedTuple

from django.db.models import Case, F, FloatField, Max, Min, QuerySet, Value, When
from django.db.models.functions import Cast, Greatest

from console.access.actor import HOME_PK
from network.kernels.sla.sla import AT_RISK_SHARE
from network.models import ServiceCount, Site, SubjectKind

MET, AT_RISK, BREACHED, UNKNOWN, EXCLUDED = "mrbux"
MEASURED = (MET, AT_RISK, BREACHED)
MOST_SITES = 2_000
BEHIND_SPANS = 3
"""Counting may be so many minutes or hours behind; if it is further, the rest is shown, as unknown."""
MOST_SIDES = 0.5
"""Of a minute or hour, more than this share unknown makes it unknown, and excluded makes it excluded."""
_SHOWN = {"agreement__kind": SubjectKind.SITE, "agreement__organisation": HOME_PK}
"""Whose counts are shown, which everyone sees; when those of others were counted is told to nobody."""
_ALLOWED = Greatest(Value(1.0), F("total") * (1.0 - F("agreement__target_share")), output_field=FloatField())
"""Bad events that an agreement allows of so many: one at least, for one of fewer than a hundred is no 1 %."""
_BAD = Cast(F("total") - F("good"), FloatField()) / _ALLOWED
_LOST = Cast(F("total") - F("good"), FloatField()) / Cast(F("total"), FloatField())
DEEPEST = 9
"""The digit of a minute or hour in which next to nothing was good; 0: nothing was bad."""


class Row(NamedTuple):
    """A site with one letter and one digit per column: how it did, and how much of its service was lost."""

    site: Site
    states: str
    lost: str


@dataclass(frozen=True)
class Heat:
    """One row per site, one letter and digit per minute or hour from `since` on; `count` sites there are."""

    span_s: int
    since: datetime
    columns: int
    count: int
    rows: list[Row]


def counted_until(span_s: int, now: datetime) -> datetime:
    """Return the end of the newest minute or hour that was counted, or now where counting has stopped or not begun."""
    span, shown = timedelta(seconds=span_s), ServiceCount.objects.filter(span_s=span_s, **_SHOWN)
    lately = shown.filter(started_at__gt=now - (BEHIND_SPANS + 1) * span, started_at__lte=now)
    newest = lately.aggregate(at=Max("started_at"))["at"]
    return newest + span if newest else now


def heat(region: str, span_s: int, since: datetime, until: datetime) -> Heat:
    """Return how the probed sites did between two times, which are widened to whole minutes or hours.

    Args:
        region: its slug; empty: all of them.
        span_s: 60 or 3600. [s]
        since: the beginning of the first column.
        until: the end of the last one.

    Returns:
        Letters: m met, r at risk, b breached, u unknown, x excluded by maintenance. A site is breached in a minute when
        more of its events, and more than one, were bad than an agreement on it allows that those who run the network
        keep with themselves, at risk above 80 % of that; of its agreements the gravest counts. What was not counted is
        unknown, and so is a site of which nothing is promised.
        Digits: how many ninths of the events were bad, begun ones counted whole, of the agreement that lost most; 0
        where nothing was bad, or nothing is known. A blip is 1, a silent site 9.
    """
    first, last = _floor(since, span_s), _floor(until - timedelta(microseconds=1), span_s)
    columns = int((last - first).total_seconds()) // span_s + 1
    sites = Site.objects.probed().order_by("slug")
    chosen = sites.filter(region__slug=region) if region else sites
    kept = list(chosen.only("pk", "slug", "name_en", "name_zh")[:MOST_SITES])
    cells = _cells([site.pk for site in kept], span_s, first, columns)
    count = len(kept) if len(kept) < MOST_SITES else chosen.count()
    return Heat(span_s, first, columns, count, [_row(site, cells[site.pk]) for site in kept])


def _row(site: Site, cells: Sequence[str]) -> Row:
    return Row(site, "".join(cell[0] for cell in cells), "".join(cell[1] for cell in cells))


def _cells(site_ids: Sequence[int], span_s: int, first: datetime, columns: int) -> dict[int, list[str]]:
    """Return of each site its columns, each a letter and a digit."""
    cells = {pk: [f"{UNKNOWN}0"] * columns for pk in site_ids}
    for counted in _counted(span_s, first, columns):
        if row := cells.get(counted.site_id):
            place = int((counted.started_at - first).total_seconds()) // span_s
            state = letter(counted.used, counted.unknown_s / span_s, counted.excluded_s / span_s)
            row[place] = f"{state}{digit(counted.lost) if state in MEASURED else 0}"
    return cells


def digit(lost_share: float | None) -> int:
    """Return how many ninths of the events were bad, begun ones counted whole; nothing known is none."""
    return min(DEEPEST, ceil(round((lost_share or 0.0) * DEEPEST, 6)))


def letter(used: float | None, unknown_share: float, excluded_share: float) -> str:
    """Return how a site did: `used` of what its gravest agreement allows, None when nothing was counted."""
    if used is not None and used > 1 + 1e-9:
        return BREACHED
    if excluded_share > MOST_SIDES:
        return EXCLUDED
    if used is None or unknown_share > MOST_SIDES:
        return UNKNOWN
    return AT_RISK if used > AT_RISK_SHARE else MET


class _Counted(NamedTuple):
    """What was counted of a site in one column: `used` of what its gravest agreement allows, and the share lost."""

    site_id: int
    started_at: datetime
    used: float | None
    lost: float | None
    unknown_s: float
    excluded_s: float


def _counted(span_s: int, first: datetime, columns: int) -> Iterable[_Counted]:
    end = first + timedelta(seconds=span_s * columns)
    rows: QuerySet[ServiceCount] = ServiceCount.objects.filter(
        span_s=span_s,
        started_at__gte=first,
        started_at__lt=end,
        **_SHOWN,
    )
    used, lost = (
        Max(Case(When(total__gt=0, then=share), default=Value(None), output_field=FloatField()))
        for share in (_BAD, _LOST)
    )
    counted = (
        rows.order_by()
        .values_list("agreement__site_id", "started_at")
        .annotate(used=used, lost=lost, unknown=Max("unknown_s"), excluded=Min("excluded_s"))
    )
    return (_Counted(*row) for row in counted)


def _floor(at: datetime, span_s: int) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // span_s * span_s, UTC)
