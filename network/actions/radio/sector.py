"""The sectors of the inventory as the radio kernels want them, in metres from the centre of their region."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from django.db.models import Count, Max, Sum
from numpy.typing import NDArray

from network.actions.snapshot import Snapshots, Version
from network.actions.topology.live import Twin
from network.kernels.geodesy import haversine_m, to_enu
from network.kernels.radio import radio, sector, terminals
from network.models import Region, Sector

REACH_M = max(max(range_.ground_far_m, range_.aerial_far_m) for range_ in radio.RANGES.values())


@dataclass(frozen=True)
class Air:
    """The active sectors of a region. Entries of all tuples belong together, in the order of the slugs.

    In that of the live twin the sectors that are not known to be on air stand there silent; see `on_air`.

    The digest stands for everything a map of the region depends on, on every machine.
    """

    region: Region
    slugs: tuple[str, ...]
    site_slugs: tuple[str, ...]
    site_ids: tuple[int, ...]
    sectors: tuple[sector.Sector, ...]
    digest: str
    twin: Twin = Twin.PLANNED
    counts_unknown: bool = False  # of the live twin: whether what nothing is known of counts as sending

    @property
    def role(self) -> tuple[str, bool]:
        """Which of the airs of a region it is: maps are kept of each."""
        return str(self.twin), self.counts_unknown

    @cached_property
    def where_m(self) -> NDArray[np.float64]:
        """How far east and north of the middle of the region its sectors stand, shape (sectors, 2). [m]."""
        return np.array([(antenna.east_m, antenna.north_m) for antenna in self.sectors], float).reshape(-1, 2)

    @cached_property
    def senders(self) -> terminals.Senders:
        """Its sectors as columns."""
        return terminals.senders_of(self.sectors)

    @cached_property
    def is_on_air(self) -> terminals.Flags:
        """Which of its sectors send."""
        return np.array([antenna.is_on_air for antenna in self.sectors], bool)

    def index_of(self, slug: str) -> int | None:
        """Return where a sector stands in the tuples; None when it is asleep or none of the region."""
        return self.slugs.index(slug) if slug in self.slugs else None

    def near(self, east_m: float, north_m: float) -> list[int]:
        """Return which sectors may reach a place."""
        away_m = np.hypot(*(self.where_m - (east_m, north_m)).T)
        near: list[int] = np.flatnonzero(away_m <= REACH_M).tolist()
        return near


_held: Snapshots[Air] = Snapshots()


def air(region: Region) -> Air:
    """Return the active sectors of a region, read anew only when one was added, removed or changed."""
    return _held.get(region.pk, partial(version_of, region), partial(_read, region))


def region_at(lat_deg: float, lon_deg: float) -> Region | None:
    """Return the smallest region that holds a place or whose sectors may reach it; None when none does."""
    for region in Region.objects.order_by("radius_m", "slug"):
        if haversine_m(lat_deg, lon_deg, region.lat_deg, region.lon_deg) <= region.radius_m + REACH_M:
            return region
    return None


def version_of(region: Region) -> Version:
    """Return what changes whenever a sector of the region, its site, or the region itself does.

    The newest `changed_at` alone would miss a change that began before another and was committed after it: the sums
    of keys and of revisions do not.
    """
    seen = Sector.objects.filter(site__region=region).aggregate(
        Count("pk"), Sum("pk"), Max("changed_at"), Sum("revision"),
        sites=Sum("site"), sites_changed_at=Max("site__changed_at"), sites_revision=Sum("site__revision"),
    )  # fmt: skip
    return (region.lat_deg, region.lon_deg, region.radius_m, *seen.values())


def to_kernel(row: Sector, region: Region) -> sector.Sector:
    """Return a sector of the inventory as the kernels want it.

    Raises:
        ValueError: a value is out of range; the message names it.
    """
    return _to_kernels([row], region)[0]


def _read(region: Region) -> Air:
    rows = list(Sector.objects.filter(site__region=region, is_active=True).select_related("site").order_by("slug"))
    slugs, sectors = tuple(row.slug for row in rows), tuple(_to_kernels(rows, region))
    inputs = repr((region.slug, region.lat_deg, region.lon_deg, region.radius_m, slugs, sectors))
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:16]
    sites = tuple(row.site.slug for row in rows), tuple(row.site_id for row in rows)
    return Air(region, slugs, *sites, sectors, digest)


def _to_kernels(rows: list[Sector], region: Region) -> list[sector.Sector]:
    lat_deg = np.array([row.site.lat_deg for row in rows])
    lon_deg = np.array([row.site.lon_deg for row in rows])
    east_m, north_m = to_enu(lat_deg, lon_deg, region.lat_deg, region.lon_deg)
    return [_to_kernel(row, float(east), float(north)) for row, east, north in zip(rows, east_m, north_m, strict=True)]


def _to_kernel(row: Sector, east_m: float, north_m: float) -> sector.Sector:
    scenario: radio.Scenario = "UMa" if row.scenario == "UMa" else "UMi" if row.scenario == "UMi" else "RMa"
    pattern: sector.Pattern = "omni" if row.pattern == "omni" else "sector" if row.pattern == "sector" else "column"
    return sector.Sector(
        east_m, north_m, row.height_m, row.azimuth_deg, row.tilt_deg, row.power_dbm, row.carrier_ghz,
        row.bandwidth_mhz * 1e6, scenario, pattern, row.elements, omni_dbi=row.omni_dbi, load_share=row.load_share,
    )  # fmt: skip
