"""How full Redis is, and the gate that stands before its limit: new work is refused while there is still room to drain.

At 80 % of `maxmemory` reports, readings and jobs are refused, and taken again below 70 %, so that the door does not
flutter. The limit itself is for what goes on: acknowledging, the schedule's and the workers' messages, counters, which
are of a bounded number. A share, for an embedded server and one of the operator's own alike; one without a limit is
never full. RabbitMQ and LibreNMS hold back their publishers in the same way, and nobody else.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from console.door import intake
from console.redis_clients import GONE, client

log = logging.getLogger(__name__)
CLOSES_AT, OPENS_AT = 0.8, 0.7
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Memory:
    """Memory that counts against the limit, and the limit."""

    used_bytes: int
    most_bytes: int

    @property
    def share(self) -> float:
        """How much of the limit is used; nothing where there is none."""
        return self.used_bytes / self.most_bytes if self.most_bytes else 0.0


def read() -> Memory:
    """Ask Redis. Raises what `console.redis_clients.GONE` lists."""
    said: dict[str, Any] = client().info("memory")
    uncounted = said.get("mem_not_counted_for_evict", 0)  # buffers of replicas and of the log of writes
    return Memory(said["used_memory"] - uncounted, said.get("maxmemory", 0))


class Room:
    """Whether there is room for new work: a source of `console.door.intake`, which asks once a second.

    The figure is measured in a thread of its own that ends at once, for the event loop asks as well: what is told is
    what was measured a second ago. The reserve is for what comes meanwhile.
    """

    def __init__(self, read: Callable[[], Memory] = read) -> None:
        self.is_closed = False
        self._read = read
        self._measuring = threading.Lock()

    def reason(self) -> intake.Reason | None:
        """Return why no new work is taken, by what was last measured, and measure anew meanwhile."""
        was_closed = self.is_closed
        if self._measuring.acquire(blocking=False):
            self._begin()
        if not was_closed:
            return None
        text = "Redis is nearly full: what was accepted is stored first"
        return intake.Reason(intake.Level.CLOSED, text, RETRY_AFTER_S)

    def learn(self, memory: Memory, *, is_closed_elsewhere: bool = False) -> None:
        """Close or open: between the two shares it stays as it is, here or in another process."""
        was_closed, share = self.is_closed, memory.share
        self.is_closed = share >= CLOSES_AT or ((was_closed or is_closed_elsewhere) and share >= OPENS_AT)
        if self.is_closed != was_closed:
            words = "no new work is taken" if self.is_closed else "new work is taken again"
            log.warning("Redis is %.0f %% full: %s", share * 100, words)

    def _begin(self) -> None:
        try:
            threading.Thread(target=self._measure, name="redis-memory", daemon=True).start()
        except RuntimeError:  # there is no thread to be had, or the interpreter ends
            self._measuring.release()

    def _measure(self) -> None:
        try:
            self.learn(self._read())
        except (*GONE, RedisError) as reason:  # whoever writes to it finds out as well
            log.debug("how full Redis is could not be read: %s", reason)
        finally:
            self._measuring.release()


room = Room()
"""This process's."""
intake.intake.register("redis", room.reason)
