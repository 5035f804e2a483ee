"""What base stations tell of themselves, and what they are told: their counters, and pushes of settings."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models.access.organisation import Owned
from console.models.leased import LeasedOrder, LeasedQuerySet

STALE_PERIODS = 3
"""Without new counters for so many reading periods what they told is no longer known to hold."""
LEASE = timedelta(seconds=30)
LEAST_DIFFERENCE = 0.05
"""In degrees of tilt and in dB of power: equipment rounds what it tells."""
KEPT_TRYING_FOR = timedelta(minutes=10)


def counters_stale_after() -> timedelta:
    """Return for how long counters count as the present."""
    return timedelta(seconds=STALE_PERIODS * settings.LOFT_COUNTER_PERIOD_S)


class Setting(NamedTuple):
    """How a cell sends; None: its equipment does not tell."""

    tilt_deg: float | None
    power_dbm: float | None

    @classmethod
    def told(cls, cell: Mapping[str, Any]) -> "Setting":
        """Return what equipment told of a cell; one that was told of by an earlier release has no setting."""
        return cls(cell.get("tilt_deg"), cell.get("power_dbm"))

    def differs(self, planned: "Setting") -> bool:
        """Whether it is another than planned; what is not told does not differ."""
        return any(
            own is not None and meant is not None and abs(own - meant) > LEAST_DIFFERENCE
            for own, meant in zip(self, planned, strict=True)
        )


class PmCounters(models.Model):
    """What a site told last, and since when it tells nothing. Read it with `is_known_at`: old counters are none."""

    shared_because: ClassVar[str] = "of a site; the right to see it is with those who run the network"

    site = models.OneToOneField("network.Site", models.CASCADE, primary_key=True, related_name="counters")
    told: "models.JSONField[Any]" = models.JSONField(default=dict)  # as it was told, checked
    to_at = models.DateTimeField(null=True, blank=True)  # end of the period that it tells of
    version = models.PositiveBigIntegerField(null=True, blank=True)  # of the settings in force
    off_air = models.PositiveSmallIntegerField(default=0)  # how many of the cells it told of send nothing
    bad_ports = models.PositiveSmallIntegerField(default=0)  # how many of the ports it told of are not up
    otherwise = models.PositiveSmallIntegerField(default=0)  # how many are set otherwise than the inventory had it then
    received_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    missed = models.PositiveIntegerField(default=0)  # how often in a row it told nothing new
    problem = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "network_sitecounters"
        verbose_name_plural = "site counters"

    def __str__(self) -> str:
        return f"{self.site_id} {self.to_at}"

    def is_known_at(self, now: datetime) -> bool:
        """Whether what it told still counts."""
        return self.to_at is not None and now - self.to_at <= counters_stale_after()


class CounterReading(models.Model):
    """A period of a site's counters: its cells together, and what they told as it came.

    On PostgreSQL the table is partitioned by day of `to_at`: see `models.partition`.
    """

    shared_because: ClassVar[str] = "of a site; the right to see it is with those who run the network"

    site = models.ForeignKey("network.Site", models.CASCADE, related_name="readings")
    to_at = models.DateTimeField()
    period_s = models.FloatField()
    version = models.PositiveBigIntegerField()
    devices = models.PositiveIntegerField(null=True, blank=True)  # null here and below: it has none, or told nothing
    drones = models.PositiveIntegerField(null=True, blank=True)
    prb_use_share = models.FloatField(null=True, blank=True)  # mean of the cells that are on air
    throughput_mbps = models.FloatField(null=True, blank=True)
    power_w = models.FloatField(null=True, blank=True)
    temperature_c = models.FloatField(null=True, blank=True)
    edge_busy_share = models.FloatField(null=True, blank=True)
    edge_queue = models.PositiveIntegerField(null=True, blank=True)
    cells: "models.JSONField[Any]" = models.JSONField(default=list)

    class Meta:
        ordering = ["-to_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["site", "to_at"], name="one_reading_per_site_and_period")]
        indexes = [models.Index(fields=["to_at"], name="counter_reading_by_time")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.to_at:%H:%M:%S}"


class CounterHour(models.Model):
    """What a site's counters came to in an hour. `figures` holds [mean, least, most] by name; null: not known."""

    shared_because: ClassVar[str] = "of a site; the right to see it is with those who run the network"

    site = models.ForeignKey("network.Site", models.CASCADE, related_name="counter_hours")
    started_at = models.DateTimeField()
    readings = models.PositiveIntegerField()
    known_s = models.FloatField()  # how much of the hour the periods that were read cover
    figures: "models.JSONField[Any]" = models.JSONField(default=dict)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["site", "started_at"], name="one_counter_hour_per_site")]
        indexes = [models.Index(fields=["started_at"], name="counter_hour_by_time")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.started_at:%Y-%m-%d %H:00}"


class ConfigurationState(models.TextChoices):
    """Where a configuration job is. All but pending are ends."""

    PENDING = "pending", _("pending")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    REFUSED = "refused", _("refused")
    LOST = "lost", _("lost")


class ConfigurationJob(Owned, LeasedOrder):
    """Settings on their way to a site. Its uuid is the request's name there, so that it takes effect once at most."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    site = models.ForeignKey("network.Site", models.CASCADE, related_name="configuration_jobs")
    # What changes: `cells` by sector, and `route` where it does.
    request: "models.JSONField[Any]" = models.JSONField(db_column="wish")
    state = models.CharField(max_length=12, choices=ConfigurationState.choices, default=ConfigurationState.PENDING)
    version = models.PositiveBigIntegerField(null=True, blank=True)  # that the site gave it
    actor = models.CharField(max_length=150)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")
    asked_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)  # the counters told so
    problem = models.CharField(max_length=400, blank=True, default="")

    lease = queued_for = LEASE
    waiting = under_way = ConfigurationState.PENDING
    given_up = ConfigurationState.LOST
    open_if = Q(state=ConfigurationState.PENDING)
    objects = LeasedQuerySet.as_manager()

    class Meta:
        db_table = "network_configurationpush"
        ordering = ["-asked_at", "-uuid"]
        verbose_name_plural = "configuration jobs"
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=Q(state=ConfigurationState.PENDING), name="one_pending_push_per_site"
            )
        ]

    def __str__(self) -> str:
        return f"configuration job {self.uuid}"

    def is_over_due(self, now: datetime) -> bool:
        """Whether it was tried for long enough."""
        return now - self.asked_at >= KEPT_TRYING_FOR
