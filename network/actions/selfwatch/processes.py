"""Processes of Loft that hung and were replaced, or do not run: what the supervisor wrote down, as alarms.

An alarm says what was not done meanwhile. It stands until the process has been well for a while, so that it is seen.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from console.run import process_states
from console.run.process_states import Hang, ProcessState
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import ManagedObject, of_platform
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, Severity

_CAUSE = "softwareProgramError"


def _hung(code: str, text: str, severity: Severity = Severity.MAJOR) -> Problem:
    return register(Problem(f"process_hung_{code}", text, AlarmType.PROCESSING, _CAUSE, severity))


ENGINE = _hung("engine", "The engine hung and was replaced: positions were kept, but not shown or stored meanwhile")
ROUNDS = _hung("rounds", "A probing process hung and was replaced: no probe rounds meanwhile")
EDGE = _hung("edge", "The worker of an edge node hung and was replaced: no inference on this node meanwhile")
SCHEDULE = _hung("schedule", "The scheduler hung and was replaced: nothing was scheduled meanwhile")
WEB = _hung("web", "A web process hung and was replaced: its pages, reports and sockets waited meanwhile")
REDIS = _hung("redis", "Redis hung and was replaced: reports were refused, nothing was scheduled meanwhile")
WORK = _hung("work", "A worker hung and was replaced: scheduled work and documents waited meanwhile")
WORLD = _hung("world", "A part of the simulated world hung and was replaced: it was silent meanwhile", Severity.WARNING)
DOWN = register(
    Problem("process_down", "A process of Loft does not run", AlarmType.PROCESSING, "outOfService", Severity.CRITICAL)
)
BY_NAME = (  # the first whose beginning fits
    ("engine", ENGINE), ("worker-checks", ROUNDS), ("worker-probes", ROUNDS), ("worker-edge-", EDGE),
    ("beat", SCHEDULE), ("web", WEB), ("redis", REDIS), ("worker-", WORK), ("", WORLD),
)  # fmt: skip
PROBLEMS = (ENGINE, ROUNDS, EDGE, SCHEDULE, WEB, REDIS, WORK, WORLD, DOWN)
register_source(AlarmSource(PROBLEMS))
EVERY_S = 5.0
WELL_AFTER_S = 120.0
DOWN_AFTER_S = 30.0


@dataclass(frozen=True)
class Hung:
    """When a process was replaced, for how long it had been silent, what of it stood still, and how often so far."""

    replaced_at: str
    silent_s: float
    loop: str
    hangs: int


@dataclass(frozen=True)
class Down:
    """How often it was started."""

    starts: int


class Watch:
    """Looks again and again; it remembers since when a process has not run."""

    def __init__(self, now: datetime, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due_s = clock()
        self._missed_since_s: dict[str, float] = {}

    def look(self, now: datetime) -> bool:
        """Look when it is time; return whether something is wrong."""
        now_s = self._clock()
        if now_s < self._due_s:
            return False
        self._due_s = now_s + EVERY_S
        states = process_states.read(settings.LOFT_RUN_DIR)
        down = self._down(states, now_s)
        hung = [condition for state in states if state not in down and (condition := _of_hang(state, now_s))]
        conditions = [*hung, *(AlarmCondition(object_of(state.name), DOWN, Down(state.starts)) for state in down)]
        apply(delta_of(Look(PROBLEMS, conditions)), now)
        return bool(conditions)

    def _down(self, states: list[ProcessState], now_s: float) -> list[ProcessState]:
        """Return those that have been missing for long: of these that is said, and no longer that they hung."""
        missed = {state.name: state for state in states if state.is_missed and state.is_needed and not _is_told(state)}
        self._missed_since_s = {name: self._missed_since_s.get(name, now_s) for name in missed}
        return [missed[name] for name, since_s in self._missed_since_s.items() if now_s - since_s >= DOWN_AFTER_S]


def problem_of(name: str) -> Problem:
    """Return what it is called that this process hung."""
    return next(problem for beginning, problem in BY_NAME if name.startswith(beginning))


def _of_hang(state: ProcessState, now_s: float) -> AlarmCondition | None:
    if state.hang is None or _is_told(state) or (state.is_up and not _is_recent(state.hang, now_s)):
        return None
    detail = Hung(state.hang.at, state.hang.silent_s, state.hang.loop, state.hangs)
    return AlarmCondition(object_of(state.name), problem_of(state.name), detail)


def _is_told(state: ProcessState) -> bool:
    """Whether the watch of the platform says that it does not answer, wherever it runs (`redis_away`)."""
    return state.name == "redis" and not state.is_up


def _is_recent(hang: Hang, now_s: float) -> bool:
    return 0 <= now_s - hang.monotonic_s < WELL_AFTER_S


def object_of(name: str) -> ManagedObject:
    """Return a process as what an alarm is about."""
    return of_platform(f"process {name}", f"process {name}", f"进程 {name}")
