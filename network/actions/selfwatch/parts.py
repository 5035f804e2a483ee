"""What Loft itself consists of, and how each part does now: its processes, Redis, the database, the disks.

Alarms of the platform are about these parts, by the same keys; `/alarms/parts` shows them in one place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from redis.exceptions import RedisError

from console.health import database_answers, redis_answers
from console.redis_clients import GONE
from console.run import process_states, redis_memory
from console.run.disk import Room, Stage, disk
from console.run.process_states import ENDED, SILENT, STARTING, UP, ProcessState
from console.words import shown_name
from network.actions.alarms.managed_object import ManagedObject
from network.actions.selfwatch.platform import DATABASE, DISKS, REDIS
from network.actions.selfwatch.processes import object_of


class PartState(StrEnum):
    """How a part of Loft does."""

    WORKS = "works"
    STARTING = "starting"
    SHORT = "short"  # of room
    SILENT = "silent"  # it does not answer; of a service nobody knows whether it runs
    AWAY = "away"  # a process that has ended
    UNKNOWN = "unknown"  # nobody could be asked


PROCESS_STATES = {UP: PartState.WORKS, STARTING: PartState.STARTING, SILENT: PartState.SILENT, ENDED: PartState.AWAY}
LEAST_GOOD_SHARE = 0.2
"""Of Redis' memory: with less of it free, an alarm says so."""


@dataclass(frozen=True)
class Part:
    """A part of Loft: its key as alarms have it, and its figures; None: it has none of that kind, or nobody knows.

    `free_share` is of its room, on the disk or in memory; `starts` and `hangs` are counted since the supervisor began.
    """

    key: str
    name_en: str
    name_zh: str
    kind: str  # process, service or disk
    state: PartState
    starts: int | None = None
    hangs: int | None = None
    hung_at: str | None = None
    free_bytes: int | None = None
    free_share: float | None = None

    @property
    def display_name(self) -> str:
        """What it is called, in the language of whoever reads."""
        return shown_name(self.name_en, self.name_zh)


def parts() -> list[Part]:
    """Return every part as it is now. Each is asked with a deadline of its own; what cannot be asked is unknown."""
    return [_redis(), _database(), *_disks(), *map(_process, process_states.read(settings.LOFT_RUN_DIR))]


def _named(about: ManagedObject) -> tuple[str, str, str]:
    return about.key, about.name.en, about.name.zh


def _process(state: ProcessState) -> Part:
    does = PROCESS_STATES.get(state.state, PartState.UNKNOWN)
    hung_at = state.hang.at if state.hang else None
    return Part(*_named(object_of(state.name)), "process", does, state.starts, state.hangs, hung_at)


def _redis() -> Part:
    if redis_answers() is not None:
        return Part(*_named(REDIS), "service", PartState.SILENT)
    try:
        memory = redis_memory.read()
    except (*GONE, RedisError):
        return Part(*_named(REDIS), "service", PartState.UNKNOWN)
    if not memory.most_bytes:  # it has no limit, so it is never full
        return Part(*_named(REDIS), "service", PartState.WORKS)
    free = max(0.0, 1 - memory.share)
    state = PartState.SHORT if free < LEAST_GOOD_SHARE else PartState.WORKS
    free_bytes = max(0, memory.most_bytes - memory.used_bytes)
    return Part(*_named(REDIS), "service", state, free_bytes=free_bytes, free_share=free)


def _database() -> Part:
    return Part(*_named(DATABASE), "service", PartState.WORKS if database_answers() is None else PartState.SILENT)


def _disks() -> Iterator[Part]:
    rooms = {room.name: room for room in disk().measure()}
    for name in sorted(disk().names, key=list(DISKS).index):
        yield _disk(name, rooms.get(name))


def _disk(name: str, room: Room | None) -> Part:
    about = _named(DISKS[name])
    if room is None:
        return Part(*about, "disk", PartState.UNKNOWN)
    state = PartState.WORKS if room.stage is Stage.WELL else PartState.SHORT
    share = room.free_bytes / room.total_bytes if room.total_bytes else None
    return Part(*about, "disk", state, free_bytes=room.free_bytes, free_share=share)
