"""What each organisation may have: the settings, and what the network operator set for it instead.

Every process keeps the rows. It is told over Redis when one changes, and reads them anew after a while in any case.
"""

import threading
from collections.abc import Callable, Mapping
from time import monotonic

from django.conf import settings
from django.db import DatabaseError

from console.models import Quota
from console.quota.kinds import POSITIONS, REQUESTS, Kind

QUOTAS_CHANNEL = "loft.quotas"
TRUSTED_FOR_S = 30.0
_PER_KEY = {REQUESTS.name: "LOFT_REQUESTS_PER_KEY_PER_S", POSITIONS.name: "LOFT_REPORTS_PER_KEY_PER_S"}


class Book:
    """The limits of all organisations. `of` answers from memory, so that the event loop may ask."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._own: Mapping[int, Mapping[str, int]] = {}
        self._told = object()  # another one with every change that is told
        self._read: tuple[object, float] = (None, 0.0)  # what had been told when it was read, and when that was

    @property
    def is_fresh(self) -> bool:
        """Whether what it holds was read lately, and no change was told since."""
        limits, at_s = self._read
        return limits is self._told and self._clock() - at_s < TRUSTED_FOR_S

    def forget(self, *_: object) -> None:
        """A limit was changed, or may have been: read all anew."""
        self._told = object()

    def read(self) -> None:
        """Read what the network operator set, unless that was done lately. While the database is away, all stays."""
        with self._lock:
            if self.is_fresh:
                return
            limits, at_s = self._told, self._clock()
            try:
                self._own = dict(Quota.objects.values_list("organisation", "limits"))
            except DatabaseError:
                at_s -= TRUSTED_FOR_S - 1.0  # asked again in a second
            self._read = limits, at_s  # what was told meanwhile may be missing in it, so it is not fresh then

    def of(self, organisation: int, kind: Kind) -> int:
        """Return a limit of an organisation."""
        default: int = getattr(settings, kind.setting)
        return int(self._own.get(organisation, {}).get(kind.name, default))

    def is_own(self, organisation: int, kind: Kind) -> bool:
        """Whether the network operator set it for this organisation."""
        return kind.name in self._own.get(organisation, {})

    def of_key(self, organisation: int, kind: Kind) -> int:
        """Return the limit of each of an organisation's keys, which is never above its organisation's."""
        most = self.of(organisation, kind)
        return min(most, getattr(settings, _PER_KEY[kind.name])) if kind.name in _PER_KEY else most


book = Book()
