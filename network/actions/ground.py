"""What everything stands on, watched from the web process: Redis, the database, the disk.

Where the database is away no alarm can be written; that it was is told once it is back.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from console.health import database_answers, redis_answers
from console.redis_clients import GONE, client
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import ObjectId, of_platform
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, Severity

REDIS_AWAY = register(Problem(
    "redis_away", "Redis does not answer: reports are refused, nothing is scheduled", AlarmType.PROCESSING,
    "outOfService", Severity.CRITICAL,
))  # fmt: skip
REDIS_FULL = register(Problem(
    "redis_full", "Redis is nearly full: soon reports are refused", AlarmType.PROCESSING, "storageCapacityProblem",
    Severity.MINOR,
))  # fmt: skip
DATABASE_WAS_AWAY = register(Problem(
    "database_was_away", "The database did not answer for a while", AlarmType.PROCESSING, "outOfService",
    Severity.MAJOR,
))  # fmt: skip
DISK_FULL = register(Problem(
    "disk_full", "The disk is nearly full", AlarmType.PROCESSING, "storageCapacityProblem", Severity.MAJOR
))  # fmt: skip
PROBLEMS = (REDIS_AWAY, REDIS_FULL, DISK_FULL)
register_source(AlarmSource((*PROBLEMS, DATABASE_WAS_AWAY)))
REDIS = of_platform("redis", "Redis", "Redis")
DATABASE, DISK = of_platform("database", "database", "数据库"), of_platform("disk", "disk", "磁盘")
AWAY_AFTER = timedelta(seconds=10)
EVERY = timedelta(seconds=10)
FULL_SHARE = 0.9
LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Away:
    """Since when something does not answer."""

    away_since: str


@dataclass(frozen=True)
class WasAway(Away):
    """And for how long that was so."""

    away_s: float


@dataclass(frozen=True)
class Memory:
    """How much memory is used, and how much there is."""

    used_bytes: int
    most_bytes: int


@dataclass(frozen=True)
class Disk:
    """How much room is left."""

    free_bytes: int


class Watch:
    """Looks again and again; it remembers since when something has been away."""

    def __init__(self, now: datetime) -> None:
        self._redis_since: datetime | None = None
        self._database_since: datetime | None = None
        self._due = now

    def look(self, now: datetime) -> bool:
        """Look when it is time; return whether something is wrong.

        Raises:
            DatabaseError: nothing can be written just now.
        """
        self._redis_since = None if redis_answers() is None else self._redis_since or now
        if database_answers() is not None:
            self._database_since = self._database_since or now
            return True
        if now < self._due:
            return False
        self._due = now + EVERY
        self._tell_database(now)
        found = [*self._redis(now), *_disk()]
        unsure = {ObjectId(REDIS.kind, REDIS.key)} if self._redis_since else set[ObjectId]()
        apply(delta_of(Look(PROBLEMS, found, unsure)), now)
        return bool(found)

    def _tell_database(self, now: datetime) -> None:
        """Leave an alarm that is over, and that nobody has seen, of a database that was away."""
        since, self._database_since = self._database_since, None
        if since is None or now - since < AWAY_AFTER:
            return
        detail = WasAway(since.isoformat(), round((now - since).total_seconds(), 1))
        condition = AlarmCondition(DATABASE, DATABASE_WAS_AWAY, detail)
        apply(Delta([condition]), now)
        apply(Delta(over=[condition.identity]), now)

    def _redis(self, now: datetime) -> list[AlarmCondition]:
        if self._redis_since is None:
            return _redis_room()
        if now - self._redis_since < AWAY_AFTER:
            return []
        return [AlarmCondition(REDIS, REDIS_AWAY, Away(self._redis_since.isoformat()))]


def _redis_room() -> list[AlarmCondition]:
    try:
        memory: dict[str, Any] = client().info("memory")
    except (*GONE, RedisError):
        return []
    used, most = memory.get("used_memory", 0), memory.get("maxmemory", 0)
    if not most or used < FULL_SHARE * most:
        return []
    return [AlarmCondition(REDIS, REDIS_FULL, Memory(used, most))]


def _disk() -> list[AlarmCondition]:
    free = shutil.disk_usage(settings.LOFT_HOME).free
    if free >= LEAST_FREE_BYTES:
        return []
    return [AlarmCondition(DISK, DISK_FULL, Disk(free))]
