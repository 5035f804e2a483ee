"""An alarm when some process met damage of the database while it ran; where it can still be written, it is."""

from datetime import datetime

from console.run import damage
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.problem import Problem, register
from network.actions.selfwatch.platform import DATABASE, EVERY
from network.models import AlarmType, Severity

DATABASE_DAMAGED = register(Problem(
    "database_damaged", "The database is damaged: restore the newest backup", AlarmType.PROCESSING, "corruptData",
    Severity.CRITICAL,
))  # fmt: skip
register_source(AlarmSource((DATABASE_DAMAGED,)))


class Watch:
    """Looks again and again whether any process met damage."""

    def __init__(self, now: datetime) -> None:
        self._due = now

    def look(self, now: datetime) -> bool:
        """Look when it is time; return whether there is damage.

        Raises:
            DatabaseError: nothing can be written just now.
        """
        if now < self._due:
            return False
        self._due = now + EVERY
        met = damage.met()
        conditions = [AlarmCondition(DATABASE, DATABASE_DAMAGED, met)] if met else []
        apply(delta_of(Look((DATABASE_DAMAGED,), conditions, set())), now)
        return bool(conditions)
