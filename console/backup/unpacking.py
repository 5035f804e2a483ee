"""Unpacking a backup into an empty folder, so that it looks like a home. Nothing else is touched."""

import os
from pathlib import Path, PurePosixPath
from typing import IO

from django.db.migrations.loader import MigrationLoader

from console.backup import archive
from console.backup.archive import Take
from console.backup.creating import ENVIRONMENT, HEADS, MEDIA, REDIS, SECRETS, VERSION
from console.backup.databases import Database
from console.backup.manifest import Manifest, Migrations, refuse_newer
from console.backup.place import refuse_without_room
from console.backup.sealing import Secret
from console.errors import Refused

FOLDERS = {SECRETS, MEDIA, REDIS}


def unpack(path: Path, secret: Secret, into: Path, source: Database) -> Manifest:
    """Unpack a backup, and hold each file against its digest.

    Raises:
        Refused: it is damaged, newer than this program, of another kind of database, opened by another secret, or too
            large for the disk.
    """

    def begin(manifest: Manifest) -> Take:
        refuse_newer(manifest, VERSION, known_migrations())
        if manifest.engine != source.engine:
            raise Refused(
                f"it holds a database of {manifest.engine}, and the settings name one of {source.engine} (DATABASE_URL)"
            )
        refuse_without_room(into, sum(manifest.sizes.values()))
        return lambda name, stream: _put(into, name, stream, {source.member, HEADS, ENVIRONMENT})

    try:
        return archive.read(archive.open_outside(path), secret, begin)
    except OSError as reason:
        raise Refused(f"it could not be unpacked into {into}: {reason.strerror or reason}") from None


def known_migrations() -> Migrations:
    """Return the migrations that this program has, by app; the database is not asked."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known: Migrations = {}
    for app, name in loader.disk_migrations or {}:
        known.setdefault(app, []).append(name)
    return known


def _put(into: Path, name: str, stream: IO[bytes], files: set[str]) -> None:
    """Write one file of a backup; what has no place in a home is refused, above all what leads out of it."""
    parts = PurePosixPath(name).parts
    if name not in files and (len(parts) < 2 or parts[0] not in FOLDERS or ".." in parts):
        raise Refused(f"it is damaged: {name[:100]} has no place in a home")
    target = into.joinpath(*parts)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while piece := stream.read(archive.PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
