"""Redis clients of a process: one for threads, one per event loop. Both ride out a restart of the server."""

from functools import cache

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

GONE = (RedisConnectionError, RedisTimeoutError, OSError)
"""What a client raises when the server went away; the caller answers 503 or tries again."""


@cache
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
