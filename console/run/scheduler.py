"""The scheduler of beat: RedBeat, whose intervals a step of the clock neither stops nor shortens.

RedBeat notes when a task was started last, by the wall clock: set back by N s, every interval stands still for N s. Its
lock lives by the wall clock of Redis: set forward, it ends under a living beat; set back, it outlives a dead one.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from redbeat import RedBeatScheduler
from redbeat.schedulers import acquire_distributed_beat_lock, get_redis
from redis.exceptions import LockNotOwnedError

from console.redis_clients import GONE
from console.run.clock import MACHINE, Clock, StepMeter

log = logging.getLogger(__name__)


class SteadyScheduler(RedBeatScheduler):  # type: ignore[misc]  # redbeat has no types
    """What `CELERY_BEAT_SCHEDULER` names. Where Redis is away or takes nothing it waits, and never ends for that."""

    def __init__(self, *args: Any, clock: Clock = MACHINE, **options: Any) -> None:
        self._is_stored = False
        self._meter = StepMeter(clock)
        self._set_s = 0.0
        self._to_move: dict[str, timedelta] = {}
        self._has_looked = False  # the clock may have been set while nobody was here
        super().__init__(*args, **options)
        with suppress(*GONE):
            self._shorten_lock()

    def setup_schedule(self) -> None:
        """Store what is to be started; while Redis does not take it, each tick tries again."""
        self._is_stored = False
        try:
            super().setup_schedule()
            self._is_stored = True
        except GONE as reason:
            log.warning("the schedule cannot be stored yet: %s", reason)

    def tick(self, *args: Any, **options: Any) -> float:
        """Start what is due; return in how many seconds to look again."""
        self._set_s += self._meter.take_s()
        try:
            if self._is_anothers_turn():
                return float(self.max_interval)
            self._prepare()
            left_s: float = super().tick(*args, **options)
        except LockNotOwnedError:
            return self._take_lock_again()
        except GONE as reason:
            log.warning("Redis is away or takes nothing, the schedule waits: %s", reason)
            return float(self.max_interval)
        return left_s

    def _is_anothers_turn(self) -> bool:
        """Whether a beat without a lock since its start waits for another: tick by tick, for a long tick is a hang."""
        return bool(self.lock_key) and self.lock is None and bool(get_redis(self.app).exists(self.lock_key))

    def _prepare(self) -> None:
        """Have the lock, the schedule stored and its times by the clock as it is now set."""
        if self.lock_key and self.lock is None:  # Redis refused it when beat began
            acquire_distributed_beat_lock(SimpleNamespace(scheduler=self))
        if not self._is_stored:
            self.setup_schedule()
        self._follow_clock()

    def _follow_clock(self) -> None:
        """Move what was noted of starts along with the clock, each once; nothing was started in the future."""
        if not self._to_move and (self._set_s or not self._has_looked):
            by = timedelta(seconds=self._set_s)
            keys = get_redis(self.app).zrange(self.app.redbeat_conf.schedule_key, 0, -1)
            self._to_move, self._set_s, self._has_looked = dict.fromkeys(keys, by), 0.0, True
            if by:
                log.warning("the clock was set by %+.1f s: intervals go on as if it were not", by.total_seconds())
        for key, by in list(self._to_move.items()):
            self._move(key, by)
            del self._to_move[key]

    def _move(self, key: str, by: timedelta) -> None:
        try:
            entry = self.Entry.from_key(key, app=self.app)
        except KeyError:  # Redis was emptied meanwhile
            return
        now = entry.default_now()
        if entry.last_run_at is not None and (by or entry.last_run_at > now):
            entry.reschedule(min(entry.last_run_at + by, now))

    def _take_lock_again(self) -> float:
        """Go on when the lock is gone and nobody else has it. With it all may be gone, where Redis was emptied.

        Raises:
            LockNotOwnedError: another beat has it.
        """
        try:
            is_taken = self.lock.acquire(blocking=False)
        except GONE as reason:
            log.warning("the lock of the schedule cannot be taken again yet: %s", reason)
            return float(self.max_interval)
        if not is_taken:
            raise LockNotOwnedError("another beat has the lock")
        log.warning("the lock of the schedule ended early; taken again")
        self.setup_schedule()
        return 0.0  # at once

    def _shorten_lock(self) -> None:
        """Let a lock that outlives its time, for the clock was set back, end when it should have at the latest."""
        line, most_ms = get_redis(self.app), int(self.lock_timeout * 1_000)
        if self.lock_key and line.pttl(self.lock_key) > most_ms:
            line.pexpire(self.lock_key, most_ms)
