"""The six kinds of records: their fields with ranges, their natural keys, and the rows that keep them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from console.actor import Actor
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
    Medium,
    Pattern,
    ProbeMethod,
    RecordKind,
    Region,
    Scenario,
    Sector,
    Site,
    SiteKind,
)

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
        return tuple(one for one in self.fields if isinstance(one, Ref))

    @property
    def is_named(self) -> bool:
        """Whether its records have a name in both languages."""
        return self.field("name_en") is not None

    def field(self, name: str) -> Field | None:
        """Return a field by name."""
        return next((one for one in self.fields if one.name == name), None)

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

    def column(self, one: Field) -> str:
        """Return the path of a field's value in a query."""
        return f"{one.name}__slug" if isinstance(one, Ref) else one.name

    def current(self, found: Q | None = None) -> dict[str, tuple[Values, datetime | None]]:
        """Return the records as they are, by key: their values, and from when on these hold (null: unknown)."""
        rows = self.model._default_manager.filter(found or Q()).order_by()  # noqa: SLF001  Django's public name
        names = [one.name for one in self.fields]
        columns = [self.column(one) for one in self.fields]
        told = ((dict(zip(names, row, strict=False)), row[-1]) for row in rows.values_list(*columns, "valid_from"))
        return {self.key_of(values): (values, since) for values, since in told}

    def lock(self, found: Q | None = None) -> None:
        """Keep others from changing records until the transaction ends."""
        rows = self.model._default_manager.filter(found or Q()).order_by("pk")  # noqa: SLF001
        list(rows.select_for_update(no_key=True, of=("self",)).only("pk"))


def link_key(a: str, b: str) -> str:
    """Return the key of a link between two sites, whichever is named first."""
    return "~".join(sorted((a, b)))


_NAMES = (Text(name="name_en", most=80), Text(name="name_zh", most=80))
_PLACE = (Number(name="lat_deg", least=-90, most=90), Number(name="lon_deg", least=-180, most=180))

REGION = Kind(
    RecordKind.REGION,
    Region,
    (Slug(name="slug"), *_NAMES, *_PLACE, Number(name="radius_m", least=1, most=20_000_000)),
)
HOW_PROBED = frozenset({"probe_host", "probe_port", "probe_secret", "probe_path"})
"""Where sites answer and with which key: for those who run the network, and an authority."""


def hidden_from(actor: Actor) -> frozenset[str]:
    """Return the fields of records that are not shown to the actor."""
    return frozenset() if actor.sees is None else HOW_PROBED


SITE = Kind(
    RecordKind.SITE,
    Site,
    (
        Slug(name="slug"),
        Ref(name="region", kind="region"),
        Choice(name="kind", words=SiteKind.values),
        *_NAMES,
        *_PLACE,
        Number(name="height_m", least=0, most=1_000, default=0.0),
        Flag(name="is_key_site", default=False),
        Host(name="probe_host", most=253, is_blank=True, default=""),
        Whole(name="probe_port", least=1, most=65_535, is_nullable=True, default=None),
        Choice(name="probe_method", words=ProbeMethod.values, default=ProbeMethod.STAMP.value),
        Whole(name="probe_packets", least=1, most=50, is_nullable=True, default=None),
        Number(name="probe_rate_hz", least=1, most=1_000, is_nullable=True, default=None),
        Whole(name="probe_size_bytes", least=0, most=1_472, default=0),
        Whole(name="probe_dscp", least=0, most=63, default=0),
        Slug(name="probe_secret", is_blank=True, default=""),
        Text(name="probe_path", most=200, is_blank=True, default=""),
        Whole(name="people", least=0, is_nullable=True, default=None),
    ),
    checks.site,
)
SECTOR = Kind(
    RecordKind.SECTOR,
    Sector,
    (
        Slug(name="slug", most=48),
        Ref(name="site", kind="site"),
        Choice(name="scenario", words=Scenario.values, default=Scenario.UMA.value),
        Choice(name="pattern", words=Pattern.values, default=Pattern.COLUMN.value),
        Whole(name="elements", least=1, most=64, default=10),
        Number(name="omni_dbi", least=-20, most=40, default=0.0),
        Number(name="height_m", least=1, most=150),
        Number(name="azimuth_deg", least=0, most=360, is_most_open=True, default=0.0),
        Number(name="tilt_deg", least=-90, most=90, default=0.0),
        Number(name="power_dbm", least=0, most=80),
        Number(name="carrier_ghz", least=0.5, most=100),
        Number(name="bandwidth_mhz", least=0.1, most=2_000),
        Number(name="load_share", least=0, most=1, default=0.5),
        Flag(name="is_active", default=True),
    ),
)
LINK = Kind(
    RecordKind.LINK,
    Link,
    (
        Ref(name="a", kind="site"),
        Ref(name="b", kind="site"),
        Number(name="length_km", least=0, most=40_000, is_nullable=True, default=None),
        Flag(name="is_length_surveyed", default=None),
        Whole(name="optical_hops", least=0, most=1_000, default=0),
        Whole(name="electrical_hops", least=0, most=1_000, default=0),
        Number(name="rate_gbps", least=0.001, most=1_000_000),
        Number(name="load_share", least=0, most=1, default=0.0),
        Choice(name="medium", words=Medium.values, default=Medium.FIBRE.value),
    ),
    checks.link,
    ("a", "b"),
)
EDGE_NODE = Kind(
    RecordKind.EDGE_NODE,
    EdgeNode,
    (
        Slug(name="slug"),
        Ref(name="site", kind="site"),
        *_NAMES,
        Whole(name="cores", least=0, most=10_000_000),
        Number(name="memory_gb", least=0, most=100_000_000),
        Whole(name="accelerators", least=0, most=10_000_000, default=0),
        Number(name="power_kw", least=0, most=1_000_000, is_nullable=True, default=None),
    ),
)
CORRIDOR = Kind(
    RecordKind.CORRIDOR,
    Corridor,
    (
        Slug(name="slug"),
        Ref(name="region", kind="region"),
        *_NAMES,
        Path(name="path_lon_lat_deg"),
        Number(name="lowest_m", least=0, most=1_000),
        Number(name="highest_m", least=0, most=1_000),
        Number(name="half_width_m", least=0.1, most=10_000, default=50.0),
        Flag(name="is_public", default=True),
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
