"""Where copies lie while a backup is made, checked or put back: a folder of the home, for one at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from console.errors import Refused

SCRATCH = "backup-scratch"
ROOM_LEFT_BYTES = 64 * 1_048_576
"""So much of a disk stays free of us."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield an empty folder in the home, with the rights of the database itself; it is gone afterwards.

    Raises:
        Refused: another backup, check or restore is under way in this home.
    """
    folder = Path(settings.LOFT_HOME) / SCRATCH
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("another backup, check or restore is under way") from None
        if os.fstat(descriptor).st_nlink == 0:  # it ended just now, and took the folder along
            raise Refused("another backup, check or restore was under way; try again")
        _empty(folder)  # what one that was killed left
        try:
            yield folder
        finally:
            _empty(folder)
            folder.rmdir()
    finally:
        os.close(descriptor)


def refuse_without_room(folder: Path, bytes_: int, left_bytes: int = ROOM_LEFT_BYTES) -> None:
    """Refuse what would not fit on the disk of a folder, or leave too little there.

    Raises:
        Refused: there is too little room.
    """
    free = shutil.disk_usage(folder).free
    if free < bytes_ + left_bytes:
        raise Refused(f"the disk of {folder} has {_mb(free)} free and {_mb(bytes_ + left_bytes)} are needed")


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _mb(bytes_: int) -> str:
    return f"{max(1, round(bytes_ / 1_000_000)):,} MB"
