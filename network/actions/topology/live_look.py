"""One look at what is measured of the network: whatever is not up, told by the rows of probes and counters.

The database finds what is not up, so that a look at a calm city of 10,000 sites brings hardly a row to the process.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, Max, Min, OuterRef, Q

from console.access.actor import HOME_PK
from console.run import starts
from network.actions.topology import vantage
from network.actions.topology.graph import Snapshot
from network.kernels.sla.sla import State
from network.kernels.topology import condition
from network.kernels.topology.condition import CARRIES, Condition, Heard
from network.models import (
    Breach,
    PmCounters,
    Sector,
    Setting,
    Site,
    SiteHealth,
    counters_stale_after,
    is_fresh,
    stale_after_s,
)

FIRST_ROUNDS = 2
"""For so many times the age at which a measurement is old, a start excuses that nothing is known yet."""


class Standing(NamedTuple):
    """A condition, and since when; None where that is not known, and of what was never heard of."""

    condition: Condition
    since: datetime | None


_UP = Standing(Condition.UP, None)


class _Health(NamedTuple):
    """What `SiteHealth` says of a site; of one that has none, nothing."""

    measured_at: datetime | None = None
    answered_at: datetime | None = None
    silent_since: datetime | None = None
    silent_packets: int | None = None
    state: str | None = None


_HEALTH = [f"health__{name}" for name in _Health._fields]


@dataclass(frozen=True)
class Looked:
    """What one look found: everything that is not up."""

    measured_at: datetime | None
    is_starting: bool
    sites: Mapping[int, Standing]
    links: Mapping[int, Standing]
    sectors: Mapping[str, Standing]
    settings: Mapping[str, Setting]
    digest: str


def look(network: Snapshot, told: Mapping[frozenset[str], Standing], now: datetime) -> Looked:
    """Look at the network as it is measured to be.

    Args:
        network: the inventory.
        told: what was found out about links, by the slugs of their ends.
        now: the present. [aware]
    """
    newest = SiteHealth.objects.aggregate(at=Max("measured_at"))["at"]
    sites = _with_implied(network, {pk: row for pk, row in _sites_not_up(now) if pk in network.place})
    sectors, asleep = _off_air(now)
    sites |= _asleep(sites, asleep)
    links = dict(_links(network, sites, told if is_fresh(newest, now) else {}))  # nobody clears what nobody measures
    otherwise = _set_otherwise(now)
    digest = _digest(otherwise, sites, links, sectors)
    return Looked(newest, _is_starting(network, sites, now), sites, links, sectors, otherwise, digest)


def _is_starting(network: Snapshot, sites: Mapping[int, Standing], now: datetime) -> bool:
    """Whether Loft has just begun to measure, and of most sites nothing is known yet."""
    unknown = sum(standing.condition is Condition.UNKNOWN for standing in sites.values())
    first_rounds = timedelta(seconds=FIRST_ROUNDS * stale_after_s())
    return 2 * unknown > len(network.sites) and not starts.has_listened_for(first_rounds, now)


def _sites_not_up(now: datetime) -> Iterator[tuple[int, Standing]]:
    """Yield the sites that are not known to be up by their own probe; those that nobody probes are among them."""
    since = now - timedelta(seconds=stale_after_s())
    fresh = SiteHealth.objects.filter(measured_at__gte=since, answered_at__gte=since, silent_packets=0)
    is_up = Exists(fresh.filter(site=OuterRef("pk")).exclude(state=State.BREACHED.value))
    rows = list(Site.objects.filter(~is_up | Q(probe_port=None)).order_by().values_list("pk", "probe_port", *_HEALTH))
    breached = {row[0] for row in rows if row[-1] == State.BREACHED}
    breached_since = _breached_since() if breached else {}
    for pk, port, *health in rows:
        heard = _Health(*health) if port is not None else _Health()
        yield pk, _standing(heard, breached_since.get(pk), now)


def _breached_since() -> dict[int, datetime]:
    """Return since when sites break what those who run the network promise of them."""
    rows = Breach.objects.filter(ended_at=None, agreement__organisation=HOME_PK, agreement__site__isnull=False)
    return {
        pk: since
        for pk, since in rows.order_by().values_list("agreement__site").annotate(since=Min("started_at"))
        if pk
    }


def _standing(health: _Health, breached_since: datetime | None, now: datetime) -> Standing:
    is_measured, has_answered = is_fresh(health.measured_at, now), is_fresh(health.answered_at, now)
    silent, is_breached = health.silent_packets or 0, health.state == State.BREACHED
    found = condition.of_probe(Heard(is_measured, has_answered, silent, is_breached))
    since = {
        Condition.UNKNOWN: health.answered_at or health.measured_at,  # what was known last
        Condition.DOWN: health.silent_since,
        Condition.DEGRADED: health.silent_since or breached_since,
    }
    return Standing(found, since.get(found))


def _with_implied(network: Snapshot, sites: dict[int, Standing]) -> dict[int, Standing]:
    """Return the sites without those that nobody probes and that must be up, as others answer through them."""
    unprobed = [network.place[site.pk] for site in network.sites if not site.is_probed and site.pk in sites]
    view = vantage.view(network) if unprobed and len(unprobed) < len(network.sites) else None
    if view is None:
        return sites
    lost = (Condition.UNKNOWN, Condition.DOWN)
    silent = {network.place[pk] for pk, standing in sites.items() if standing.condition in lost}
    answering = frozenset(range(len(network.sites))) - silent
    implied = condition.implied_up(unprobed, answering, view.cut_off, view.net.vantage)
    return {pk: standing for pk, standing in sites.items() if network.place[pk] not in implied}


def _off_air(now: datetime) -> tuple[dict[str, Standing], set[int]]:
    """Return the sectors that are on air by the inventory and off it as their own equipment tells, and whose all are.

    What is too old is not said any more. Since when is not known: equipment tells of a period, not of those before.
    """
    since = now - counters_stale_after()
    rows = PmCounters.objects.filter(off_air__gt=0, to_at__gte=since).order_by().values_list("pk", "told__cells")
    told = {pk: {cell["sector"] for cell in cells if not cell["is_active"]} for pk, cells in rows}
    if not told:
        return {}, set()
    meant = Sector.objects.filter(is_active=True, site__counters__off_air__gt=0, site__counters__to_at__gte=since)
    pairs = list(meant.order_by().values_list("site_id", "slug"))
    off = {slug: pk for pk, slug in pairs if slug in told.get(pk, ())}
    awake = {pk for pk, slug in pairs if slug not in off}
    return dict.fromkeys(off, Standing(Condition.ASLEEP, None)), set(off.values()) - awake


def _set_otherwise(now: datetime) -> dict[str, Setting]:
    """Return how sectors on air by the inventory are set as their equipment tells, of those whose setting differs."""
    fresh = PmCounters.objects.filter(otherwise__gt=0, to_at__gte=now - counters_stale_after())
    rows = fresh.order_by().values_list("pk", "told__cells")
    told = {(pk, cell["sector"]): Setting.told(cell) for pk, cells in rows for cell in cells}
    if not told:
        return {}
    meant = Sector.objects.filter(is_active=True, site__counters__in=fresh).order_by()
    return {
        slug: told[pk, slug]  # of its own site: no equipment tells of the sectors of others
        for pk, slug, *planned in meant.values_list("site_id", "slug", "tilt_deg", "power_dbm")
        if (pk, slug) in told and told[pk, slug].differs(Setting(*planned))
    }


def _asleep(sites: Mapping[int, Standing], told: Iterable[int]) -> dict[int, Standing]:
    """Return the stations that answer, all of whose sectors are off air by the inventory or by what they tell."""
    active = Sector.objects.filter(is_active=True, site=OuterRef("site"))
    rows = Sector.objects.filter(is_active=False).filter(~Exists(active)).order_by()  # few are looked at twice
    by_inventory = rows.values_list("site").annotate(since=Max("changed_at"))
    quiet: dict[int, datetime | None] = {**dict.fromkeys(told), **dict(by_inventory)}
    return {
        pk: Standing(Condition.ASLEEP, since)
        for pk, since in quiet.items()
        if pk not in sites or sites[pk].condition is Condition.DEGRADED
    }


def _links(
    network: Snapshot, sites: Mapping[int, Standing], told: Mapping[frozenset[str], Standing]
) -> Iterator[tuple[int, Standing]]:
    """Yield the links that are not known to be up."""
    slugs = {site.pk: site.slug for site in network.sites} if told else {}
    for link in network.links:
        if link.a_id not in sites and link.b_id not in sites and not told:
            continue
        ends = sites.get(link.a_id, _UP), sites.get(link.b_id, _UP)
        found = told.get(frozenset((slugs.get(link.a_id, ""), slugs.get(link.b_id, ""))))
        judged = condition.of_link((ends[0].condition, ends[1].condition), found.condition if found else None)
        if judged is not Condition.UP:
            yield link.pk, Standing(judged, found.since if found else _earliest(ends))


def _earliest(ends: Iterable[Standing]) -> datetime | None:
    return min((end.since for end in ends if end.condition not in CARRIES and end.since), default=None)


def _digest(settings: Mapping[str, Setting], *named: Mapping[Any, Standing]) -> str:
    told = repr([sorted((key, standing.condition.value) for key, standing in part.items()) for part in named])
    told += repr(sorted(settings.items())) if settings else ""
    return hashlib.sha256(told.encode()).hexdigest()[:16]
