"""What a backup says of itself: a few words in the open, so that it can be listed, and the whole within."""

from datetime import datetime
from typing import TypeVar

import msgspec

from console.errors import Refused

FORMAT = 1
T = TypeVar("T")
Migrations = dict[str, list[str]]


class About(msgspec.Struct, frozen=True):
    """What stands in the open; the manifest holds the same, where nobody can alter it."""

    format: int
    version: str
    created_at: datetime


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds.

    `engine` is the database's kind, `migrations` those applied by app, `tables` the rows of each, `sizes` the bytes of
    each member, `carried` how many entries of Redis are with it: accepted, and not stored yet.
    """

    about: About
    host: str
    engine: str
    migrations: Migrations
    tables: dict[str, int]
    sizes: dict[str, int]
    carried: int


def read_about(text: bytes) -> About:
    """Return what stands in the open.

    Raises:
        Refused: it is none, or of a format that came later.
    """
    try:
        number: object = msgspec.json.decode(text)["format"]
    except (ValueError, KeyError, TypeError):
        raise Refused("it is damaged: what it says of itself cannot be read") from None
    if not isinstance(number, int) or number > FORMAT:
        raise Refused(f"it has the format {number}, and this Loft reads formats up to {FORMAT}: use a newer Loft")
    return _decoded(text, About)


def read_manifest(text: bytes) -> Manifest:
    """Return the manifest. Raises Refused: it is none."""
    return _decoded(text, Manifest)


def refuse_newer(manifest: Manifest, version: str, known: Migrations) -> None:
    """Refuse a backup of a program that is newer than this one.

    Of an app's migrations those count that are behind the last one known here: numbers order them, and older ones may
    have been drawn together since.

    Raises:
        Refused: it is newer.
    """
    newer = [
        f"{app}.{name}"
        for app, names in sorted(manifest.migrations.items())
        for name in sorted(names)
        if app in known and name > max(known[app], default="")
    ]
    if newer or _numbers(manifest.about.version) > _numbers(version):
        of = f" with the migration {newer[0]}" if newer else ""
        raise Refused(f"it was made by Loft {manifest.about.version}{of}, newer than this Loft {version}: use that one")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _decoded(text: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except ValueError:
        raise Refused("it is damaged: what it says of itself cannot be read") from None
