"""Registered drones, each of one organisation, and what others reported of them without being allowed to."""

from typing import Any

from django.db import models
from django.db.models import Q

from console.models.access.organisation import Owned, ScopedQuerySet


class EpochMs(models.Func):
    """A time in epoch milliseconds, as the times of reports are kept."""

    output_field = models.FloatField()
    template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Count from the Julian day, which SQLite keeps to the millisecond."""
        whole = "ROUND((JULIANDAY(%(expressions)s) - 2440587.5) * 86400000)"
        return self.as_sql(compiler, connection, template=whole, **more)


HEARD_FOR_OWNER = Q(owned_since=None) | Q(last_position__at_ms__gte=EpochMs("owned_since"))
"""Fits drones whose newest report is of their owner's time."""
HEARD_FOR_ANOTHER = Q(last_position__at_ms__lt=EpochMs("owned_since"))
"""Fits drones whose newest report is of before they came to their owner: to this one they were never heard."""


class DroneQuerySet(ScopedQuerySet["Drone"]):
    """Ways to pick drones."""

    def in_service(self) -> "DroneQuerySet":
        """Return those that were not retired."""
        return self.filter(retired_at=None)


class Drone(Owned):
    """A drone that has reported or was registered: its serial is claimed by the organisation that owns it.

    It is verified once those who run the network have checked who flies it. While the verification is disputed,
    because another organisation insists on reporting the serial, it does not count; see `Claim`.
    """

    serial = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80, blank=True)
    operator = models.CharField(max_length=80, blank=True)  # display text: the organisation's name, see `register`
    is_verified = models.BooleanField(default=False)
    disputed_at = models.DateTimeField(null=True, blank=True)  # since when a dispute waits to be decided
    owned_since = models.DateTimeField(null=True, blank=True)  # null: since it was registered
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)  # hidden, and its reports are refused; null: in service
    changed_at = models.DateTimeField(db_index=True)  # the engine asks for what changed since it last looked

    objects = DroneQuerySet.as_manager()

    class Meta:
        ordering = ["serial"]

    def __str__(self) -> str:
        return self.name or self.serial


class Claim(Owned):
    """Reports of a drone that were refused because their key is of another organisation: one row per drone and key.

    `refused` counts since `first_at`, from the last rest of ten minutes on. `disputed_at` is set once it withdrew the
    drone's verification, `decided_at` once those who run the network judged it: the key then withdraws nothing of this
    drone any more. A claim names who claimed, so it is of those who run the network.
    """

    drone = models.ForeignKey(Drone, models.CASCADE, related_name="claims")
    key = models.ForeignKey("console.ApiKey", models.CASCADE, related_name="+")
    refused = models.BigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    disputed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["drone", "key"], name="one_claim_per_drone_and_key")]

    def __str__(self) -> str:
        return f"drone {self.drone_id} by key {self.key_id}"
