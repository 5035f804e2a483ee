"""Reading what the base stations count, keeping it, summing it by the hour, and saying so when one falls silent."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Avg, Count, Max, Min, Q, Sum

from console.live import hub
from console.run import starts
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity, Reason
from network.actions.alarms.alarm_source import AlarmSource
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import PLATFORM, SITE, of_platform, of_site
from network.actions.alarms.problem import Problem, register
from network.actions.equipment.configuration import note_applied, stations
from network.actions.rollup import RollUp, first_time
from network.events import CountersRead
from network.kernels.sla.sla import Metric
from network.models import (
    RADIO_KINDS,
    AlarmType,
    Breach,
    CounterHour,
    CounterReading,
    PmCounters,
    Sector,
    Setting,
    Severity,
    Site,
    counters_stale_after,
)
from network.probes.stations import Away, Heard, Stations, Told

SILENT = register(
    Problem(
        "counters_silent", "Counters silent", AlarmType.COMMUNICATIONS, "communicationsSubsystemFailure", Severity.MINOR
    )
)
INTERFACE_AWAY = register(Problem(
    "counters_interface_away", "The interface of the base stations does not answer", AlarmType.COMMUNICATIONS,
    "communicationsSubsystemFailure", Severity.MAJOR,
))  # fmt: skip
register_source(AlarmSource((SILENT, INTERFACE_AWAY)))
INTERFACE = of_platform("base-station-interface", "base stations", "基站")
READ_AT_ONCE = 100
MISSED_UNTIL_SILENT = 2
MOST_MISSED = 1_000_000
MOST_AGE = timedelta(hours=1)
"""Of another time the counters tell nothing of the present: the clock of whoever tells them is wrong."""
SETTLE = timedelta(minutes=2)
FIGURES = (
    "devices", "drones", "prb_use_share", "throughput_mbps", "power_w", "temperature_c", "edge_busy_share",
    "edge_queue",
)  # fmt: skip


Cell = tuple[int, str]  # the site whose equipment tells of it, and the slug of its sector


@dataclass(frozen=True)
class Untold:
    """When a site's counters told something last, and why they do not now."""

    last_told_at: str | None
    problem: str


def shards() -> list[tuple[str, str]]:
    """Return the slugs of all sites that may count something in pieces: after which one, and up to which."""
    slugs = sorted(_counting().values_list("slug", flat=True))
    lasts = [slugs[min(start + READ_AT_ONCE, len(slugs)) - 1] for start in range(0, len(slugs), READ_AT_ONCE)]
    return list(zip(["", *lasts[:-1]], lasts, strict=True)) if lasts else []


def read(after: str, last: str, now: datetime, open_line: Callable[[], Stations] | None = None) -> None:
    """Read the counters of a piece of the sites over a line to their interface, and keep what they told."""
    sites = {site.slug: site for site in _counting().filter(slug__gt=after, slug__lte=last)}
    sites = {slug: site for slug, site in sites.items() if after < slug <= last}  # whatever the database's order
    try:
        heard = asyncio.run(_hear(after, last, open_line or stations))
    except Away as reason:
        _keep(sites, Heard(wrong=dict.fromkeys(sites, str(reason)[:200])), now)
        if not _is_starting(now):
            apply(Delta([AlarmCondition(INTERFACE, INTERFACE_AWAY, Reason(str(reason)[:200]))]), now)
        return
    apply(Delta(over=[Identity(PLATFORM, INTERFACE.key, INTERFACE_AWAY.code)]), now)
    _report(sites, _keep(sites, heard, now), now)


def latest(row: PmCounters | None, slug: str, now: datetime) -> dict[str, Any]:
    """Return what a site told last, with its age; what is too old is not known any more."""
    row = row or PmCounters()
    return {
        "site": slug, "is_known": row.is_known_at(now), "told": row.told or None, "to_at": row.to_at,
        "age_s": round((now - row.to_at).total_seconds(), 1) if row.to_at else None, "asked_at": row.asked_at,
        "stale_after_s": counters_stale_after().total_seconds(), "missed": row.missed, "problem": row.problem,
    }  # fmt: skip


def history(site_id: int, span: str, between: tuple[datetime, datetime], most: int) -> list[dict[str, Any]]:
    """Return a site's readings, or hours with their means, the oldest first; at most the newest `most` of them."""
    if span == "hour":
        hours = CounterHour.objects.filter(site=site_id, started_at__gte=between[0], started_at__lt=between[1])
        return [
            {"at": hour.started_at, "known_s": hour.known_s, **{name: _mean(hour.figures, name) for name in FIGURES}}
            for hour in list(hours.order_by("-started_at")[:most])[::-1]
        ]
    readings = CounterReading.objects.filter(site=site_id, to_at__gte=between[0], to_at__lt=between[1])
    return [
        {"at": reading.to_at, "known_s": reading.period_s, **{name: getattr(reading, name) for name in FIGURES}}
        for reading in list(readings.defer("cells").order_by("-to_at")[:most])[::-1]
    ]


def _mean(figures: Mapping[str, Any], name: str) -> float | None:
    return figures[name][0] if figures.get(name) else None


def draw_hours(now: datetime) -> int:
    """Sum up the hours that are over and not summed up yet; return how many. Repeated, it finds nothing more to do."""
    return HOURS.run(now - SETTLE)


def draw_hour(start: datetime, end: datetime) -> int:
    """Sum up an hour of every site, what was summed up of it before is replaced; return of how many.

    A period belongs to the hour in which it ends, its end included.
    """
    rows = CounterReading.objects.filter(to_at__gt=start, to_at__lte=end).order_by()
    pieces = {
        f"{name}_{word}": make(name)
        for name in FIGURES
        for word, make in (("mean", Avg), ("least", Min), ("most", Max))
    }
    summed: Any = rows.values("site_id").annotate(count=Count("pk"), known=Sum("period_s"), **pieces)
    made = [
        CounterHour(
            site_id=row["site_id"],
            started_at=start,
            readings=row["count"],
            known_s=row["known"],
            figures={name: _figures(row, name) for name in FIGURES},
        )
        for row in summed
    ]
    CounterHour.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["site", "started_at"],
        update_fields=["readings", "known_s", "figures"],
        batch_size=500,
    )
    return len(made)


async def _hear(after: str, last: str, open_line: Callable[[], Stations]) -> Heard:
    async with open_line() as line:
        return await line.counters(after, last)


def _counting() -> Any:
    return Site.objects.filter(Q(kind__in=RADIO_KINDS) | Q(probe_port__isnull=False)).select_related("health")


@transaction.atomic
def _keep(sites: Mapping[str, Site], heard: Heard, now: datetime) -> list[PmCounters]:
    before = PmCounters.objects.in_bulk([site.pk for site in sites.values()])
    rows: dict[str, PmCounters] = {}
    readings, planned = [], _planned(sites.values())
    for slug, site in sites.items():
        rows[slug] = before.get(site.pk) or PmCounters(site=site)
        counters = _news(rows[slug], slug, heard, now)
        if counters is not None:
            _take(rows[slug], counters, planned, now)
            readings.append(_reading(site, counters))
    PmCounters.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["site"],
        update_fields=[
            "told",
            "to_at",
            "version",
            "off_air",
            "bad_ports",
            "otherwise",
            "received_at",
            "asked_at",
            "missed",
            "problem",
        ],
    )
    CounterReading.objects.bulk_create(readings, ignore_conflicts=True)
    told_now = (row for row in rows.values() if row.version is not None and not row.missed)
    note_applied({row.site_id: row.version or 0 for row in told_now}, now)
    told_to_all = [latest(row, slug, now) for slug, row in rows.items()]
    hub.publish(CountersRead(at=now, organisation=None, sites=told_to_all))
    return list(rows.values())


def _news(row: PmCounters, slug: str, heard: Heard, now: datetime) -> Told | None:
    """Return what a site told that was not known before; None counts as silence."""
    counters, row.asked_at, row.problem = heard.told.get(slug), now, heard.wrong.get(slug, "")
    if counters is not None and abs(now - counters.to_at) > MOST_AGE:
        row.problem = f"to: {counters.to_at.isoformat()} is more than an hour from the present"
        counters = None
    if counters is None or (row.to_at is not None and counters.to_at <= row.to_at):
        row.missed = min(row.missed + 1, MOST_MISSED)
        return None
    return counters


def _planned(sites: Iterable[Site]) -> dict[Cell, Setting]:
    """Return how the sectors of sites are set by the inventory."""
    rows = Sector.objects.filter(site__in=sites).order_by().values_list("site_id", "slug", "tilt_deg", "power_dbm")
    return {(site_id, slug): Setting(tilt_deg, power_dbm) for site_id, slug, tilt_deg, power_dbm in rows}


def _take(row: PmCounters, counters: Told, planned: Mapping[Cell, Setting], now: datetime) -> None:
    row.told = {
        "period_s": counters.period_s,
        "version": counters.version,
        "cells": counters.cells,
        "power_w": counters.power_w,
        "temperature_c": counters.temperature_c,
        "edge": counters.edge,
        "ports": counters.ports,
        **_summed(counters),
    }
    row.to_at, row.version, row.received_at, row.missed, row.problem = counters.to_at, counters.version, now, 0, ""
    row.off_air = sum(not cell["is_active"] for cell in counters.cells)
    row.bad_ports = sum(port["state"] != "up" for port in counters.ports or ())
    known = ((Setting.told(cell), planned.get((row.site_id, cell["sector"]))) for cell in counters.cells)
    row.otherwise = sum(meant is not None and told.differs(meant) for told, meant in known)


def _summed(counters: Told) -> dict[str, float | None]:
    """Return the cells of a site together; None where it has none."""
    awake = [cell["prb_use_share"] for cell in counters.cells if cell["is_active"]]
    total: dict[str, float | None] = {
        name: sum(cell[name] for cell in counters.cells) if counters.cells else None
        for name in ("devices", "drones", "throughput_mbps")
    }
    return {**total, "prb_use_share": sum(awake) / len(awake) if awake else None}


def _reading(site: Site, counters: Told) -> CounterReading:
    edge = counters.edge or {}
    return CounterReading(
        site=site, to_at=counters.to_at, period_s=counters.period_s, version=counters.version, power_w=counters.power_w,
        temperature_c=counters.temperature_c, edge_busy_share=edge.get("busy_share"), edge_queue=edge.get("queue"),
        cells=counters.cells, **_summed(counters),
    )  # fmt: skip


def _report(sites: Mapping[str, Site], rows: Sequence[PmCounters], now: datetime) -> None:
    """Raise an alarm for who fell silent, though the probe reaches it, and clear those of who tells again.

    Of a site that does not answer the probe either, that is alarm enough. One that never told anything has no counters.
    """
    by_pk = {site.pk: site for site in sites.values()}
    is_telling = not _is_starting(now)
    missing = [row for row in rows if is_telling and row.missed >= MISSED_UNTIL_SILENT and row.to_at]
    away = _unavailable([row.site_id for row in missing]) if missing else set()
    silent = [row for row in missing if row.site_id not in away and not _is_cut_off(by_pk[row.site_id])]
    over = {Identity(SITE, by_pk[row.site_id].slug, SILENT.code) for row in rows if not row.missed}
    apply(Delta([_silent(by_pk[row.site_id], row) for row in silent], over), now)


def _is_starting(now: datetime) -> bool:
    """Whether Loft, or in the demo whoever counts, has not been up for long enough that a silence is a site's own."""
    began_at = starts.process_started_at(["basestations"]) if settings.LOFT_DEMO else None
    is_new = began_at is not None and timedelta() <= now - began_at < counters_stale_after()
    return is_new or not starts.has_listened_for(counters_stale_after(), now)


def _unavailable(site_ids: Sequence[int]) -> set[int]:
    """Return which of these sites break their promise of availability now, those that come and go included."""
    breaches = Breach.objects.filter(ended_at=None, agreement__metric=Metric.AVAILABILITY, agreement__site__in=site_ids)
    return {pk for pk in breaches.values_list("agreement__site", flat=True) if pk is not None}


def _is_cut_off(site: Site) -> bool:
    health = getattr(site, "health", None)
    return health is not None and health.silent_packets > 0


def _silent(site: Site, row: PmCounters) -> AlarmCondition:
    told_at = row.to_at.isoformat() if row.to_at else None
    return AlarmCondition(of_site(site), SILENT, Untold(told_at, row.problem))


def _figures(row: Mapping[str, Any], name: str) -> list[float] | None:
    figures = [row[f"{name}_{word}"] for word in ("mean", "least", "most")]
    return None if figures[0] is None else [round(float(figure), 4) for figure in figures]


HOURS = RollUp(
    span=timedelta(hours=1),
    target=CounterHour.objects.all,
    make=draw_hour,
    most=48,
    first=first_time(CounterReading.objects.all, "to_at", is_end=True),
    name="hours of counters",
)
