"""What everything stands on, watched from the web process: Redis, the database, the disk.

Where the database is away no alarm can be written; that it was is told once it is back.
"""

import shutil
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from console.health import database_answers, redis_answers
from console.redis_clients import GONE, client
from network.actions.alarms.alarm import Trouble, clear_alarms, raise_alarms
from network.actions.alarms.alarm_source import Look, settle
from network.models import AlarmType, Severity

REDIS_AWAY = "Redis does not answer: reports are refused, nothing is scheduled"
REDIS_FULL = "Redis is nearly full: soon reports are refused"
DATABASE_WAS_AWAY = "The database did not answer for a while"
DISK_FULL = "The disk is nearly full"
PROBLEMS = (REDIS_AWAY, REDIS_FULL, DISK_FULL)
REDIS, DATABASE, DISK = "Redis", "database", "disk"
AWAY_AFTER = timedelta(seconds=10)
EVERY = timedelta(seconds=10)
FULL_SHARE = 0.9
LEAST_FREE_BYTES = 1_000_000_000


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
        settle(Look("", PROBLEMS, found, {REDIS} if self._redis_since else set()), now)
        return bool(found)

    def _tell_database(self, now: datetime) -> None:
        """Leave an alarm that is over, and that nobody has seen, of a database that was away."""
        since, self._database_since = self._database_since, None
        if since is None or now - since < AWAY_AFTER:
            return
        detail = {"away_since": since.isoformat(), "away_s": round((now - since).total_seconds(), 1)}
        raise_alarms([_trouble(DATABASE, DATABASE_WAS_AWAY, Severity.MAJOR, "outOfService", detail)], now)
        clear_alarms([(DATABASE, DATABASE_WAS_AWAY)], now)

    def _redis(self, now: datetime) -> list[Trouble]:
        if self._redis_since is None:
            return _redis_room()
        if now - self._redis_since < AWAY_AFTER:
            return []
        detail = {"away_since": self._redis_since.isoformat()}
        return [_trouble(REDIS, REDIS_AWAY, Severity.CRITICAL, "outOfService", detail)]


def _redis_room() -> list[Trouble]:
    try:
        memory: dict[str, Any] = client().info("memory")
    except (*GONE, RedisError):
        return []
    used, most = memory.get("used_memory", 0), memory.get("maxmemory", 0)
    if not most or used < FULL_SHARE * most:
        return []
    detail = {"used_bytes": used, "most_bytes": most}
    return [_trouble(REDIS, REDIS_FULL, Severity.MINOR, "storageCapacityProblem", detail)]


def _disk() -> list[Trouble]:
    free = shutil.disk_usage(settings.LOFT_HOME).free
    if free >= LEAST_FREE_BYTES:
        return []
    return [_trouble(DISK, DISK_FULL, Severity.MAJOR, "storageCapacityProblem", {"free_bytes": free})]


def _trouble(subject: str, problem: str, severity: Severity, cause: str, detail: dict[str, Any]) -> Trouble:
    return Trouble(subject, problem, severity, AlarmType.PROCESSING, cause, detail=detail)
