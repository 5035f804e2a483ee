"""What the network consists of: regions, sites, links between them, and the compute that industry uses."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Region(models.Model):
    """An area with a centre, from which local coordinates are counted."""

    slug = models.SlugField(max_length=40, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    lat_deg = models.FloatField()
    lon_deg = models.FloatField()
    radius_m = models.FloatField()

    class Meta:
        ordering = ["slug"]

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


class SiteQuerySet(models.QuerySet["Site"]):
    """Ways to pick sites."""

    def probed(self) -> "SiteQuerySet":
        """Return the sites that are measured."""
        return self.filter(probe_port__isnull=False)

    def with_radio(self) -> "SiteQuerySet":
        """Return the base stations."""
        return self.filter(kind__in=RADIO_KINDS, carrier_ghz__isnull=False)


class Site(models.Model):
    """A place of the network. Power, gain and carrier are those of a base station, null elsewhere."""

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
    carrier_ghz = models.FloatField(null=True, blank=True)
    bandwidth_mhz = models.FloatField(null=True, blank=True)
    power_dbm = models.FloatField(null=True, blank=True)
    gain_dbi = models.FloatField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(lat_deg__gte=-90, lat_deg__lte=90), name="site_lat_deg_in_range"),
            models.CheckConstraint(condition=Q(lon_deg__gte=-180, lon_deg__lte=180), name="site_lon_deg_in_range"),
        ]

    def __str__(self) -> str:
        return self.name_en


class Medium(models.TextChoices):
    """What carries a link."""

    FIBRE = "fibre", _("Fibre")
    MICROWAVE = "microwave", _("Microwave")


class Link(models.Model):
    """A link between two sites; it carries both ways."""

    a = models.ForeignKey(Site, models.CASCADE, related_name="links_from")
    b = models.ForeignKey(Site, models.CASCADE, related_name="links_to")
    length_km = models.FloatField()
    rate_gbps = models.FloatField()
    load_share = models.FloatField(default=0.0)
    medium = models.CharField(max_length=12, choices=Medium.choices, default=Medium.FIBRE)
    changed_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="one_link_between_two_sites"),
            models.CheckConstraint(condition=~Q(a=F("b")), name="link_joins_two_sites"),
            models.CheckConstraint(condition=Q(length_km__gte=0, rate_gbps__gt=0), name="link_has_length_and_rate"),
            models.CheckConstraint(condition=Q(load_share__gte=0, load_share__lte=1), name="link_load_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.a_id} - {self.b_id}"


class EdgeNode(models.Model):
    """Computing at a site."""

    slug = models.SlugField(max_length=40, unique=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="edge_nodes")
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    cores = models.PositiveIntegerField()
    memory_gb = models.FloatField()
    changed_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name_en
