"""Whether backups are made: that the newest is older than the period is an alarm, which the next one clears."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.backup import schedule
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import of_platform
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, Severity

OVERDUE = register(Problem(
    "backup_overdue", "The newest backup is older than its period", AlarmType.PROCESSING, "storageCapacityProblem",
    Severity.MAJOR,
))  # fmt: skip
register_source(AlarmSource((OVERDUE,)))
BACKUPS = of_platform("backups", "backups", "备份")
EVERY = timedelta(seconds=60)
GRACE = timedelta(minutes=30)
"""So long a backup may wait for the worker, and take."""


@dataclass(frozen=True)
class Overdue:
    """When the newest backup was made, if there is any, and how old it may become."""

    newest_at: str | None
    period_h: float


class Watch:
    """Looks again and again, in a process that needs no worker; it remembers since when it does."""

    def __init__(self, now: datetime) -> None:
        self._since = self._due = now

    def look(self, now: datetime) -> bool:
        """Look when it is time; return whether the newest backup is too old.

        Where there is none, or a clock was set back behind it, the first is awaited for one period from the start on.

        Raises:
            DatabaseError: nothing can be written just now.
        """
        if now < self._due:
            return False
        self._due = now + EVERY
        period, newest_at = schedule.period(), schedule.newest_at(now)
        conditions = []
        if period and now - (self._since if newest_at is None else newest_at) > period + GRACE:
            detail = Overdue(newest_at.isoformat() if newest_at else None, period / timedelta(hours=1))
            conditions.append(AlarmCondition(BACKUPS, OVERDUE, detail))
        apply(delta_of(Look((OVERDUE,), conditions)), now)
        return bool(conditions)
