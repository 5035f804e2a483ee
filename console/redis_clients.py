"""Redis clients of a process: one for threads, one per event loop. Both ride out a restart of the server.

A server can also answer and yet take nothing: at its limit of memory, with its disk full, demoted, or short of
replicas. Each of these ends by itself, so whoever writes waits it out as it does a server that went away. What drains
must not wait for what is full: small writes of a fixed size or number that it needs are scripts that begin with
`PAST_LIMIT`.
"""

import redis
import redis.asyncio
from django.conf import settings
from redis._parsers.base import BaseParser
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MasterDownError, OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from console.once import once

PAST_LIMIT = "#!lua flags=allow-oom\n"
"""First line of a script that also runs at `maxmemory` (Redis 7.0). Not every server lets `CONFIG SET` lift that."""


class NotNowError(ResponseError):
    """The server answers and takes no command of this kind now: its disk is full, or it lacks replicas, or is busy."""


BaseParser.EXCEPTION_CLASSES.update(dict.fromkeys(("MISCONF", "NOREPLICAS", "UNBLOCKED", "BUSY"), NotNowError))
# the library tells these apart by their text only; OOM, READONLY, MASTERDOWN and LOADING have classes already

REFUSING = (OutOfMemoryError, ReadOnlyError, MasterDownError, NotNowError)
"""What a client raises when the server answers and takes no writes for now."""
GONE = (RedisConnectionError, RedisTimeoutError, OSError, *REFUSING)
"""What a client raises when the server went away or refuses for now; the caller answers 503 or tries again."""


@once
def client() -> redis.Redis:
    """Return this process's client for synchronous code."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=10, retry=Retry(ExponentialBackoff(cap=0.2, base=0.01), 3)
    )


def async_client() -> redis.asyncio.Redis:
    """Make a client that belongs to the running event loop. The caller closes it."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_timeout=10, retry=AsyncRetry(ExponentialBackoff(cap=0.2, base=0.01), 3)
    )
