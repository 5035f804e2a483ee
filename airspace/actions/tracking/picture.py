"""The live picture and the database: which drone a serial is, and what was last known of each after a restart."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from airspace.actions.tracking import drone as drones
from airspace.actions.tracking.drone import COMMITTED_WITHIN
from airspace.actions.tracking.history import STATUS, Row
from airspace.kernels.tracking import STATUS_CODES, VALUES, Batch, Picture
from airspace.models import Drone, LastPosition, Position

_KNOWN = "pk", "serial", "organisation_id", "is_verified", "retired_at"
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
    rows = LastPosition.objects.filter(at_ms__gte=since_ms, drone__retired_at=None).values_list(*Position.COLUMNS)
    return picture.update(batch_of(list(rows)))


class Registry:
    """Serials of registered drones and whose they are, kept in step with the database by asking for what changed."""

    def __init__(self, picture: Picture) -> None:
        self.keys: dict[str, int] = {}
        self.retired: set[str] = set()
        self._removed: set[int] = set()
        self._own: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self._owners: dict[str, int] = {}
        self._picture = picture
        self._asked_at: datetime | None = None

    def own(self, organisation: int) -> Mapping[str, int]:
        """Return the drones that an organisation may report, by serial; all of them for 0."""
        return self._own[organisation] if organisation else self.keys

    def knows(self, serial: str) -> bool:
        """Whether a serial is registered, in service or retired."""
        return serial in self.keys or serial in self.retired

    def refresh(self, now: datetime) -> None:
        """Take in drones that were registered or changed since the last call."""
        rows = Drone.objects.all()
        if self._asked_at:
            rows = rows.filter(changed_at__gte=self._asked_at - COMMITTED_WITHIN)
        for key, serial, owner, is_verified, retired_at in rows.values_list(*_KNOWN).iterator():
            self._know(key, serial, owner, is_verified=is_verified, is_retired=retired_at is not None)
        if Drone.objects.count() != len(self.keys) + len(self.retired):
            self._forget_deleted()
        self._asked_at = now

    def take_removed(self) -> set[int]:
        """Return the drones that were retired or deleted since the last call: they leave the picture."""
        removed, self._removed = self._removed, set()
        return removed

    def register(self, operators: Mapping[str, str], now: datetime, owners: Mapping[str, int] | None = None) -> None:
        """Register serials that nobody knows yet, as unverified; each is claimed by its owner."""
        for drone in drones.register(operators, now, owners=owners):
            is_retired = drone.retired_at is not None
            self._know(drone.pk, drone.serial, drone.owner_pk, is_verified=drone.is_verified, is_retired=is_retired)

    def _forget_deleted(self) -> None:
        """Look which drones are no more: whoever deletes one leaves no row that says so."""
        known = set(Drone.objects.values_list("serial", flat=True).iterator())
        self.retired &= known
        for serial in self.keys.keys() - known:
            self._drop(serial)

    def _know(self, key: int, serial: str, owner: int, *, is_verified: bool, is_retired: bool) -> None:
        if is_retired:
            self.retired.add(serial)
            self._drop(serial)
            return
        self.retired.discard(serial)
        if (before := self.keys.get(serial, key)) != key:  # deleted and registered anew
            self._removed.add(before)
        if (owned_by := self._owners.get(serial, owner)) != owner:
            self._own[owned_by].pop(serial, None)
        self.keys[serial], self._owners[serial], self._own[owner][serial] = key, owner, key
        self._picture.mark(key, owner=owner, is_unverified=not is_verified)

    def _drop(self, serial: str) -> None:
        """Know a serial no more; its drone leaves the picture."""
        if serial in self.keys:
            self._removed.add(self.keys.pop(serial))
            self._own[self._owners.pop(serial)].pop(serial, None)
