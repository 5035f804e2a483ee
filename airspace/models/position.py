"""Where drones were: every report, and the newest of each drone. Both are written in bulk by the engine alone."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from airspace.models.drone import Drone, EpochMs
from console.models.access.organisation import ScopedQuerySet


class Reported(models.Model):
    """One report's values as received, with its three times: at the source, on receipt, when processed.

    `key_id` is the API key that sent it, None before keys were kept: a plain number of four bytes, for a foreign key
    takes eight and would be checked.
    """

    at_ms = models.BigIntegerField()
    received_ms = models.BigIntegerField()
    processed_ms = models.BigIntegerField()
    lat_deg = models.FloatField()
    lon_deg = models.FloatField()
    altitude_wgs84_m = models.FloatField()
    speed_mps = models.FloatField(null=True)
    track_deg = models.FloatField(null=True)
    vertical_speed_mps = models.FloatField(null=True)
    height_agl_m = models.FloatField(null=True)
    battery_pct = models.FloatField(null=True)
    status = models.CharField(max_length=20, null=True)  # noqa: DJ001  unknown is null, as for every other value
    accuracy_h_m = models.FloatField(null=True)
    accuracy_v_m = models.FloatField(null=True)
    key_id = models.IntegerField(null=True)

    owner_path: ClassVar[str] = "drone__organisation"

    class Meta:
        abstract = True


class Position(Reported):
    """One report in the history. Its key makes a report sent twice one row."""

    pk = models.CompositePrimaryKey("drone_id", "at_ms")
    # No constraint: a check per row costs a third of the write, and only the engine writes, of drones it has looked up.
    drone = models.ForeignKey(Drone, models.CASCADE, db_constraint=False, db_index=False, related_name="positions")

    objects = ScopedQuerySet.as_manager()

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "drone_id", "at_ms", "received_ms", "processed_ms", "lat_deg", "lon_deg", "altitude_wgs84_m", "speed_mps",
        "track_deg", "vertical_speed_mps", "height_agl_m", "battery_pct", "status", "accuracy_h_m", "accuracy_v_m",
        "key_id",
    )  # fmt: skip
    """The order in which the engine hands rows over."""

    def __str__(self) -> str:
        return f"drone {self.drone_id} at {self.at_ms}"


SENT_FOR_OWNER = Q(drone__owned_since=None) | Q(at_ms__gte=EpochMs("drone__owned_since"))
"""Fits reports of the time of their drone's present owner."""


class LastPositionQuerySet(ScopedQuerySet["LastPosition"]):
    """Ways to pick newest reports."""

    def of_owners(self) -> Self:
        """Return those of the time of the drone's present owner: what a former one sent concerns this one nothing."""
        return self.filter(SENT_FOR_OWNER)


class LastPosition(Reported):
    """The newest report of a drone, at most a second behind the history. `state` is as `kernels.tracking` judges."""

    drone = models.OneToOneField(
        Drone, models.CASCADE, primary_key=True, db_constraint=False, related_name="last_position"
    )
    state = models.PositiveSmallIntegerField()

    objects = LastPositionQuerySet.as_manager()

    COLUMNS: ClassVar[tuple[str, ...]] = (*Position.COLUMNS, "state")

    def __str__(self) -> str:
        return f"drone {self.drone_id} at {self.at_ms}"
