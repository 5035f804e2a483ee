"""Factories, their machines, and what they ask of the network and of models."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models import Owned, ScopedQuerySet
from industry.models.catalogue import Model


class UnknownMachines(models.TextChoices):
    """What happens to readings of a machine that nobody has named before."""

    REGISTER = "register", _("register")
    REFUSE = "refuse", _("refuse")


class Factory(Owned):
    """A plant with machines, at a place from which its readings travel to an edge node."""

    slug = models.SlugField(max_length=40, unique=True)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    lat_deg = models.FloatField()
    lon_deg = models.FloatField()
    unknown_machines = models.CharField(
        max_length=10, choices=UnknownMachines.choices, default=UnknownMachines.REGISTER
    )
    by_radio = models.BooleanField(default=False)  # its readings enter the network over the air, not by fibre
    stale_after_s = models.FloatField(default=15.0)
    plan: "models.JSONField[Any]" = models.JSONField(null=True, blank=True)  # metres around its place, and a bearing

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "factories"
        constraints = [
            models.CheckConstraint(condition=Q(lat_deg__gte=-90, lat_deg__lte=90), name="factory_lat_deg_in_range"),
            models.CheckConstraint(condition=Q(lon_deg__gte=-180, lon_deg__lte=180), name="factory_lon_deg_in_range"),
            models.CheckConstraint(condition=Q(stale_after_s__gt=0), name="factory_stale_after_s_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name_en


class Machine(models.Model):
    """A machine of a factory, known by the name its factory uses."""

    factory = models.ForeignKey(Factory, models.CASCADE, related_name="machines")
    name = models.CharField(max_length=80)
    registered_at = models.DateTimeField()

    owner_path: ClassVar[str] = "factory__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["factory", "name"]
        constraints = [models.UniqueConstraint(fields=["factory", "name"], name="one_machine_per_name")]

    def __str__(self) -> str:
        return self.name


class Workload(models.Model):
    """What a factory runs on its readings: a model, and how soon its answer has to be there."""

    factory = models.ForeignKey(Factory, models.CASCADE, related_name="workloads")
    model = models.ForeignKey(Model, models.PROTECT, related_name="workloads")
    latency_budget_ms = models.FloatField(null=True, blank=True)
    enabled = models.BooleanField(default=True)

    owner_path: ClassVar[str] = "factory__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["factory", "model"]
        constraints = [
            models.UniqueConstraint(fields=["factory", "model"], name="one_workload_per_factory_and_model"),
            models.CheckConstraint(
                condition=Q(latency_budget_ms=None) | Q(latency_budget_ms__gt=0),
                name="workload_latency_budget_ms_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.factory_id} {self.model_id}"

    def as_plain(self) -> dict[str, Any]:
        """Return the workload as the factory's detail and events show it."""
        return {
            "id": self.pk,
            "model": self.model.name,
            "latency_budget_ms": self.latency_budget_ms,
            "enabled": self.enabled,
        }
