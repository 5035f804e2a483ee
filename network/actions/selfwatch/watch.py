"""Whether the schedule runs, asked from outside of it: a beat that is missed is itself an alarm."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from console.redis_clients import GONE, client
from console.run import heartbeat, process_states
from console.run.clock import MACHINE, Clock
from network.actions.alarms import alarm_hold, escalation
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_source import AlarmSource
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import of_platform
from network.actions.alarms.problem import Problem, register
from network.actions.notices import notice_send
from network.models import AlarmType, Severity

HEALTH_CHECKS = "health checks"
"""The heartbeat of the scheduled health checks."""
SCHEDULE = of_platform("schedule", "schedule", "调度")
OVERDUE = register(Problem(
    "health_checks_overdue", "Scheduled health checks are overdue", AlarmType.PROCESSING, "softwareProgramError",
    Severity.CRITICAL,
))  # fmt: skip
register_source(AlarmSource((OVERDUE,)))
LEAST_S = 15.0
START = timedelta(seconds=90)
"""How long everything else may take to start before its silence is an alarm."""
_LOCK = f"{settings.CELERY_REDBEAT_KEY_PREFIX}:lock"


@dataclass(frozen=True)
class Overdue:
    """How late the checks are, and whether a scheduler is there."""

    late_s: float
    is_scheduler_alive: bool | None


class Watch:
    """Looks again and again, in a process that needs no schedule; it remembers when the checks were last heard.

    Times are those since the machine started: setting the clock makes nothing late, and nothing that is late well.
    """

    def __init__(self, now: datetime, clock: Clock = MACHINE) -> None:
        self._clock = clock
        self._since_s = clock.elapsed_s()  # they may have been silent before, yet nobody can tell since when
        self._heard_s: float | None = None
        self._is_late: bool | None = None  # None: an alarm may stand from before

    def look(self, now: datetime) -> bool:
        """Raise an alarm when the checks are late, and do for alarms what the schedule would; return whether they are.

        Late is: more than `LOFT_LATE_TICKS` rounds were missed. Without Redis nothing is heard, which is late as well.
        """
        self._listen()
        has_heard = self._heard_s is not None
        late = timedelta(seconds=self._clock.elapsed_s() - (self._heard_s or self._since_s))
        if late <= (limit() if has_heard else max(START, limit())):
            if has_heard and self._is_late is not False:
                apply(Delta(over=[Identity(SCHEDULE.kind, SCHEDULE.key, OVERDUE.code)]), now)
                self._is_late = False
            return False
        self._is_late = True
        if not process_states.is_missed(settings.LOFT_RUN_DIR, "beat", "worker-checks"):  # one cause, one alarm
            apply(Delta([_condition(late)]), now)
        alarm_hold.end_due_holds(now)
        alarm_hold.keep_maintenance(now)
        escalation.escalate(now)
        notice_send.send_due(timezone.now)
        return True

    def _listen(self) -> None:
        try:
            age_s = heartbeat.age_s(HEALTH_CHECKS, self._clock)
        except GONE:
            return
        if age_s is None:
            return
        heard_s = self._clock.elapsed_s() - age_s
        if heard_s >= (self._heard_s or self._since_s):
            self._heard_s = heard_s


def limit() -> timedelta:
    """Return how long after a check the next one must have begun."""
    period_s = settings.LOFT_PROBE_PERIOD_S
    return timedelta(seconds=max((settings.LOFT_LATE_TICKS + 1) * period_s, LEAST_S))


def _condition(late: timedelta) -> AlarmCondition:
    detail = Overdue(round(late.total_seconds(), 1), _is_scheduler_alive())
    return AlarmCondition(SCHEDULE, OVERDUE, detail)


def _is_scheduler_alive() -> bool | None:
    """Whether a scheduler holds the lock, so that it is the workers who are late; None when Redis does not say."""
    try:
        return bool(client().exists(_LOCK))
    except GONE:
        return None
