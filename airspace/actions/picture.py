"""The live picture and the database: which drone a serial is, and what was last known of each after a restart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from airspace.actions import drone as drones
from airspace.actions.drone import COMMITTED_WITHIN
from airspace.actions.history import STATUS, Row
from airspace.kernels.tracking import STATUS_CODES, VALUES, Batch, Picture
from airspace.models import Drone, LastPosition, Position

_PLACES = [Position.COLUMNS.index(name) for name in VALUES]


def batch_of(rows: Sequence[Row]) -> Batch:
    """Return rows of the history as the columns that the picture takes in."""
    columns = list(zip(*rows, strict=True)) or [()] * len(Position.COLUMNS)
    return Batch(
        np.array(columns[0], np.int64),
        np.array(columns[1], np.int64),
        np.array([columns[place] for place in _PLACES], np.float64).T,
        np.array([STATUS_CODES[status] for status in columns[STATUS]], np.uint8),
    )


def rebuild(picture: Picture, since_ms: int) -> int:
    """Put the newest stored report of every drone heard since a time into the picture; return how many."""
    rows = LastPosition.objects.filter(at_ms__gte=since_ms).values_list(*Position.COLUMNS)
    return picture.update(batch_of(list(rows)))


class Registry:
    """Serials of registered drones and whose they are, kept in step with the database by asking for what changed."""

    def __init__(self, picture: Picture) -> None:
        self.keys: dict[str, int] = {}
        self._own: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self._owners: dict[str, int] = {}
        self._picture = picture
        self._asked_at: datetime | None = None

    def own(self, organisation: int) -> Mapping[str, int]:
        """Return the drones that an organisation may report, by serial; all of them for 0."""
        return self._own[organisation] if organisation else self.keys

    def refresh(self, now: datetime) -> None:
        """Take in drones that were registered or changed since the last call."""
        rows = Drone.objects.all()
        if self._asked_at:
            rows = rows.filter(changed_at__gte=self._asked_at - COMMITTED_WITHIN)
        for row in rows.values_list("pk", "serial", "organisation_id", "is_verified").iterator():
            self._know(*row)
        self._asked_at = now

    def register(self, operators: Mapping[str, str], now: datetime, owners: Mapping[str, int] | None = None) -> None:
        """Register serials that nobody knows yet, as unverified; each is claimed by its owner."""
        for drone in drones.register(operators, now, owners=owners):
            self._know(drone.pk, drone.serial, drone.owner_pk, drone.is_verified)

    def _know(self, key: int, serial: str, owner: int, is_verified: bool) -> None:  # noqa: FBT001  a row's columns
        before = self._owners.get(serial)
        if before is not None and before != owner:
            self._own[before].pop(serial, None)
        self.keys[serial], self._owners[serial], self._own[owner][serial] = key, owner, key
        self._picture.mark(key, owner=owner, is_unverified=not is_verified)
