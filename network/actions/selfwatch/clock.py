"""The clock of this machine, watched from the web process: that somebody set it is told, and what that calls for done.

The step itself is found by whoever looks first (`console.run.clock_steps`); durations do not depend on it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.db.models import F

from console import retention
from console.actions import clock_step
from console.run import clock_steps
from network.actions import rollup
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import of_platform
from network.actions.alarms.problem import Problem, register
from network.actions.equipment import counters
from network.actions.measurement import latency_histogram
from network.models import Alarm, AlarmType, Notice, NoticeChannel, Severity

STEPPED = register(Problem(
    "clock_stepped", "The clock was set: what was measured across that is unknown",
    AlarmType.PROCESSING, "timingProblem", Severity.WARNING,
))  # fmt: skip
HELD = register(Problem(
    "retention_held", "Nothing is deleted: the clock moved on by more than a day at once, so it may be ahead",
    AlarmType.PROCESSING, "timingProblem", Severity.WARNING,
))  # fmt: skip
register_source(AlarmSource((STEPPED, HELD)))
CLOCK = of_platform("clock", "clock", "时钟")
clock_step.register(
    clock_step.Lasting(model=Alarm, field="clears_at"),
    clock_step.Lasting(model=Notice, field="due_at", reach=timedelta(hours=2)),
    clock_step.Lasting(model=NoticeChannel, field="paused_until", reach=timedelta(hours=2)),
)
TOLD_FOR = timedelta(minutes=10)
"""The alarm stands until the clock was left alone for so long: set again and again, it is one alarm."""
FOUND_WITHIN = timedelta(seconds=10)
"""A step is found at most so long after it."""


@dataclass(frozen=True)
class Stepped:
    """By how much the clock was set, above nil forward, what it showed before and after, and how often lately."""

    by_s: float
    before: str
    after: str
    times: int


@dataclass(frozen=True)
class Held:
    """Until when nothing is deleted."""

    until: str


class Watch:
    """Looks again and again. It touches alarms only when something has changed."""

    def __init__(self, now: datetime) -> None:
        self._told: list[AlarmCondition] | None = None  # None: an alarm may stand from before
        self._followed: clock_steps.Step | None = None

    def look(self, now: datetime) -> bool:
        """Tell of what was found, and move along with it; return whether the clock was set lately.

        Raises:
            DatabaseError: nothing can be written just now.
        """
        steps = clock_steps.steps()
        if steps and steps[0] != self._followed:
            clock_step.follow(steps)
            self._followed = steps[0]
        lately = list(takewhile(lambda step: timedelta() <= now - step.after < TOLD_FOR, steps))
        conditions = [_stepped(lately)] if lately else []
        if (until := retention.held_until(now)) is not None:
            conditions.append(AlarmCondition(CLOCK, HELD, Held(until.replace(second=0, microsecond=0).isoformat())))
        if conditions != self._told:
            apply(delta_of(Look((STEPPED, HELD), conditions)), now)
            self._told = conditions
        return bool(lately)


def _sum_again(step: clock_steps.Step) -> None:
    """Have made again what a step back lives through twice."""
    if step.after < step.before:
        for source in (latency_histogram.MINUTES, counters.HOURS):
            rollup.redo(source.name, step.after - FOUND_WITHIN)


def _wait_as_long(step: clock_steps.Step) -> None:
    """Have alarms that wait for an acknowledgement wait as long as they would have: note since when, then move that."""
    waiting = Alarm.objects.active().filter(acknowledged_at=None)
    waiting.filter(waits_since_at=None).update(waits_since_at=F("started_at"))
    waiting.filter(waits_since_at__lte=step.before).update(waits_since_at=F("waits_since_at") + step.by)


def _stepped(lately: list[clock_steps.Step]) -> AlarmCondition:
    newest = lately[0]
    detail = Stepped(
        round(newest.by.total_seconds(), 1), newest.before.isoformat(), newest.after.isoformat(), len(lately)
    )
    return AlarmCondition(CLOCK, STEPPED, detail)


clock_step.register(then=_sum_again)
clock_step.register(then=_wait_as_long)
