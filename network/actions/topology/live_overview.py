"""The live twin as a list: what of a region, or of all, is not known to be up, the worst first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.utils.translation import gettext_noop

from network.actions.topology.live import Live
from network.actions.topology.live_look import Standing
from network.kernels.topology.condition import Condition
from network.models import Region, Sector

MOST_ROWS = 2_000
"""Of sites, of links and of sectors in one answer; how many there are in each condition is always told."""
WORST_FIRST = (Condition.DOWN, Condition.DEGRADED, Condition.UNKNOWN, Condition.ASLEEP, Condition.UP)
DEFINITION = gettext_noop(
    "Down: none of its last six packets or more was answered. Degraded: a promise of those who run the network is "
    "broken, or a round was not answered. Asleep: it answers, and all its sectors are off air. Unknown: not measured "
    "lately, or by nobody. A link is up where both its ends are and nothing else was found out about it."
)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """Something that is not known to be up."""

    key: str  # slug of a site or sector; of a link those of both ends, as `a~b`
    condition: str
    since: datetime | None


@dataclass(frozen=True)
class SettingRow:
    """A sector that is set otherwise than planned, as its equipment tells; None: it does not tell."""

    key: str  # its slug
    site: str  # slug of its site
    told_at: datetime | None  # end of the period of which its equipment told last
    tilt_deg: float | None
    power_dbm: float | None
    planned_tilt_deg: float
    planned_power_dbm: float


@dataclass(frozen=True)
class Overview:
    """What the live twin knows, in numbers and in rows."""

    region: str | None
    as_of: datetime
    measured_at: datetime | None
    is_starting: bool
    digest: str
    sites: Mapping[str, int]
    links: Mapping[str, int]
    site_rows: tuple[Row, ...]
    link_rows: tuple[Row, ...]
    sector_rows: tuple[Row, ...]
    sectors_otherwise: int
    setting_rows: tuple[SettingRow, ...]
    twin: str = "live"
    definition: str = DEFINITION


def overview(live: Live, region: Region | None = None, most_rows: int = MOST_ROWS) -> Overview:
    """Return what the live twin knows of a region, or of the whole network; made once of each look.

    Args:
        live: the twin.
        region: whose sites are told, with the links that end at one of them.
        most_rows: of sites, of links and of sectors.
    """
    whole = live.listed.get(region.pk if region else None, lambda: _overview(live, region))
    return replace(
        whole,
        site_rows=whole.site_rows[:most_rows],
        link_rows=whole.link_rows[:most_rows],
        sector_rows=whole.sector_rows[:most_rows],
        setting_rows=whole.setting_rows[:most_rows],
    )


def _overview(live: Live, region: Region | None) -> Overview:
    network = live.snapshot
    slugs = {site.pk: site.slug for site in network.sites if region is None or site.region_id == region.pk}
    every = {site.pk: site.slug for site in network.sites}
    links = {
        link.pk: f"{every[link.a_id]}~{every[link.b_id]}"
        for link in network.links
        if link.a_id in slugs or link.b_id in slugs
    }
    sectors = live.sectors
    if region is not None and sectors:
        told = Sector.objects.filter(site__region=region, site__counters__off_air__gt=0).order_by()
        here = set(told.values_list("slug", flat=True))
        sectors = {slug: standing for slug, standing in sectors.items() if slug in here}
    otherwise = _set_otherwise(live, region)
    site_standings = {slugs[pk]: standing for pk, standing in live.sites.items() if pk in slugs}
    link_standings = {links[pk]: standing for pk, standing in live.links.items() if pk in links}
    return Overview(
        region.slug if region else None,
        live.at,
        live.measured_at,
        live.is_starting,
        live.digest,
        _counts(site_standings, len(slugs)),
        _counts(link_standings, len(links)),
        _rows(site_standings),
        _rows(link_standings),
        _rows(sectors),
        len(otherwise),
        otherwise[:MOST_ROWS],
    )


def _set_otherwise(live: Live, region: Region | None) -> tuple[SettingRow, ...]:
    """Return the sectors that are set otherwise than planned, in the order of their slugs."""
    if not live.settings:
        return ()
    meant = Sector.objects.filter(site__counters__otherwise__gt=0).order_by("slug")
    here = meant.filter(site__region=region) if region is not None else meant
    rows = here.values_list("slug", "site__slug", "site__counters__to_at", "tilt_deg", "power_dbm")
    return tuple(
        SettingRow(slug, site, told_at, *live.settings[slug], *planned)
        for slug, site, told_at, *planned in rows
        if slug in live.settings
    )


def _counts(standings: Mapping[str, Standing], total: int) -> dict[str, int]:
    counts = Counter(standing.condition.value for standing in standings.values())
    counts[Condition.UP.value] = total - len(standings)
    return {condition.value: counts[condition.value] for condition in Condition}


def _rows(standings: Mapping[str, Standing]) -> tuple[Row, ...]:
    """Return the rows, of each condition those first that have been so for longest."""

    def rank(pair: tuple[str, Standing]) -> tuple[int, datetime, str]:
        key, (condition, since) = pair
        return WORST_FIRST.index(condition), since or _LONG_AGO, key

    ordered = sorted(standings.items(), key=rank)[:MOST_ROWS]
    return tuple(Row(key, standing.condition.value, standing.since) for key, standing in ordered)
