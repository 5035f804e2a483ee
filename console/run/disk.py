"""Room on the file systems that this installation fills, and what is taken while it runs short.

Each process measures for itself, about once a second (one `statvfs` per file system): no file tells it, for on a full
disk none could be written. A ballast file is held beforehand; at the lowest mark it is released, so that Redis can
append and the database can commit what was accepted. It is no room of anybody's: `room` leaves it out, released or not,
so releasing it opens nothing. It is made again once there is room above the lowest mark without it.
"""

import fcntl
import logging
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from django.conf import settings

from console.door.intake import Level, Reason, intake
from console.once import once

log = logging.getLogger(__name__)
BALLAST = "ballast"
BACKUPS = "backups"
REMOTE = re.compile(r"autofs|nfs4?|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|fuse\..+")
"""File systems of other machines: to ask one that does not answer takes for ever, and cannot be interrupted."""
AGAIN_SHARE = 1.25
"""A mark is left behind only once there is so much more room than it asks for: what is nearly full stays one thing."""
RETRY_AFTER_S = 30
_MODE = 0o600


class Stage(IntEnum):
    """How short room is; the higher, the shorter."""

    WELL = 0
    WARN = 1
    NO_BULK = 2
    CLOSED = 3


LEVELS = {Stage.NO_BULK: Level.NO_BULK, Stage.CLOSED: Level.CLOSED}
WORDS = {
    Stage.NO_BULK: "the disk of this installation is nearly full; expected imports, maps, documents and plans later",
    Stage.CLOSED: "the disk of this installation is full; expected anything new once there is room",
}


@dataclass(frozen=True)
class Marks:
    """Below how many bytes of room what begins, and how many are held beforehand."""

    warn_bytes: int
    no_bulk_bytes: int
    closed_bytes: int
    ballast_bytes: int

    def stage(self, room_bytes: int, before: Stage) -> Stage:
        """Return how short so much room is; what it was before is left only with room to spare."""
        marks = ((Stage.CLOSED, self.closed_bytes), (Stage.NO_BULK, self.no_bulk_bytes), (Stage.WARN, self.warn_bytes))
        for stage, mark_bytes in marks:
            if room_bytes < mark_bytes * (AGAIN_SHARE if before >= stage else 1.0):
                return stage
        return Stage.WELL


@dataclass(frozen=True)
class Room:
    """What one file system has: `name` is that of what fills it, `free_bytes` what anybody may write."""

    name: str
    free_bytes: int
    room_bytes: int
    total_bytes: int
    stage: Stage
    is_spare: bool = False
    """Whether nothing that is accepted lies there: of it there is an alarm, and nothing is refused."""


class Ballast:
    """A file of nothing, whose room is given to what has to drain. Only its size says whether it is held."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path, self.size_bytes = path, size_bytes
        self._draft = path.with_name(f"{path.name}.draft")

    @property
    def missing_bytes(self) -> int:
        """How much of it is not held."""
        try:
            return max(0, self.size_bytes - self._path.stat().st_size)
        except OSError:
            return self.size_bytes

    def release(self) -> bool:
        """Give its room away, and that of one whose maker was killed; return whether there was any."""
        given = [path for path in (self._path, self._draft) if _deleted(path)]
        if not given:
            return False
        log.warning("the ballast of %d MB was released: the disk is full", self.size_bytes // 1_000_000)
        return True

    def make(self) -> bool:
        """Hold the room again, and no more; return whether it is held. What the disk has no room for is not."""
        if not self.missing_bytes:
            self._give_back_surplus()
            return True
        try:
            with os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _MODE), "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two of them would take the room of one more
                os.posix_fallocate(file.fileno(), 0, self.size_bytes)
                self._draft.replace(self._path)
        except BlockingIOError:  # another process is at it
            return False
        except OSError:
            _deleted(self._draft)
            return False
        return True

    def _give_back_surplus(self) -> None:
        """Be as large as the settings say, where they said more before."""
        with suppress(OSError):
            if not self.size_bytes:
                self._path.unlink()
            elif self._path.stat().st_size > self.size_bytes:
                os.truncate(self._path, self.size_bytes)


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


class Disk:
    """The file systems of an installation, the first that of its home; asked from any thread."""

    def __init__(
        self, places: Sequence[tuple[str, Path]], marks: Marks,
        statvfs: Callable[[Path], os.statvfs_result] = os.statvfs, spare: Collection[str] = (),
    ) -> None:  # fmt: skip
        """`spare`: those of the places that hold nothing of what is accepted; on another machine they are not asked."""
        self._spare = spare
        known = [(name, folder) for name, folder in places if name not in spare or not is_remote(folder)]
        self._places, self._marks, self._statvfs = list(_apart(known)), marks, statvfs
        self._stages = dict.fromkeys((name for name, _ in self._places), Stage.WELL)
        self._home, home = places[0]
        self.ballast = Ballast(home / BALLAST, marks.ballast_bytes)

    @property
    def names(self) -> set[str]:
        """What fills the file systems, measured or not."""
        return set(self._stages)

    def take_up(self, name: str, stage: Stage) -> None:
        """Take up how short another process found room to be: it is left behind with room to spare only."""
        if name in self._stages:
            self._stages[name] = max(self._stages[name], stage)

    def measure(self) -> list[Room]:
        """Return the room of each file system; where it is at its lowest, give the ballast away."""
        return self._measured(self._places)

    def reason(self) -> Reason | None:
        """Return why less is taken, if so: a source of `console.door.intake`."""
        stage = max((room.stage for room in self._needed()), default=Stage.WELL)
        return Reason(LEVELS[stage], WORDS[stage], RETRY_AFTER_S) if stage in LEVELS else None

    def keep(self) -> None:
        """Hold the ballast where there is room for it without shortage, release it where there is none."""
        stage = _stage_of(self._home, self._needed())
        if stage is not None and stage < Stage.CLOSED:
            self.ballast.make()

    def _needed(self) -> list[Room]:
        """Return the room of those that hold what is accepted: an event loop asks, and no spare one may hold it up."""
        return self._measured([place for place in self._places if place[0] not in self._spare])

    def _measured(self, places: Sequence[tuple[str, Path]]) -> list[Room]:
        rooms = [room for place in places if (room := self._room(*place))]
        if _stage_of(self._home, rooms) == Stage.CLOSED:
            self.ballast.release()
        return rooms

    def _room(self, name: str, folder: Path) -> Room | None:
        """Return the room of one file system; None where it cannot be asked, as when it is not mounted."""
        try:
            told = self._statvfs(folder)
        except OSError:
            return None
        free, before = told.f_bavail * told.f_frsize, self._stages[name]
        room = free
        if name == self._home and (missing := self.ballast.missing_bytes):
            room -= missing
            before = max(before, Stage.CLOSED)  # it was released, or never had room: by whichever process
        self._stages[name] = stage = self._marks.stage(room, before)
        return Room(name, free, max(room, 0), told.f_blocks * told.f_frsize, stage, name in self._spare)


def _stage_of(name: str, rooms: Sequence[Room]) -> Stage | None:
    """Return how short room is of one of them; None where it could not be asked."""
    return next((room.stage for room in rooms if room.name == name), None)


def _apart(places: Sequence[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    """Yield one place per file system, the first of each; of a folder that is made by and by, where it will be."""
    devices = set[int | None]()
    for number, (name, folder) in enumerate(places):
        there = next(path for path in (folder, *folder.parents) if _device_of(path) is not None or not path.name)
        device = _device_of(there)
        if device not in devices:
            devices.add(device)
            yield name, there if number else folder


def is_remote(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether a folder lies on another machine, by what the kernel says of mounts: the folder itself is not asked."""
    try:
        rows = [line.split(" ")[1:3] for line in mounts.read_text(errors="replace").splitlines()]
    except OSError:
        return False
    kinds = {Path(point.replace("\\040", " ")): kind for point, kind in rows}  # of two at one point the later one
    return bool(REMOTE.fullmatch(next((kinds[path] for path in (folder, *folder.parents) if path in kinds), "")))


def _device_of(folder: Path) -> int | None:
    """Return the file system that a folder lies on; None where it is not there, or may not be asked."""
    with suppress(OSError):
        return folder.stat().st_dev
    return None


@once
def disk() -> Disk:
    """Return this process's, made of the settings: what is elsewhere, such as a PostgreSQL's disk, is not ours."""
    places = [("disk", settings.LOFT_HOME), ("redis", settings.LOFT_HOME / "redis"), ("logs", settings.LOGS_DIR)]
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        places.append(("database", Path(database["NAME"]).parent))
    places.append((BACKUPS, Path(settings.LOFT_BACKUP_DIR)))
    marks = (
        settings.LOFT_DISK_WARN_MB, settings.LOFT_DISK_NO_BULK_MB, settings.LOFT_DISK_CLOSED_MB,
        settings.LOFT_DISK_BALLAST_MB,
    )  # fmt: skip
    return Disk(places, Marks(*(mark * 1_000_000 for mark in marks)), spare={BACKUPS})


class Watch:
    """Keeps the ballast, also where nobody asks for anything (`LOFT_WATCHES`)."""

    def __init__(self, now: datetime) -> None:
        """Everything is read from the disk."""

    def look(self, now: datetime) -> None:
        """Hold or release the ballast."""
        disk().keep()


intake.register("disk", lambda: disk().reason())
