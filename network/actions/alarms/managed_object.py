"""What alarms are about (X.733: managed object): a kind and a key that outlives renaming, and how keys become names.

Each app registers its kinds. A row keeps the names that its object had last: for search, and for what is gone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from console.actor import HOME_PK
from network.models import Site

EVERY = "*"
"""The key of all objects of a kind together, where so many have the same problem that one alarm says it."""
MOST_KEY, MOST_NAME = 120, 120
SITE, LINK, GROUP, PLATFORM, PROBER, CHANNEL = "site", "link", "group", "platform", "prober", "notice_channel"
EDGE_NODE, REPORT, EVIDENCE, PLAN = "edge_node", "report", "evidence", "plan"


class ObjectId(NamedTuple):
    """What tells a managed object apart, and whose it is."""

    kind: str
    key: str
    organisation: int = HOME_PK


class Name(NamedTuple):
    """What something is called in both languages."""

    en: str
    zh: str

    @property
    def fitted(self) -> "Name":
        """As much of it as a row holds: the name of a link is that of two sites."""
        return Name(self.en[:MOST_NAME], self.zh[:MOST_NAME])


@dataclass(frozen=True)
class ManagedObject:
    """What an alarm is about. `site`: where it is, so that maintenance and maps find it."""

    kind: str
    key: str
    name: Name
    site: Site | None = None


Names = Callable[[Collection[str]], Mapping[str, Name]]
"""Return the names of these keys; what is gone is left out."""


class _Kind(NamedTuple):
    many: Name
    names: Names | None
    is_shared: bool


_kinds: dict[str, _Kind] = {}


def register_kind(kind: str, many: Name, names: Names | None = None, *, is_shared: bool = False) -> None:
    """Say what all objects of a kind are called together, and, where they can be renamed, how keys become names.

    `is_shared`: everybody may know the names; else only who owns the object, and so its alarms.
    """
    _kinds[kind] = _Kind(many, names, is_shared)


def every(kind: str) -> ManagedObject:
    """Return all objects of a kind as one."""
    known = _kinds.get(kind)
    return ManagedObject(kind, EVERY, known.many if known else Name(kind, kind))


def of_site(site: Site) -> ManagedObject:
    """Return a site as what an alarm is about."""
    return ManagedObject(SITE, site.slug, Name(site.name_en, site.name_zh), site)


def of_platform(key: str, name: str, name_zh: str) -> ManagedObject:
    """Return a part of Loft itself, such as its database."""
    return ManagedObject(PLATFORM, key, Name(name, name_zh))


def names_of(objects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Name]:
    """Return the names that objects, by kind and key, have now: one query per kind; what is gone is left out."""
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, key in objects:
        if key != EVERY:
            keys[kind].add(key)
    found: dict[tuple[str, str], Name] = {}
    for kind, wanted in keys.items():
        if (known := _kinds.get(kind)) and known.names:
            found |= {(kind, key): name.fitted for key, name in known.names(wanted).items()}
    return found


def renamable() -> list[str]:
    """Return the kinds whose objects can be renamed."""
    return [kind for kind, known in _kinds.items() if known.names]


def is_shared(kind: str) -> bool:
    """Whether everybody may know what the objects of a kind are called."""
    return kind in _kinds and _kinds[kind].is_shared
