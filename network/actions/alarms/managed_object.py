"""What alarms are about (X.733: managed object): a kind and a key that outlives renaming, and how keys become names.

Kinds are those of `subject`. A row keeps the names that its object had last: for search, and for what is gone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from console.access.actor import HOME_PK
from network.models import Site, subject

EVERY = "*"
"""The key of all objects of a kind together, where so many have the same problem that one alarm says it."""
MOST_KEY = 120
SITE, LINK, GROUP, PLATFORM, PROBER, CHANNEL = "site", "link", "group", "platform", "prober", "notice_channel"
EDGE_NODE, REPORT, EVIDENCE, PLAN = "edge_node", "report", "evidence", "plan"


class ObjectId(NamedTuple):
    """What tells a managed object apart, and whose it is."""

    kind: str
    key: str
    organisation: int = HOME_PK


Name = subject.Name


@dataclass(frozen=True)
class ManagedObject:
    """What an alarm is about. `site`: where it is, so that maintenance and maps find it."""

    kind: str
    key: str
    name: Name
    site: Site | None = None


def every(kind: str) -> ManagedObject:
    """Return all objects of a kind as one."""
    known = subject.known(kind)
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
    names: dict[tuple[str, str], Name] = {}
    for kind, wanted in keys.items():
        if (known := subject.known(kind)) and known.is_named:
            names |= {(kind, key): name.fitted for key, name in known.names(wanted).items()}
    return names


def page_of(kind: str, key: str, site: str = "") -> tuple[str, str]:
    """Return the addresses of the page and of the place on the map of an object; empty: there is none.

    Args:
        kind: of the object.
        key: of the object; of all together there is neither.
        site: slug of where it is; what has no page or place of its own has those of that site.
    """
    known = subject.known(kind) if key != EVERY else None
    at = subject.known(SITE)
    page, place = (known.page_of(key), known.place_of(key)) if known else ("", "")
    if at is None or not site:
        return page, place
    return page or at.page_of(site), place or at.place_of(site)


def renamable() -> list[str]:
    """Return the kinds whose objects can be renamed."""
    return [this_subject.code for this_subject in subject.registered() if this_subject.is_named]


def is_shared(kind: str) -> bool:
    """Whether everybody may know what the objects of a kind are called."""
    known = subject.known(kind)
    return known is not None and known.is_shared
