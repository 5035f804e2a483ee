"""Open sockets of each organisation, over all web processes: a line counts for as long as it is heard of.

A process tells of all its lines together, see `console.live.entrance`, on the one connection that its threads share.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import uuid4

from redis.exceptions import ResponseError

from console.once import once
from console.quota.counters import KEPT_FOR_S, OverQuota
from console.quota.kinds import SOCKETS
from console.quota.limits import book
from console.redis_clients import GONE, client

HEARD_WITHIN_S = 90
"""A line is heard of every half a minute; one whose process was killed is forgotten after this time."""
_KEY = "loft.quota:sockets:%d"
_SCRIPT = """
local now, most, refused, held = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1]), 0, {}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local open = redis.call('ZCARD', KEYS[1])
for i = 4, #ARGV do
  local is_new = not redis.call('ZSCORE', KEYS[1], ARGV[i])
  if is_new and open >= most then
    refused = refused + 1
    held[#held + 1] = open
  else
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[i])
    if is_new then open = open + 1 end
    held[#held + 1] = -1
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[2] * 2)
if refused > 0 then
  redis.call('INCRBY', KEYS[2], refused)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
return held
"""
Lines = Mapping[int, Collection[str]]
"""Names of lines, by organisation."""


@once
def _script() -> Any:
    return client().register_script(_SCRIPT)


def hold(organisation: int, line: str) -> None:
    """Count a line, or say that it is still open.

    Raises:
        OverQuota: its organisation has as many as it may.
    """
    if refused := hold_all({organisation: [line]}):
        raise refused[line]


def hold_all(lines: Lines, ended: Lines | None = None) -> dict[str, OverQuota]:
    """Count lines, or say that they are still open, after those that ended; return those that are too many.

    In one exchange with Redis. While that is away nobody is refused: each process has its limits.
    """
    book.read()
    limits = {organisation: book.of(organisation, SOCKETS) for organisation in lines}
    pipe = client().pipeline(transaction=False)
    for organisation, names in (ended or {}).items():
        pipe.zrem(_KEY % organisation, *names)
    for organisation, names in lines.items():
        key = _KEY % organisation
        words = [limits[organisation], HEARD_WITHIN_S, KEPT_FOR_S, *names]
        _script()(keys=[key, f"{key}:refused"], args=words, client=pipe)
    try:
        replies = pipe.execute()[len(ended or {}) :]
    except (*GONE, ResponseError):
        return {}
    return {
        name: OverQuota(SOCKETS, "organisation", limits[organisation], held, 30.0)
        for (organisation, names), reply in zip(lines.items(), replies, strict=True)
        for name, held in zip(names, reply, strict=True)
        if held >= 0
    }


def release(organisation: int, line: str) -> None:
    """Count a line no more. While Redis is away it is forgotten once it was not heard of."""
    hold_all({}, {organisation: [line]})


def new_line() -> str:
    """Return a name for a line."""
    return uuid4().hex


def counts(organisations: list[int]) -> list[tuple[int, int]]:
    """Return how many lines each of the organisations has open, and how many were refused.

    Raises:
        what `console.redis_clients.GONE` lists.
    """
    now_s, _ = client().time()
    pipe = client().pipeline(transaction=False)
    for organisation in organisations:
        pipe.zcount(_KEY % organisation, f"({now_s}", "+inf")
        pipe.get(f"{_KEY % organisation}:refused")
    replies = pipe.execute()
    return [(int(open_), int(refused or 0)) for open_, refused in zip(replies[::2], replies[1::2], strict=True)]
