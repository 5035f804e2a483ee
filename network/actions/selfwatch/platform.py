"""What everything stands on, watched from the web process: Redis, the database, the disk.

Where the database is away no alarm can be written; that it was is told once it is back.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from redis.exceptions import RedisError

from console.health import database_answers, redis_answers
from console.redis_clients import GONE
from console.run import redis_memory
from console.run.disk import BACKUPS, Room, Stage, disk
from network.actions.alarms.alarm import apply, open_alarms, save, tell
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import ManagedObject, ObjectId, of_platform
from network.actions.alarms.problem import Grade, Problem, register
from network.models import Alarm, AlarmType, Severity
from network.models.alarms.alarm import AlarmQuerySet

REDIS_AWAY = register(Problem(
    "redis_away", "Redis does not answer: reports are refused, nothing is scheduled", AlarmType.PROCESSING,
    "outOfService", Severity.CRITICAL,
))  # fmt: skip
REDIS_FULL = register(Problem(
    "redis_full", "Redis is nearly full: soon reports are refused", AlarmType.PROCESSING, "storageCapacityProblem",
    Severity.MINOR,
))  # fmt: skip
REDIS_REFUSES = register(Problem(
    "redis_refuses", "Redis is full: reports, readings and jobs are refused until it has drained", AlarmType.PROCESSING,
    "storageCapacityProblem", Severity.MAJOR,
))  # fmt: skip
DATABASE_WAS_AWAY = register(Problem(
    "database_was_away", "The database did not answer for a while", AlarmType.PROCESSING, "outOfService",
    Severity.MAJOR,
))  # fmt: skip
DISK_GRADES = {Stage.WARN: "", Stage.NO_BULK: "no_bulk", Stage.CLOSED: "closed"}
DISK_FULL = register(Problem(
    "disk_full", "The disk is nearly full", AlarmType.PROCESSING, "storageCapacityProblem", Severity.MINOR,
    grades=(
        Grade(DISK_GRADES[Stage.NO_BULK], "Imports, maps, documents and plans are refused", Severity.MAJOR),
        Grade(DISK_GRADES[Stage.CLOSED], "Reports, readings and jobs are refused", Severity.CRITICAL),
    ),
))  # fmt: skip
GRADE_STAGE = {grade: stage for stage, grade in DISK_GRADES.items()}
DISK_REFUSES = {Stage.WARN: "nothing", Stage.NO_BULK: "bulk", Stage.CLOSED: "all"}
PROBLEMS = (REDIS_AWAY, REDIS_FULL, REDIS_REFUSES, DISK_FULL)
register_source(AlarmSource((*PROBLEMS, DATABASE_WAS_AWAY)))
REFUSING = {refuses: stage for stage, refuses in DISK_REFUSES.items()}
REDIS = of_platform("redis", "Redis", "Redis")
DATABASE = of_platform("database", "database", "数据库")
DISKS = {
    "disk": of_platform("disk", "disk", "磁盘"),
    "redis": of_platform("disk of redis", "disk of Redis", "Redis 的磁盘"),
    "logs": of_platform("disk of logs", "disk of the logs", "日志的磁盘"),
    "database": of_platform("disk of database", "disk of the database", "数据库的磁盘"),
    BACKUPS: of_platform("disk of backups", "disk of the backups", "备份的磁盘"),
}
DISK_NAMES = {about.key: name for name, about in DISKS.items()}
AWAY_AFTER = timedelta(seconds=10)
EVERY = timedelta(seconds=10)
PACE_LEAST_S, PACE_LOOKS = 60.0, 360
"""How fast a disk fills is told from at least a minute and at most an hour of looks."""
MOST_HOURS = 1_000.0
NEWS_SHARE, NEWS_EVERY = 0.1, timedelta(seconds=60)
"""An alarm's figures follow when they differ by so much, and no more often: each web process has its own rate."""


@dataclass(frozen=True)
class Away:
    """Since when something does not answer."""

    away_since: str


@dataclass(frozen=True)
class WasAway(Away):
    """And for how long that was so."""

    away_s: float


@dataclass(frozen=True)
class Disk:
    """How much room is left, for how long at the present rate (None: it does not shrink), and what is refused."""

    free_bytes: int
    total_bytes: int
    hours_left: float | None
    refuses: str


class Pace:
    """How fast the room of each disk shrinks, over the last hour."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._looks: dict[str, deque[tuple[float, int]]] = {}

    def hours_left(self, room: Room) -> float | None:
        """Note a look; return when the room is used up at this rate, None when that is not in sight."""
        now_s = self._clock()
        looks = self._looks.setdefault(room.name, deque(maxlen=PACE_LOOKS))
        looks.append((now_s, room.room_bytes))
        since_s, before = looks[0]
        shrunk = before - room.room_bytes
        if now_s - since_s < PACE_LEAST_S or shrunk <= 0:
            return None
        hours = room.room_bytes / (shrunk / (now_s - since_s)) / 3_600
        return round(hours, 1) if hours < MOST_HOURS else None


class Watch:
    """Looks again and again; it remembers since when something has been away."""

    def __init__(self, now: datetime) -> None:
        self._redis_since: datetime | None = None
        self._database_since: datetime | None = None
        self._due = now
        self._pace = Pace()

    def look(self, now: datetime) -> bool:
        """Look when it is time; return whether something is wrong.

        Raises:
            DatabaseError: nothing can be written just now.
        """
        self._redis_since = None if redis_answers() is None else min(self._redis_since or now, now)
        if database_answers() is not None:
            self._database_since = min(self._database_since or now, now)
            return True
        if self._due - EVERY <= now < self._due:  # later still: the clock was set back meanwhile
            return False
        self._due = now + EVERY
        self._tell_database(now)
        _take_up_disks()
        short, unsure = self._disks()
        redis = self._redis(now)
        if redis is None or self._redis_since:
            unsure |= {_id_of(REDIS)}
        conditions = [*(redis or ()), *short]
        apply(delta_of(Look(PROBLEMS, conditions, unsure)), now)
        _follow(short, now)
        return bool(conditions)

    def _tell_database(self, now: datetime) -> None:
        """Leave an alarm that is over, and that nobody has seen, of a database that was away."""
        since, self._database_since = self._database_since, None
        if since is None or now - since < AWAY_AFTER:
            return
        detail = WasAway(since.isoformat(), round((now - since).total_seconds(), 1))
        condition = AlarmCondition(DATABASE, DATABASE_WAS_AWAY, detail)
        apply(Delta([condition]), now)
        apply(Delta(over=[condition.identity]), now)

    def _disks(self) -> tuple[list[AlarmCondition], set[ObjectId]]:
        """Return the disks that run short of room, and those that could not be asked."""
        rooms = disk().measure()
        conditions = [_of_disk(room, self._pace.hours_left(room)) for room in rooms]
        unasked = disk().names - {room.name for room in rooms}
        return [condition for condition in conditions if condition], {_id_of(DISKS[name]) for name in unasked}

    def _redis(self, now: datetime) -> list[AlarmCondition] | None:
        if self._redis_since is None:
            return _redis_room()
        if now - self._redis_since < AWAY_AFTER:
            return []
        return [AlarmCondition(REDIS, REDIS_AWAY, Away(self._redis_since.isoformat()))]


def _id_of(about: ManagedObject) -> ObjectId:
    return ObjectId(about.kind, about.key)


def _take_up_disks() -> None:
    """Take up how short of room other web processes, or this one's forerunner, found disks to be.

    A mark is left behind only with room to spare. If each process remembered for itself that it was reached, one would
    open the alarm that another closes, again and again. So it is with a full Redis.
    """
    for key, grade, refuses in _standing(DISK_FULL).values_list("object_key", "grade", "detail__refuses"):
        if key in DISK_NAMES and grade in GRADE_STAGE:
            stage = GRADE_STAGE[grade] if grade else REFUSING.get(refuses, Stage.WARN)  # of a version without grades
            disk().take_up(DISK_NAMES[key], stage)


def _standing(problem: Problem) -> AlarmQuerySet:
    return Alarm.objects.active().filter(problem=problem.code, clears_at=None)


def _redis_room() -> list[AlarmCondition] | None:
    """Return what is wrong with how full Redis is; None where it could not be asked just now."""
    try:
        memory = redis_memory.read()
    except (*GONE, RedisError):
        return None
    redis_memory.room.learn(memory, is_closed_elsewhere=_standing(REDIS_REFUSES).exists())
    if memory.share < redis_memory.OPENS_AT:
        return []
    problem = REDIS_REFUSES if redis_memory.room.is_closed else REDIS_FULL
    return [AlarmCondition(REDIS, problem, memory)]


def _of_disk(room: Room, hours_left: float | None) -> AlarmCondition | None:
    if room.stage == Stage.WELL:
        return None
    stage = min(room.stage, Stage.NO_BULK) if room.is_spare else room.stage
    refuses = DISK_REFUSES[Stage.WARN if room.is_spare else stage]
    detail = Disk(room.free_bytes, room.total_bytes, hours_left, refuses)
    return AlarmCondition(DISKS[room.name], DISK_FULL, detail, DISK_GRADES[stage])


def _follow(conditions: Sequence[AlarmCondition], now: datetime) -> None:
    """Let the figures of alarms that stand follow what is measured, where that is news."""
    stands = open_alarms([condition.identity for condition in conditions])
    changed = []
    for condition in conditions:
        alarm = stands.get(condition.identity)
        is_fresh = alarm is not None and timedelta() <= now - alarm.changed_at < NEWS_EVERY
        if alarm is not None and not is_fresh and _is_news(alarm.detail, condition.detail_json):
            alarm.detail = condition.detail_json
            changed.append(alarm)
    if changed:
        save(changed, ["detail"], now)
        tell(changed, now)


def _is_news(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a figure differs by a tenth, or one came or went; what is refused follows the severity."""
    pairs = [(before.get(name), after[name]) for name in ("free_bytes", "hours_left")]
    return any(
        (old is None) != (new is None) or (old is not None and abs(new - old) > NEWS_SHARE * max(old, new, 0.1))
        for old, new in pairs
    )
