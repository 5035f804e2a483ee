"""What the network consists of: regions, sites with their sectors, links, computing, and the corridors flown above.

Each record carries when its values began to hold (`valid_from`; null: from before the records began) and when the
console last changed it (`changed_at`). What was before, and what is planned, is in `models.history`. What its numbers
may be is in its `ranges`.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from network.models.inventory.ranges import MOST_WHOLE, PLACE, SHARE, Range, Ranges, constraints

_REGION: Ranges = {**PLACE, "radius_m": Range(1, 20_000_000)}
_SITE: Ranges = {
    **PLACE,
    "height_m": Range(0, 1_000),
    "probe_port": Range(1, 65_535),
    "probe_packets": Range(1, 50),
    "probe_rate_hz": Range(1, 1_000),
    "probe_size_bytes": Range(0, 1_472),
    "probe_dscp": Range(0, 63),
    "people": Range(0, MOST_WHOLE),
}
_SECTOR: Ranges = {
    "elements": Range(1, 64),
    "omni_dbi": Range(-20, 40),
    "height_m": Range(1, 150),
    "azimuth_deg": Range(0, 360, is_most_open=True),
    "tilt_deg": Range(-90, 90),
    "power_dbm": Range(-30, 80),
    "carrier_ghz": Range(0.5, 100),
    "bandwidth_mhz": Range(0.1, 2_000),
    "load_share": SHARE,
}
_LINK: Ranges = {
    "length_km": Range(0, 40_000),
    "optical_hops": Range(0, 1_000),
    "electrical_hops": Range(0, 1_000),
    "rate_gbps": Range(0.001, 1_000_000),
    "load_share": SHARE,
}
_EDGE_NODE: Ranges = {
    "cores": Range(0, 10_000_000),
    "memory_gb": Range(0, 100_000_000),
    "accelerators": Range(0, 10_000_000),
    "power_kw": Range(0, 1_000_000),
}
_CORRIDOR: Ranges = {
    "lowest_m": Range(0, 1_000),
    "highest_m": Range(0, 1_000),
    "half_width_m": Range(0.1, 10_000),
}


class Region(models.Model):
    """An area with a centre, from which local coordinates are counted."""

    shared_because: ClassVar[str] = "places are everyone's"
    ranges: ClassVar[Ranges] = _REGION

    slug = models.SlugField(max_length=40, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    lat_deg = models.FloatField()
    lon_deg = models.FloatField()
    radius_m = models.FloatField()
    valid_from = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)  # null: never

    class Meta:
        ordering = ["slug"]
        constraints = constraints("region", _REGION)

    def __str__(self) -> str:
        return self.name_en


class SiteKind(models.TextChoices):
    """What stands at a site."""

    MACRO = "macro", _("Macro base station")
    MICRO = "micro", _("Micro base station")
    OPTICAL = "optical_access", _("Optical access point")
    DATA_CENTRE = "data_centre", _("Data centre")
    CORE = "core", _("Core")


RADIO_KINDS = (SiteKind.MACRO, SiteKind.MICRO)


class ProbeMethod(models.TextChoices):
    """How it is asked whether a site answers, and how fast."""

    STAMP = "stamp", _("STAMP")
    TCP = "tcp", _("TCP connect")
    HTTP = "http", _("HTTP request")
    HTTPS = "https", _("HTTPS request")


class SiteQuerySet(models.QuerySet["Site"]):
    """Ways to pick sites."""

    def probed(self) -> "SiteQuerySet":
        """Return the sites that are measured."""
        return self.filter(probe_port__isnull=False)

    def with_radio(self) -> "SiteQuerySet":
        """Return the base stations."""
        return self.filter(kind__in=RADIO_KINDS)


class Site(models.Model):
    """A place of the network."""

    shared_because: ClassVar[str] = "the network is what all stand on"
    ranges: ClassVar[Ranges] = _SITE

    region = models.ForeignKey(Region, models.PROTECT, related_name="sites")
    slug = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=16, choices=SiteKind.choices, db_index=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    lat_deg = models.FloatField()
    lon_deg = models.FloatField()
    height_m = models.FloatField(default=0.0)  # of the antenna above ground
    is_key_site = models.BooleanField(default=False)
    probe_host = models.CharField(max_length=253, blank=True, default="")
    probe_port = models.PositiveIntegerField(null=True, blank=True)
    probe_method = models.CharField(max_length=5, choices=ProbeMethod.choices, default=ProbeMethod.STAMP)
    probe_packets = models.PositiveSmallIntegerField(null=True, blank=True)  # of a round; null: as the pace says
    probe_rate_hz = models.FloatField(null=True, blank=True)  # of the packets within a round; null: likewise
    probe_size_bytes = models.PositiveSmallIntegerField(default=0)  # of a packet, above UDP; 0: as short as can be
    probe_dscp = models.PositiveSmallIntegerField(default=0)  # class of service
    probe_secret = models.CharField(max_length=40, blank=True, default="")  # name of the key's file, never the key
    probe_path = models.CharField(max_length=200, blank=True, default="")  # what an HTTP request asks for
    people = models.PositiveIntegerField(null=True, blank=True)  # who live in its service area; null: not known
    valid_from = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)
    revision = models.PositiveIntegerField(default=0, editable=False)  # how often it was changed

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = constraints("site", _SITE)

    def __str__(self) -> str:
        return self.name_en


class Scenario(models.TextChoices):
    """Whose propagation formulas hold around a sector (3GPP TR 38.901, TR 36.777)."""

    UMA = "UMa", _("Urban macro")
    UMI = "UMi", _("Urban micro")
    RMA = "RMa", _("Rural macro")


class Pattern(models.TextChoices):
    """How an antenna radiates."""

    COLUMN = "column", _("Column of elements (TR 38.901)")
    SECTOR = "sector", _("Sector (TR 36.814)")
    OMNI = "omni", _("Omnidirectional")


class Sector(models.Model):
    """What one antenna of a base station sends, and where it looks."""

    shared_because: ClassVar[str] = "the network is what all stand on"
    ranges: ClassVar[Ranges] = _SECTOR

    slug = models.SlugField(max_length=48, unique=True)
    site = models.ForeignKey(Site, models.CASCADE, related_name="sectors")
    scenario = models.CharField(max_length=3, choices=Scenario.choices, default=Scenario.UMA)
    pattern = models.CharField(max_length=8, choices=Pattern.choices, default=Pattern.COLUMN)
    elements = models.PositiveSmallIntegerField(default=10)  # of the column
    omni_dbi = models.FloatField(default=0.0)  # gain of an omnidirectional antenna
    height_m = models.FloatField()  # above ground
    azimuth_deg = models.FloatField(default=0.0)  # clockwise from north
    tilt_deg = models.FloatField(default=0.0)  # electrical, downwards
    power_dbm = models.FloatField()  # all subcarriers together, before the antenna
    carrier_ghz = models.FloatField()
    bandwidth_mhz = models.FloatField()
    load_share = models.FloatField(default=0.5)  # how much of the time it interferes
    is_active = models.BooleanField(default=True)  # false: asleep or locked, sends nothing
    valid_from = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)
    revision = models.PositiveIntegerField(default=0, editable=False)  # how often it was changed

    class Meta:
        ordering = ["slug"]
        constraints = constraints("sector", _SECTOR)

    def __str__(self) -> str:
        return self.slug


class Medium(models.TextChoices):
    """What carries a link."""

    FIBRE = "fibre", _("Fibre")
    MICROWAVE = "microwave", _("Microwave")


class Link(models.Model):
    """A link between two sites; it carries both ways."""

    shared_because: ClassVar[str] = "the network is what all stand on"
    ranges: ClassVar[Ranges] = _LINK

    a = models.ForeignKey(Site, models.CASCADE, related_name="links_from")
    b = models.ForeignKey(Site, models.CASCADE, related_name="links_to")
    length_km = models.FloatField()
    is_length_surveyed = models.BooleanField(default=False)  # false: distance over ground times a detour
    optical_hops = models.PositiveSmallIntegerField(default=0)  # optical cross-connects on the way
    electrical_hops = models.PositiveSmallIntegerField(default=0)  # regenerations on the way
    rate_gbps = models.FloatField()
    load_share = models.FloatField(default=0.0)
    medium = models.CharField(max_length=12, choices=Medium.choices, default=Medium.FIBRE)
    valid_from = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)
    revision = models.PositiveIntegerField(default=0, editable=False)  # how often it was changed

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="one_link_between_two_sites"),
            models.CheckConstraint(condition=~Q(a=F("b")), name="link_joins_two_sites"),
            *constraints("link", _LINK),
        ]

    def __str__(self) -> str:
        return f"{self.a_id} - {self.b_id}"


class EdgeNode(models.Model):
    """Computing at a site."""

    shared_because: ClassVar[str] = "the network is what all stand on"
    ranges: ClassVar[Ranges] = _EDGE_NODE

    slug = models.SlugField(max_length=40, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="edge_nodes")
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    cores = models.PositiveIntegerField()
    memory_gb = models.FloatField()
    accelerators = models.PositiveIntegerField(default=0)
    power_kw = models.FloatField(null=True, blank=True)  # at full load; null: not known
    valid_from = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["slug"]
        constraints = constraints("edge_node", _EDGE_NODE)

    def __str__(self) -> str:
        return self.name_en


class Corridor(models.Model):
    """A route of the low-altitude economy, with the band of heights flown along it."""

    shared_because: ClassVar[str] = "the air is everyone's"
    ranges: ClassVar[Ranges] = _CORRIDOR

    region = models.ForeignKey(Region, models.PROTECT, related_name="corridors")
    slug = models.SlugField(max_length=40, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    path_lon_lat_deg = models.JSONField()  # [[longitude, latitude], ...], at least two places
    lowest_m = models.FloatField()  # above ground
    highest_m = models.FloatField()
    half_width_m = models.FloatField(default=50.0)
    is_public = models.BooleanField(default=True)  # counts in the programme's route coverage
    valid_from = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            *constraints("corridor", _CORRIDOR),
            models.CheckConstraint(condition=Q(lowest_m__lte=F("highest_m")), name="corridor_band_in_order"),
        ]

    def __str__(self) -> str:
        return self.name_en
