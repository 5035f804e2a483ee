"""What the targets of the 2026-2028 plan stand at: worked out from the inventory and its models, kept hour by hour.

A target whose figure nobody measured or modelled is unknown, never met. Modelled and counted figures say that they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import TruncDay
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.access.actor import SYSTEM, Actor
from console.errors import Refused
from network.actions.circle import circle
from network.actions.radio import coverage
from network.kernels.topology.definition import OFFICIAL, Definition, Direction, Failure, Layer
from network.models import (
    RADIO_KINDS,
    EdgeNode,
    Evidence,
    EvidenceKind,
    Link,
    OrderState,
    ProgrammeValue,
    Region,
    SiteKind,
)

State = Literal["met", "short", "unknown"]
Source = Literal["modelled", "counted", "none"]
FAST_GBPS = 400.0
FRESH_FOR = timedelta(minutes=10)
STALE_AFTER = timedelta(hours=1)
"""A figure older than that is shown with its age, and nothing is concluded from it."""
TREND_FOR = timedelta(days=7)
BY_HOUR_FOR = timedelta(days=14)
KEPT_FOR = timedelta(days=800)
MOST_REGIONS = 50
AFTER_FAILURE = Definition(Layer.OPTICAL, Direction.ONE_WAY, failure=Failure.WORST_SINGLE)
BACKBONE_KINDS = (SiteKind.CORE, SiteKind.DATA_CENTRE)
Measure = Callable[[Region, datetime], float | None]
AI_SCENARIOS = "ai_scenarios"


@dataclass(frozen=True)
class Target:
    """One target of the plan. `target` is None where the plan names no figure."""

    key: str
    name: str | Promise
    definition: str | Promise
    unit: Literal["share", "count", "ms", "level"]
    target: float | None
    due_year: int | None
    source: Source
    measure: Measure
    version: str = "1"  # changes with what is counted; values of different versions are never in one trend
    is_at_most: bool = False
    evidence: EvidenceKind | None = None


@dataclass(frozen=True)
class Count:
    """What an app above counts over all regions for a target, and by which definition."""

    definition: str | Promise
    count: Callable[[], int]


_counts: dict[str, Count] = {}


@dataclass(frozen=True)
class Row:
    """A target with what it stands at."""

    target: Target
    now: float | None
    state: State
    measured_at: datetime | None
    trend: list[dict[str, Any]]
    evidence_url: str | None

    @property
    def shown_source(self) -> str | None:
        """Where the figure comes from; nothing comes from nowhere."""
        return None if self.target.source == "none" else self.target.source


def register(key: str, definition: str | Promise, count: Callable[[], int]) -> None:
    """Let an app above count for a target: the network knows neither what it counts nor how that is defined.

    Raises:
        ValueError: there is no such target, or the network has its figure already.
    """
    left = [target.key for target in TARGETS if getattr(target.measure, "func", None) is _counted_above]
    if key not in left:
        raise ValueError(f"key: {key!r} given; expected one of {', '.join(left)}")
    _counts[key] = Count(definition, count)


def targets() -> list[Target]:
    """Return every target; what an app above counts has the definition of that app."""
    return [
        replace(target, definition=_counts[target.key].definition) if target.key in _counts else target
        for target in TARGETS
    ]


def rows(
    region: Region, now: datetime, actor: Actor = SYSTEM, *, between: tuple[datetime, datetime] | None = None
) -> list[Row]:
    """Return every target with what it stood at in a region when that was last recorded; nothing is worked out here.

    Args:
        region: whose figures.
        now: the present.
        actor: who asks: of the maps, which somebody owns, the newest that they may see is named.
        between: of which time the trend is; by default the last seven days. Of more than two weeks it holds the newest
            value of each day (UTC), otherwise of each hour.
    """
    kept = _by_target(ProgrammeValue.objects.filter(region=region, hour__gte=now - TREND_FOR))
    maps = {kind: _evidence_url(actor, region, kind, now) for kind in EvidenceKind}
    found = [_row(target, kept.get((target.key, target.version), []), maps, now) for target in targets()]
    if between is None:
        return found
    shown = _by_target(_trend(region, *between))
    return [replace(row, trend=_points(shown.get((row.target.key, row.target.version), []))) for row in found]


def _by_target(values: QuerySet[ProgrammeValue]) -> dict[tuple[str, str], list[ProgrammeValue]]:
    kept: dict[tuple[str, str], list[ProgrammeValue]] = {}
    for value in values.order_by("hour"):
        kept.setdefault((value.key, value.definition), []).append(value)
    return kept


def _trend(region: Region, since: datetime, until: datetime) -> QuerySet[ProgrammeValue]:
    """Return the values of a time, of a long one the newest of each day."""
    values = ProgrammeValue.objects.filter(region=region, hour__gte=since, hour__lt=until)
    if until - since <= BY_HOUR_FOR:
        return values
    recorded = values.filter(key=next(target.key for target in TARGETS if target.source != "none"))
    days = recorded.order_by().annotate(day=TruncDay("hour", tzinfo=UTC)).values("day").annotate(last=Max("hour"))
    return values.filter(hour__in=list(days.values_list("last", flat=True)))  # all targets are recorded together


def _points(kept: Sequence[ProgrammeValue]) -> list[dict[str, Any]]:
    return [{"at": value.hour, "value": value.value} for value in kept]


def is_due(region: Region, now: datetime) -> bool:
    """Return whether the figures of a region are to be worked out anew."""
    return not ProgrammeValue.objects.filter(region=region, recorded_at__gt=now - FRESH_FOR).exists()


def record_all(now: datetime) -> int:
    """Keep what the targets stand at for every region, one value per target and hour; return how many were written.

    Safe to repeat: what is fresh is left alone, and within an hour the newest value replaces the one before.
    """
    regions = [region for region in Region.objects.order_by("slug")[:MOST_REGIONS] if is_due(region, now)]
    return sum(record(region, now) for region in regions)


def record(region: Region, now: datetime) -> int:
    """Keep what the targets stand at in a region in this hour; return how many values were written.

    In one statement and no transaction: maps take seconds to work out, in which nobody else could write to SQLite.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    values = [
        ProgrammeValue(
            region=region, key=target.key, hour=hour, value=_measured(target, region, now), definition=target.version,
            source=target.source, recorded_at=now,
        )
        for target in TARGETS
        if target.source != "none"
    ]  # fmt: skip
    ProgrammeValue.objects.bulk_create(
        values,
        update_conflicts=True,
        unique_fields=["region", "key", "hour"],
        update_fields=["value", "definition", "source", "recorded_at"],
    )
    return len(values)


def judge(target: Target, value: float | None) -> State:
    """Return whether a value meets a target; unknown without a value, or where the plan names no figure."""
    if value is None or target.target is None:
        return "unknown"
    is_met = value <= target.target if target.is_at_most else value >= target.target
    return "met" if is_met else "short"


def _row(
    target: Target,
    kept: list[ProgrammeValue],
    maps: dict[EvidenceKind, str | None],
    now: datetime,
) -> Row:
    trend = _points(kept)
    url = maps[target.evidence] if target.evidence else None
    if target.source == "none":
        return Row(target, None, "unknown", None, [], url)
    if not kept:
        return Row(target, None, "unknown", None, trend, url)
    newest = kept[-1]
    state = "unknown" if now - newest.recorded_at > STALE_AFTER else judge(target, newest.value)
    return Row(target, newest.value, state, newest.recorded_at, trend, url)


def _measured(target: Target, region: Region, now: datetime) -> float | None:
    try:
        return target.measure(region, now)
    except Refused:  # the inventory is larger than one answer can wait for
        return None


def _evidence_url(actor: Actor, region: Region, kind: EvidenceKind, now: datetime) -> str | None:
    """Return where the newest map of a kind is that somebody may see; None when there is none."""
    ready = Evidence.objects.visible_to(actor).filter(
        region=region, kind=kind, state=OrderState.READY, expires_at__gt=now
    )
    newest = ready.order_by("-ready_at").values_list("uuid", flat=True).first()
    return f"/api/v1/evidence/{newest}/map.html" if newest else None


def _circle_share(definition: Definition, region: Region, now: datetime) -> float | None:
    [reading] = circle.readings(region, [definition])
    return reading.share if reading.total else None


def _route_share(region: Region, now: datetime) -> float | None:
    return coverage.kpis(region, now).routes.share


def _share_of_fast(links: Q, region: Region, now: datetime) -> float | None:
    """Return the share of links at 400 Gb/s or faster among those that have an end in the region."""
    rows = Link.objects.filter(links & (Q(a__region=region) | Q(b__region=region)))
    total = rows.count()
    return rows.filter(rate_gbps__gte=FAST_GBPS).count() / total if total else None


def _use_of_fast(region: Region, now: datetime) -> float | None:
    """Return the load of the links at 400 Gb/s or faster, each weighing as much as its rate."""
    here = Q(a__region=region) | Q(b__region=region)
    loads = list(Link.objects.filter(here, rate_gbps__gte=FAST_GBPS).values_list("rate_gbps", "load_share"))
    total_gbps = sum(rate for rate, _load in loads)
    return sum(rate * load for rate, load in loads) / total_gbps if total_gbps else None


def _access_computing(region: Region, now: datetime) -> float | None:
    kinds = (*RADIO_KINDS, SiteKind.OPTICAL)
    return float(EdgeNode.objects.filter(site__region=region, site__kind__in=kinds).count())


def _counted_above(key: str, region: Region, now: datetime) -> float | None:
    """Return what the app above counts for a target; None where none does."""
    count = _counts.get(key)
    return None if count is None else float(count.count())


def _nobody(region: Region, now: datetime) -> float | None:
    """Return nothing: nobody measures or models it here."""
    return None


_BACKBONE = Q(a__kind__in=BACKBONE_KINDS, b__kind__in=BACKBONE_KINDS)
_EXITS = Q(a__kind=SiteKind.DATA_CENTRE) | Q(b__kind=SiteKind.DATA_CENTRE)

TARGETS: tuple[Target, ...] = (
    Target(
        "circle_2028", _("One-millisecond circle"),
        _("Share of key sites that reach computing below 1 ms one way at the optical layer: the official reading."),
        "share", 0.75, 2028, "modelled", partial(_circle_share, OFFICIAL), OFFICIAL.key, evidence=EvidenceKind.CIRCLE,
    ),
    Target(
        "circle_2027", _("One-millisecond circle, first step"),
        _("The same reading against the notice on metropolitan millisecond computing: at least 70 % by 2027."),
        "share", 0.70, 2027, "modelled", partial(_circle_share, OFFICIAL), OFFICIAL.key, evidence=EvidenceKind.CIRCLE,
    ),
    Target(
        "circle_after_failure", _("One-millisecond circle after the worst single failure"),
        _("The official reading after the link, site or data centre has failed that costs most. The plan names no "
          "figure of its own; the one for the intact network is shown."),
        "share", 0.75, 2028, "modelled", partial(_circle_share, AFTER_FAILURE), AFTER_FAILURE.key,
        evidence=EvidenceKind.CIRCLE,
    ),
    Target(
        "backbone_fast_share", _("Backbone links at 400G or 800G"),
        _("Share of links between core sites and data centres whose rate is 400 Gb/s or more, by number. The plan "
          "names no figure."),
        "share", None, 2028, "counted", partial(_share_of_fast, _BACKBONE),
    ),
    Target(
        "exits_fast_share", _("Data-centre exits at 400G or faster"),
        _("Share of links that end at a data centre whose rate is 400 Gb/s or more, by number."),
        "share", 0.50, 2027, "counted", partial(_share_of_fast, _EXITS),
    ),
    Target(
        "fast_links_use", _("Utilisation of 400G and 800G links"),
        _("Load of the links at 400 Gb/s or more as the inventory states it, each weighing as much as its rate. The "
          "plan names no figure."),
        "share", None, None, "counted", _use_of_fast,
    ),
    Target(
        "ai_traffic_use", _("Wide-area utilisation for AI traffic"),
        _("Utilisation of wide-area links by AI traffic. Unknown until traffic counters are connected."),
        "share", 0.90, 2028, "none", _nobody,
    ),
    Target(
        "route_coverage", _("Coverage of public low-altitude routes"),
        _("Share of the length of public corridors below 300 m with RSRP of at least -110 dBm and SINR of at least "
          "-3 dB throughout their band of heights."),
        "share", coverage.ROUTES_TARGET_SHARE, 2027, "modelled", _route_share, evidence=EvidenceKind.COVERAGE,
    ),
    Target(
        AI_SCENARIOS, _("AI scenarios"),
        _("AI models in use, over all regions. Unknown: no app counts them."),
        "count", 30, 2028, "counted", partial(_counted_above, AI_SCENARIOS),
    ),
    Target(
        "access_computing", _("AI inference in base stations and optical access points"),
        _("Edge nodes that stand at a base station or an optical access point. The plan names no figure."),
        "count", None, 2028, "counted", _access_computing,
    ),
    Target(
        "model_service", _("Model-as-a-Service for small and medium enterprises"),
        _("Enterprises served. Unknown: nothing counts them yet."),
        "count", None, 2028, "none", _nobody,
    ),
    Target(
        "wlan_access_ms", _("WLAN access in homes and enterprises"),
        _("Latency of the access by WLAN. Unknown: it is not measured here."),
        "ms", 5.0, 2028, "none", _nobody, is_at_most=True,
    ),
    Target(
        "autonomy_level", _("Autonomy of the network"),
        _("Levels L0 to L5 after TM Forum are judged loop by loop, never as one badge. "
          "Unknown: no loop is judged yet."),
        "level", None, 2028, "none", _nobody,
    ),
)  # fmt: skip
