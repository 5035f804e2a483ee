"""Registered drones."""

from django.db import models


class Drone(models.Model):
    """A drone that has reported or was registered. It is verified once a person has checked who flies it."""

    serial = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80, blank=True)
    operator = models.CharField(max_length=80, blank=True)
    is_verified = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)  # the engine asks for what changed since it last looked

    class Meta:
        ordering = ["serial"]

    def __str__(self) -> str:
        return self.name or self.serial
