"""Whether somebody set the clock of this machine: found once by whichever process looks first, and kept in Redis.

A clock is set by a person, or by a time service that finds it wrong. What was measured across that is unknown.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from console.redis_clients import PAST_LIMIT, client
from console.run.clock import MACHINE, STEP_S, Clock

log = logging.getLogger(__name__)
MOST_KEPT = 100
_STEPS = "loft.clock.steps"
_TO_NOTE = "loft.clock.steps.new"
_OFFSET = "loft.clock.offset:%s"
_OFFSET_KEPT_S = 8 * 86_400
_COMPARE = f"""{PAST_LIMIT}local before = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
if not before or math.abs(tonumber(ARGV[1]) - tonumber(before)) < tonumber(ARGV[2]) then return false end
redis.call('LPUSH', KEYS[2], before .. '~' .. ARGV[1] .. '~' .. ARGV[4])
redis.call('LTRIM', KEYS[2], 0, ARGV[5])
redis.call('INCR', KEYS[3])
return before
"""
"""The offset follows what a time service slews; only the process that finds it changed by a step is told of one."""

_DONE = f"""{PAST_LIMIT}if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"""
"""Where another step was found meanwhile, all are done again, which changes nothing for those that were."""


@dataclass(frozen=True)
class Step:
    """The clock showed `before`, and then, without time in between, `after`."""

    before: datetime
    after: datetime

    @property
    def by(self) -> timedelta:
        """By how much it was set, above nil when forward."""
        return self.after - self.before


def look(clock: Clock = MACHINE) -> Step | None:
    """Compare the clock with what processes of this machine last saw; return the step that nobody has found before."""
    if not clock.machine:
        return None
    offset_s, now = clock.offset_s(), clock.now()
    before: Any = client().eval(
        _COMPARE, 3, _OFFSET % clock.machine, _STEPS, _TO_NOTE,
        repr(offset_s), STEP_S, _OFFSET_KEPT_S, repr(now.timestamp()), MOST_KEPT - 1,
    )  # fmt: skip
    if before is None:
        return None
    step = _step(float(before), offset_s, now.timestamp())
    log.warning("the clock of this machine was set by %+.1f s at %s", step.by.total_seconds(), step.after.isoformat())
    return step


def steps() -> list[Step]:
    """Return the steps found, the newest first."""
    rows: Any = client().lrange(_STEPS, 0, MOST_KEPT - 1)
    return [_read(row) for row in rows]


def undone() -> int:
    """Return for how many of the newest steps nothing is done yet: who found them ended, or Redis is full."""
    return int(cast("bytes | None", client().get(_TO_NOTE)) or 0)


def done(count: int) -> None:
    """Note that it is done for so many, unless there are more by now."""
    client().eval(_DONE, 1, _TO_NOTE, count)


def newest() -> Step | None:
    """Return the step found last; None when none was."""
    row: Any = client().lindex(_STEPS, 0)
    return _read(row) if row else None


def _read(row: bytes) -> Step:
    return _step(*map(float, row.decode().split("~")))


def _step(before_s: float, after_s: float, wall_s: float) -> Step:
    return Step(datetime.fromtimestamp(wall_s - (after_s - before_s), UTC), datetime.fromtimestamp(wall_s, UTC))
