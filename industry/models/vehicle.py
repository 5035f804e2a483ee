"""Vehicles of factories, as they reported themselves last (VDA 5050)."""

from typing import Any, ClassVar

from django.db import models

from console.models import ScopedQuerySet
from industry.models.factory import Factory

STALE_AFTER_S = 35.0
"""A vehicle reports at least every 30 s (VDA 5050), so that a shorter limit would call a healthy one stale."""


class Vehicle(models.Model):
    """A driverless vehicle, known by maker and serial number, with the newest state it reported.

    `at` is the vehicle's time of that state, `received_at` ours. Place and heading are null while the vehicle does not
    know where it is.
    """

    factory = models.ForeignKey(Factory, models.CASCADE, related_name="vehicles")
    manufacturer = models.CharField(max_length=80)
    serial = models.CharField(max_length=80)
    registered_at = models.DateTimeField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    lat_deg = models.FloatField(null=True, blank=True)
    lon_deg = models.FloatField(null=True, blank=True)
    heading_deg = models.FloatField(null=True, blank=True)
    is_driving = models.BooleanField(default=False)
    operating_mode = models.CharField(max_length=20)
    battery_pct = models.FloatField(null=True, blank=True)
    errors: "models.JSONField[Any]" = models.JSONField(default=list)
    path_lon_lat_deg: "models.JSONField[Any]" = models.JSONField(default=list)

    owner_path: ClassVar[str] = "factory__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["factory", "manufacturer", "serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["factory", "manufacturer", "serial"], name="one_vehicle_per_manufacturer_and_serial"
            )
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} {self.serial}"

    def as_plain(self) -> dict[str, Any]:
        """Return the vehicle as lists and events show it."""
        return {
            "id": self.pk,
            "factory": self.factory.slug,
            "manufacturer": self.manufacturer,
            "serial": self.serial,
            "at": self.at,
            "received_at": self.received_at,
            "lat_deg": self.lat_deg,
            "lon_deg": self.lon_deg,
            "heading_deg": self.heading_deg,
            "is_driving": self.is_driving,
            "operating_mode": self.operating_mode,
            "battery_pct": self.battery_pct,
            "errors": self.errors,
            "path_lon_lat_deg": self.path_lon_lat_deg,
            "stale_after_s": max(STALE_AFTER_S, self.factory.stale_after_s),
            "source": "measured",
        }
