"""The six kinds of records: their fields with ranges, their natural keys, and the rows that keep them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from console.access.actor import Actor
from network.actions.inventory import checks
from network.actions.inventory.fields import (
    Choice,
    Field,
    Flag,
    Host,
    Number,
    Path,
    Problem,
    Ref,
    Slug,
    Text,
    Values,
    Whole,
)
from network.models import (
    Corridor,
    EdgeNode,
    Link,
    RecordKind,
    Region,
    Sector,
    Site,
)
from network.models.inventory.ranges import Range

if TYPE_CHECKING:
    from network.actions.inventory.book import Book

Check = Callable[[Values, "Book"], Iterator[Problem]]


@dataclass(frozen=True)
class Kind:
    """One kind of record."""

    name: RecordKind
    model: type[models.Model]
    fields: tuple[Field, ...]
    check: Check = checks.nothing
    key_names: tuple[str, ...] = ("slug",)

    @property
    def word(self) -> str:
        """Its name in a sentence."""
        return self.name.value.replace("_", " ")

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The fields that name other records."""
        return tuple(field for field in self.fields if isinstance(field, Ref))

    @property
    def is_named(self) -> bool:
        """Whether its records have a name in both languages."""
        return self.field("name_en") is not None

    def field(self, name: str) -> Field | None:
        """Return a field by name."""
        return next((field for field in self.fields if field.name == name), None)

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Return the natural key of whole values."""
        return link_key(values["a"], values["b"]) if self.name == RecordKind.LINK else str(values["slug"])

    def normal_key(self, key: str) -> str:
        """Return a key as changes name it: a link carries both ways, so its ends are sorted."""
        return link_key(*key.split("~", 1)) if self.name == RecordKind.LINK and "~" in key else key

    def query(self, key: str) -> Q:
        """Return what finds a record by its key, a link by its ends in either order."""
        if self.name != RecordKind.LINK:
            return Q(slug=key)
        a, _, b = key.partition("~")
        return Q(a__slug=a, b__slug=b) | Q(a__slug=b, b__slug=a)

    def column(self, field: Field) -> str:
        """Return the path of a field's value in a query."""
        return f"{field.name}__slug" if isinstance(field, Ref) else field.name

    def current(self, condition: Q | None = None) -> dict[str, tuple[Values, datetime | None]]:
        """Return the records as they are, by key: their values, and from when on these hold (null: unknown)."""
        rows = self.model._default_manager.filter(condition or Q()).order_by()  # noqa: SLF001  Django's public name
        names = [field.name for field in self.fields]
        columns = [self.column(field) for field in self.fields]
        recorded = ((dict(zip(names, row, strict=False)), row[-1]) for row in rows.values_list(*columns, "valid_from"))
        return {self.key_of(values): (values, since) for values, since in recorded}

    def lock(self, condition: Q | None = None) -> None:
        """Keep others from changing records until the transaction ends."""
        rows = self.model._default_manager.filter(condition or Q()).order_by("pk")  # noqa: SLF001
        list(rows.select_for_update(no_key=True, of=("self",)).only("pk"))


def link_key(a: str, b: str) -> str:
    """Return the key of a link between two sites, whichever is named first."""
    return "~".join(sorted((a, b)))


def _read(model: type[models.Model], *names: str, **instead: Field) -> tuple[Field, ...]:
    """Return fields of a model as values are judged by: as its columns and `ranges` say, but for those given."""
    return tuple(instead.get(name) or _field(model, name) for name in names)


def _field(model: type[models.Model], name: str) -> Field:
    column = model._meta.get_field(name)  # noqa: SLF001  Django's public name
    if isinstance(column, models.ForeignKey):
        return Ref(name=name, kind=str(column.related_model._meta.model_name))  # noqa: SLF001
    if isinstance(column, models.JSONField):
        return Path(name=name)
    assert isinstance(column, models.Field)
    options: dict[str, Any] = {"name": name, "is_nullable": column.null}
    if column.has_default() or column.null:
        options["default"] = column.get_default()
    return _judged(column, options, getattr(model, "ranges").get(name))  # noqa: B009


def _judged(column: "models.Field[Any, Any]", options: dict[str, Any], limits: Range | None) -> Field:
    if limits:
        kind = Whole if isinstance(column, models.IntegerField) else Number
        return kind(**options, least=limits.least, most=limits.most, is_most_open=limits.is_most_open)
    if isinstance(column, models.BooleanField):
        return Flag(**options)
    if column.choices:
        options |= {"default": str(options["default"])} if "default" in options else {}
        return Choice(**options, words=[value for value, _ in column.flatchoices])
    kind_of_text = Slug if isinstance(column, models.SlugField) else Text
    return kind_of_text(**options, most=int(column.max_length or 0), is_blank=column.blank)


_NAMED = ("name_en", "name_zh")
_PLACED = (*_NAMED, "lat_deg", "lon_deg")

REGION = Kind(RecordKind.REGION, Region, _read(Region, "slug", *_PLACED, "radius_m"))
HOW_PROBED = frozenset({"probe_host", "probe_port", "probe_secret", "probe_path"})
"""Where sites answer and with which key: for those who run the network, and an authority."""


def hidden_from(actor: Actor) -> frozenset[str]:
    """Return the fields of records that are not shown to the actor."""
    return frozenset() if actor.sees is None else HOW_PROBED


SITE = Kind(
    RecordKind.SITE,
    Site,
    _read(
        Site, "slug", "region", "kind", *_PLACED, "height_m", "is_key_site", "probe_host", "probe_port", "probe_method",
        "probe_packets", "probe_rate_hz", "probe_size_bytes", "probe_dscp", "probe_secret", "probe_path", "people",
        probe_host=Host(name="probe_host", most=253, is_blank=True, default=""),
        probe_secret=Slug(name="probe_secret", is_blank=True, default=""),
    ),
    checks.site,
)  # fmt: skip
SECTOR = Kind(
    RecordKind.SECTOR,
    Sector,
    _read(
        Sector, "slug", "site", "scenario", "pattern", "elements", "omni_dbi", "height_m", "azimuth_deg", "tilt_deg",
        "power_dbm", "carrier_ghz", "bandwidth_mhz", "load_share", "is_active",
    ),
)  # fmt: skip
_LENGTH = Link.ranges["length_km"]
LINK = Kind(
    RecordKind.LINK,
    Link,
    _read(
        Link, "a", "b", "length_km", "is_length_surveyed", "optical_hops", "electrical_hops", "rate_gbps", "load_share",
        "medium",  # of the length nothing may be said: it then follows from where the ends stand
        length_km=Number(name="length_km", least=_LENGTH.least, most=_LENGTH.most, is_nullable=True, default=None),
        is_length_surveyed=Flag(name="is_length_surveyed", default=None),
    ),
    checks.link,
    ("a", "b"),
)  # fmt: skip
EDGE_NODE = Kind(
    RecordKind.EDGE_NODE,
    EdgeNode,
    _read(EdgeNode, "slug", "site", *_NAMED, "cores", "memory_gb", "accelerators", "power_kw"),
)
CORRIDOR = Kind(
    RecordKind.CORRIDOR,
    Corridor,
    _read(
        Corridor, "slug", "region", *_NAMED, "path_lon_lat_deg", "lowest_m", "highest_m", "half_width_m", "is_public"
    ),
    checks.corridor,
)
KINDS: dict[str, Kind] = {
    kind.name.value: kind for kind in (REGION, SITE, SECTOR, LINK, EDGE_NODE, CORRIDOR)
}  # each after those it refers to


def in_order(names: Iterable[str]) -> list[Kind]:
    """Return kinds so that each comes after those it refers to."""
    wanted = set(names)
    return [kind for name, kind in KINDS.items() if name in wanted]
