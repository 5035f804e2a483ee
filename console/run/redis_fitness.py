"""Whether a Redis server knows what Loft's scripts need: a first line with flags, which came with Redis 7.0.

An older one refuses each of them with an error of its compiler, for ever. It is asked by a script, not by its number,
since servers that speak the protocol of Redis count their versions in their own way.
"""

import logging
import re
import subprocess

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from console.redis_clients import GONE, PAST_LIMIT

log = logging.getLogger(__name__)
WITHIN_S = 2.0
VERSION_WITHIN_S = 20.0
"""Another server than before, because one was slow to say its version, might not read what that one wrote."""
LEAST_MAJOR = 7
_VERSION = re.compile(r"\bv=(\d+)\.")


def fault(url: str) -> str | None:
    """Return in one sentence what the server at an address lacks; None when nothing, or when it does not answer."""
    with redis.Redis.from_url(
        url, socket_timeout=WITHIN_S, socket_connect_timeout=WITHIN_S, retry=Retry(NoBackoff(), 0)
    ) as line:
        try:
            line.eval(f"{PAST_LIMIT}return 1", 0)
        except GONE:  # whoever needs it waits for it
            return None
        except ResponseError as reason:
            if "compiling script" in str(reason):
                return f"{_named(line)} is too old: Loft needs Redis 7.0 or newer, or a Valkey; name one in REDIS_URL."
            log.warning("could not ask Redis whether it is new enough: %s", reason)  # busy, or we may not
    return None


def own_fault() -> str | None:
    """Return what the Redis that the settings name lacks; the embedded one is chosen so that it lacks nothing."""
    return None if settings.REDIS_EMBEDDED else fault(settings.REDIS_URL)


def is_new_enough(program: str) -> bool:
    """Whether a server program says that it is of a version that Loft can use; every Valkey is."""
    try:
        told = subprocess.run(  # noqa: S603  a server that is about to be run as well
            [program, "--version"], capture_output=True, text=True, timeout=VERSION_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = _VERSION.search(told.stdout)
    return version is not None and int(version[1]) >= LEAST_MAJOR


def _named(line: redis.Redis) -> str:
    """Return where the server is and what it is, without the password of its address."""
    about = line.connection_pool.connection_kwargs
    place = about.get("path") or f"{about.get('host', 'localhost')}:{about.get('port', 6379)}"
    try:
        version = f" (version {line.info('server')['redis_version']})"
    except (*GONE, ResponseError, KeyError):
        version = ""
    return f"The Redis at {place}{version}"
