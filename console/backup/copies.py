"""What is told of a copy of a database, whichever kind it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.backup.manifest import Migrations


@dataclass(frozen=True)
class Copied:
    """What a copy holds, all of one moment."""

    migrations: Migrations
    tables: dict[str, int]


@dataclass(frozen=True)
class LaidOut:
    """A database made of a copy: how a program finds it, and how many rows its tables have."""

    environment: Mapping[str, str]
    tables: dict[str, int]


def by_app(rows: Iterable[tuple[str, str]]) -> Migrations:
    """Return migrations by app."""
    found: Migrations = {}
    for app, name in rows:
        found.setdefault(app, []).append(name)
    return found
