"""Queues of the broker: a bound on what waits in each, so that one that nobody serves takes no room from reports.

Of a queue that is too long the oldest messages go. None is an order: what is scheduled comes again by itself, and what
people and keys asked for is a row, which is sent again (`console.actions.leased`).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

import redis
from django.conf import settings

from console.broker_settings import TRANSPORT_OPTIONS
from console.once import once
from console.redis_clients import client

log = logging.getLogger(__name__)
EVERY_S = 30.0
MOST_MESSAGES = 20_000
"""Of about a kilobyte each. A queue that is served holds as many only where as many jobs wait."""
DB = 1  # of the embedded server; one of the operator's own has the broker where everything else is


class Watch:
    """Looks from the web process, which needs no worker."""

    def __init__(self, now: datetime, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._due_s = clock()

    def look(self, now: datetime) -> None:
        """Shorten queues when it is time. Raises what `console.redis_clients.GONE` lists."""
        if self._clock() >= self._due_s:
            self._due_s = self._clock() + EVERY_S
            trim()


def trim(most: int = MOST_MESSAGES) -> int:
    """Shorten every queue to its newest messages; return how many went. A full Redis refuses none of this."""
    line, dropped = broker(), 0
    for name in line.scan_iter(match=f"{TRANSPORT_OPTIONS['global_keyprefix']}*", count=1_000, _type="list"):
        over = line.llen(name) - most
        if over > 0:
            line.ltrim(name, 0, most - 1)  # kombu adds on the left
            log.warning("%s: %d messages that no worker took in time dropped", name.decode(), over)
            dropped += over
    return dropped


@once
def broker() -> redis.Redis:
    """Return this process's client of the broker's database."""
    if not settings.REDIS_EMBEDDED:
        return client()
    pool: Any = redis.ConnectionPool.from_url(settings.REDIS_URL, db=DB, socket_timeout=10)
    return redis.Redis(connection_pool=pool)
