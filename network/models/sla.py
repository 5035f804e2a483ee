"""Agreements on service levels, and the times when they were breached."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from network.kernels.sla import Metric, State
from network.models.measure import is_fresh

METRICS = [
    (Metric.RTT_P99.value, _("Round-trip time, 99th percentile")),
    (Metric.LOSS_SHARE.value, _("Share of packets lost")),
    (Metric.AVAILABILITY.value, _("Availability")),
]


class Agreement(models.Model):
    """What is promised for a site, and how it stood when it was last judged."""

    name = models.CharField(max_length=120)
    site = models.ForeignKey("network.Site", models.CASCADE, related_name="agreements")
    metric = models.CharField(max_length=16, choices=METRICS)
    objective = models.FloatField()  # milliseconds for a time, otherwise a share
    window_s = models.PositiveIntegerField()
    min_samples = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default=State.UNKNOWN)
    value = models.FloatField(null=True, blank=True)
    used_share = models.FloatField(null=True, blank=True)
    samples = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "metric"], name="one_agreement_per_site_and_metric"),
            models.CheckConstraint(condition=Q(objective__gte=0), name="agreement_objective_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    def state_at(self, now: datetime) -> State:
        """Return the state, unknown when it was judged too long ago."""
        return State(self.state) if is_fresh(self.judged_at, now) else State.UNKNOWN


class Breach(models.Model):
    """A time during which an agreement was breached; open while `ended_at` is null."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="breaches")
    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    worst_value = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name_plural = "breaches"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(ended_at=None), name="one_open_breach_per_agreement"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} since {self.started_at:%Y-%m-%d %H:%M:%S}"
