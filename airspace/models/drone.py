"""Registered drones."""

from django.db import models


class DroneQuerySet(models.QuerySet["Drone"]):
    """Ways to pick drones."""

    def in_service(self) -> "DroneQuerySet":
        """Return those that were not retired."""
        return self.filter(retired_at=None)


class Drone(models.Model):
    """A drone that has reported or was registered. It is verified once a person has checked who flies it."""

    serial = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80, blank=True)
    operator = models.CharField(max_length=80, blank=True)
    is_verified = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)  # hidden, and its reports are refused; null: in service
    changed_at = models.DateTimeField(db_index=True)  # the engine asks for what changed since it last looked

    objects = DroneQuerySet.as_manager()

    class Meta:
        ordering = ["serial"]

    def __str__(self) -> str:
        return self.name or self.serial
