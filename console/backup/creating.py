"""Making a backup of an installation while it is in use.

The order matters. What is told of the database is copied before it, so that it tells of nothing that the copy lacks:
heads of the audit trail, and what waits in Redis. What rows refer to is copied after it: media and secrets.
"""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from console.backup import archive, carried
from console.backup.archive import Member
from console.backup.databases import Database, database
from console.backup.keep import SUFFIX
from console.backup.manifest import FORMAT, About, Manifest
from console.backup.place import ROOM_LEFT_BYTES, refuse_without_room, scratch, sync_folder
from console.backup.sealing import Seal
from console.errors import Refused
from console.health import redis_answers
from console.run import serve_redis

VERSION: str = settings.SPECTACULAR_SETTINGS["VERSION"]
HEADS, MEDIA, SECRETS, ENVIRONMENT, REDIS = "audit-heads", "media", "secrets", "settings-of-backup.env", "redis"
COMMANDS = f"{REDIS}/commands"
DRAFT = ".draft"
LEAST_PACKED = 2
"""By how much the stream shrinks at least, as a rule: what the room asked for beforehand is reckoned with."""


@dataclass(frozen=True)
class Created:
    """A backup that is whole and on disk."""

    path: Path
    size_bytes: int
    manifest: Manifest


def create(to: Path, seal: Seal, now: datetime, left_bytes: int = ROOM_LEFT_BYTES) -> Created:
    """Make a backup: a file that is there whole, readable by its owner only, or not at all.

    Args:
        to: its path.
        seal: what it is encrypted with.
        now: the present.
        left_bytes: so much of each disk has to stay free.

    Raises:
        Refused: it cannot be made, and why.
    """
    to = to.absolute()
    if to.exists():
        raise Refused(f"{to} is there already")
    if not to.parent.is_dir():
        raise Refused(f"there is no folder {to.parent}")
    source = database()
    try:
        with scratch() as folder:
            _tidy(to)
            _refuse_without_room(source, folder, to.parent, left_bytes)
            manifest, members = _copied(source, folder, now)
            with _draft(to) as file:
                archive.write(file, manifest, seal, members)
        return Created(to, to.stat().st_size, manifest)
    except OSError as reason:
        raise Refused(f"the backup could not be written to {to.parent}: {reason.strerror or reason}") from None


def _refuse_without_room(source: Database, folder: Path, target: Path, left_bytes: int) -> None:
    copy = source.size_bytes()
    packed = (copy + sum(path.stat().st_size for _, path in _kept_files())) // LEAST_PACKED
    if folder.stat().st_dev == target.stat().st_dev:
        refuse_without_room(folder, copy + packed, left_bytes)
    else:
        refuse_without_room(folder, copy, left_bytes)
        refuse_without_room(target, packed, left_bytes)


def _copied(source: Database, folder: Path, now: datetime) -> tuple[Manifest, list[Member]]:
    members = list(_early(folder))
    waiting, count = _waiting(folder)
    members += waiting
    copy = folder / source.member
    copied = source.copy(copy)
    members += [_member(source.member, copy), _environment(folder), *_held(_kept_files(), folder)]
    manifest = Manifest(
        about=About(FORMAT, VERSION, now),
        host=socket.gethostname(),
        engine=source.engine,
        migrations=copied.migrations,
        tables=copied.tables,
        sizes={member.name: member.size for member in members},
        carried=count,
    )
    return manifest, members


def _early(folder: Path) -> Iterator[Member]:
    heads = Path(settings.LOFT_HOME) / HEADS
    if heads.exists():
        copy = folder / HEADS
        copy.write_bytes(heads.read_bytes())
        yield _member(HEADS, copy)


def _waiting(folder: Path) -> tuple[list[Member], int]:
    """Return what waits in Redis; of an embedded one that does not run, its own files."""
    home = Path(settings.LOFT_HOME) / REDIS / carried.AOF_FOLDER
    if settings.REDIS_EMBEDDED and not serve_redis.answers():
        if redis_runs():
            raise Refused(f"Redis does not answer, which holds reports that are not stored yet: {redis_answers()}")
        files = ((f"{REDIS}/{carried.AOF_FOLDER}/{path.name}", path) for path in home.glob("*"))
        return list(_held(files, folder)), 0
    commands = folder / "commands"
    with commands.open("wb") as file:
        count = carried.write(file)
    return [_member(COMMANDS, commands)], count


def redis_runs() -> bool:
    """Whether the embedded Redis has a process, answering or not."""
    try:
        pid = int((Path(settings.LOFT_RUN_DIR) / "redis.pid").read_text())
        return b"redis" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False


def _environment(folder: Path) -> Member:
    """Write the settings as they were given, secrets among them, in the form that systemd and shells read."""
    path = folder / ENVIRONMENT
    path.write_text(variables_text(settings.LOFT_GIVEN))
    return _member(ENVIRONMENT, path)


def variables_text(variables: Mapping[str, str]) -> str:
    """Return variables as lines that a shell, and systemd, read."""
    return "".join(f"{name}={_quoted(text)}\n" for name, text in sorted(variables.items()))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return f'"{escaped}"'


def _kept_files() -> Iterator[tuple[str, Path]]:
    """Yield what else of the home cannot be made anew, by its name in a backup; drafts are left out."""
    for name, root in ((SECRETS, Path(settings.SECRETS_DIR)), (MEDIA, Path(settings.MEDIA_ROOT))):
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield f"{name}/{path.relative_to(root).as_posix()}", path


def _held(files: Iterable[tuple[str, Path]], folder: Path) -> Iterator[Member]:
    """Hold files as they are now, by another link to each: they may be deleted or replaced meanwhile, not altered."""
    for name, path in files:
        link = folder / "held" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, link)
        except FileNotFoundError:
            continue  # past its retention just now
        except OSError:  # another disk, or one without links
            shutil.copyfile(path, link)
        yield _member(name, link)


def _member(name: str, path: Path) -> Member:
    return Member(name, path, path.stat().st_size)


def _tidy(to: Path) -> None:
    """Delete the drafts that killed ones left beside the target: each has a name of its own, by the time it began."""
    for draft in {to.with_name(f".{to.name}{DRAFT}"), *to.parent.glob(f".*{SUFFIX}{DRAFT}")}:
        with suppress(OSError), draft.open("rb") as file:  # it is under way, or is not there
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


@contextmanager
def _draft(to: Path) -> Iterator[BinaryIO]:
    """Yield a file beside the target that takes its name once it is whole and on disk."""
    draft = to.with_name(f".{to.name}{DRAFT}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until it is closed, whoever tidies leaves it alone
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(to)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(to.parent)
