"""What the targets of the programme stood at: one row per target, region and hour."""

from typing import ClassVar

from django.db import models

from network.models.inventory.inventory import Region


class ProgrammeValue(models.Model):
    """What a target stood at in one hour. `value` is null where it was unknown."""

    shared_because: ClassVar[str] = "figures of a region, which is everyone's"

    region = models.ForeignKey(Region, models.CASCADE, related_name="programme_values")
    key = models.CharField(max_length=40)
    hour = models.DateTimeField()  # its beginning, UTC
    value = models.FloatField(null=True, blank=True)
    definition = models.CharField(max_length=100)  # by which it was worked out; values of others are not compared
    source = models.CharField(max_length=10)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["hour"]
        constraints = [
            models.UniqueConstraint(fields=["region", "key", "hour"], name="one_programme_value_per_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.hour:%Y-%m-%d %H:%M}"
