"""Putting a backup back into an empty home: unpacked and checked beside its place, then moved, so that it is whole."""

import os
import shutil
from pathlib import Path

from django.conf import settings

from console.backup import carried
from console.backup.archive import open_outside
from console.backup.carried import AOF_FOLDER
from console.backup.creating import COMMANDS, ENVIRONMENT, HEADS, MEDIA, REDIS, SECRETS
from console.backup.databases import Database, database
from console.backup.manifest import Manifest
from console.backup.place import SCRATCH, scratch, sync_folder
from console.backup.sealing import Secret
from console.backup.unpacking import unpack
from console.errors import Refused

PLACES = {HEADS, MEDIA, SECRETS, ENVIRONMENT, REDIS}
"""Names in a home that what is restored takes."""
MADE_BY_ANY_COMMAND = {"django", "redis"}
"""Secrets that a command makes in a home where there are none; nothing depends on them before the first start."""


def restore(path: Path, secret: Secret) -> Manifest:
    """Put a backup back. Of one made by an older program the database is migrated at the next start.

    Raises:
        Refused: it cannot be done, and why; then nothing was touched.
    """
    path = path.absolute()
    source, home = database(), Path(settings.LOFT_HOME)
    open_outside(path)
    _refuse_used(home, path)
    source.refuse_used()
    if not settings.REDIS_EMBEDDED:
        carried.refuse_used()
    try:
        with scratch() as folder:
            draft = folder / "home"
            draft.mkdir(mode=0o700)
            manifest = unpack(path, secret, draft, source)
            source.refuse_damaged(draft / source.member)
            try:
                _bring_redis(draft)
                _move(draft, home, source)
            except BaseException:
                if not settings.REDIS_EMBEDDED:
                    carried.withdraw()
                raise
            return manifest
    except OSError as reason:
        raise Refused(f"it could not be put into {home}: {reason.strerror or reason}") from None


def _refuse_used(home: Path, backup: Path) -> None:
    """Refuse a home that something runs in, or that holds anything but what any command makes.

    Raises:
        Refused: it is in use.
    """
    for file in sorted(Path(settings.LOFT_RUN_DIR).glob("*.pid")):
        if _lives(file):
            raise Refused(f"{home} is in use: {file.stem} runs as process {file.read_text().strip()}; stop Loft first")
    held = sorted(path.name for path in home.iterdir() if not _is_nothing(path, backup)) if home.exists() else []
    if held:
        raise Refused(f"{home} is not empty, it holds {', '.join(held[:5])}: restore into an empty home")


def _is_nothing(path: Path, backup: Path) -> bool:
    if path.name == SECRETS and path.is_dir():
        return {inner.name for inner in path.iterdir()} <= MADE_BY_ANY_COMMAND
    if path.name == SCRATCH:
        return True
    if path == backup or path in backup.parents:
        return path.name not in PLACES
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _lives(file: Path) -> bool:
    try:
        os.kill(int(file.read_text()), 0)
    except (OSError, ValueError) as reason:
        return isinstance(reason, PermissionError)
    return True


def _bring_redis(draft: Path) -> None:
    """Have what waited to be stored where the Redis of the settings finds it: an embedded one, in its files."""
    commands = draft / COMMANDS
    if settings.REDIS_EMBEDDED:
        if commands.exists():
            carried.lay_out(commands, draft / REDIS)
        return
    if (draft / REDIS / AOF_FOLDER).exists():
        raise Refused("it was made while the embedded Redis was down and holds its files: restore without REDIS_URL")
    if commands.exists():
        carried.send(commands)
    shutil.rmtree(draft / REDIS, ignore_errors=True)


def _move(draft: Path, home: Path, source: Database) -> None:
    """Move everything to its place; the database takes its name last, for it makes a home of a folder."""
    with source.placing(draft / source.member):
        for path in sorted(draft.iterdir()):
            target = home / path.name
            if target.is_dir():
                shutil.rmtree(target)
            path.rename(target)
    sync_folder(home)
