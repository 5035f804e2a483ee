"""The records that a change is checked against: read on demand, or all of a kind at once; with what the change adds."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from network.actions.inventory.fields import Values
from network.actions.inventory.history import records_at, values_at
from network.actions.inventory.kinds import KINDS
from network.models import Site


class Book:
    """The inventory now, or at a time to come, as checks see it. `put` changes the book, never the database."""

    def __init__(self, at: datetime | None = None) -> None:
        """Open the book at a time; None: as the inventory is now."""
        self._at = at
        self._read: dict[tuple[str, str], Values | None] = {}
        self._whole: set[str] = set()
        self._names: dict[tuple[str, str, str], str] = {}

    def get(self, kind: str, key: str) -> Values | None:
        """Return the values of a record, None when there is none of that key."""
        place = (kind, KINDS[kind].normal_key(key))
        if place not in self._read and kind not in self._whole:
            self._read[place] = self._fetch(*place)
        return self._read.get(place)

    def put(self, kind: str, key: str, values: Values | None) -> None:
        """Write what a record is to be."""
        self._note(kind, key, self.get(kind, key), values)
        self._read[kind, key] = values

    def read_all(self, kinds: Iterable[str], *, is_locked: bool) -> None:
        """Read every record of some kinds; locked ones nobody else changes until the transaction ends."""
        for kind in kinds:
            self._whole.add(kind)
            if is_locked:
                KINDS[kind].lock()
            for key, values in self._records(kind).items():
                self._read[kind, key] = values
                self._note(kind, key, None, values)

    def site_named(self, region: str, field: str, name: str, but: str) -> str | None:
        """Return the slug of another site of a region whose name in one language is this one."""
        noted = self._names.get((region, field, name.casefold()))
        if noted is not None or "site" in self._whole:
            return noted if noted != but else None
        if self._at is not None:
            named = (site for site in records_at("site", self._at).values() if _is_named(site, region, field, name))
            return next((site["slug"] for site in named if site["slug"] != but), None)
        sites = Site.objects.filter(Q(**{f"{field}__iexact": name}), region__slug=region).exclude(slug=but)
        return sites.values_list("slug", flat=True).first()

    def _records(self, kind: str) -> dict[str, Values]:
        if self._at is not None:
            return records_at(kind, self._at)
        return {key: values for key, (values, _) in KINDS[kind].current().items()}

    def _note(self, kind: str, key: str, before: Values | None, after: Values | None) -> None:
        if kind == "site" and before is not None:
            for place in _name_places(before):
                if self._names.get(place) == key:
                    del self._names[place]
        if kind == "site" and after is not None:
            self._names.update(dict.fromkeys(_name_places(after), key))

    def _fetch(self, kind: str, key: str) -> Values | None:
        if self._at is not None:
            return values_at(kind, key, self._at)
        record = KINDS[kind].current(KINDS[kind].query(key)).get(key)
        return record[0] if record else None


def _is_named(site: Values, region: str, field: str, name: str) -> bool:
    return bool(site["region"] == region and site[field].casefold() == name.casefold())


def _name_places(site: Values) -> list[tuple[str, str, str]]:
    return [(site["region"], field, site[field].casefold()) for field in ("name_en", "name_zh")]
