"""Signs of life: a process writes that it is alive, readiness and pages read when it last was.

The age is told by a clock that nobody sets: between processes of one machine the time since its start, between
machines that of Redis. A full Redis takes signs of life all the same: they are of a fixed number and size.
"""

from typing import Any

from console.redis_clients import PAST_LIMIT, client
from console.run.clock import MACHINE, Clock

_KEY = "loft.heartbeat:%s"
_BEAT = f"""{PAST_LIMIT}local time = redis.call('TIME')
redis.call('SET', KEYS[1], time[1] .. '.' .. string.format('%06d', time[2]) .. ' ' .. ARGV[1])
"""


def beat(name: str, clock: Clock = MACHINE) -> None:
    """Note that this part of Loft is alive."""
    client().eval(_BEAT, 1, _KEY % name, f"{clock.elapsed_s()} {clock.machine}")


def age_s(name: str, clock: Clock = MACHINE) -> float | None:
    """Return seconds since the part was last heard; None when it never was."""
    heard: Any = client().get(_KEY % name)
    if heard is None:
        return None
    redis_s, *own = heard.decode().split(" ", 2)  # nothing but the first from a release before this one
    if clock.machine and own[1:] == [clock.machine]:
        return max(clock.elapsed_s() - float(own[0]), 0.0)
    seconds, microseconds = map(int, client().time())
    return max(seconds + microseconds / 1e6 - float(redis_s), 0.0)
