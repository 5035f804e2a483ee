"""Open sockets of each organisation, over all web processes: a line counts for as long as it is heard of."""

from functools import cache
from typing import Any
from uuid import uuid4

from redis.exceptions import ResponseError

from console.quota.counters import KEPT_FOR_S, OverQuota
from console.quota.kinds import SOCKETS
from console.quota.limits import book
from console.redis_clients import GONE, client

HEARD_WITHIN_S = 90
"""A line is heard of every half a minute; one whose process was killed is forgotten after this time."""
_KEY = "loft.quota:sockets:%d"
_SCRIPT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local open = redis.call('ZCARD', KEYS[1])
local is_new = not redis.call('ZSCORE', KEYS[1], ARGV[1])
if is_new and open >= tonumber(ARGV[2]) then
  redis.call('INCR', KEYS[2])
  redis.call('EXPIRE', KEYS[2], ARGV[4])
  return open
end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3] * 2)
return -1
"""


@cache
def _script() -> Any:
    return client().register_script(_SCRIPT)


def hold(organisation: int, line: str) -> None:
    """Count a line, or say that it is still open. While Redis is away nobody is refused: each process has its limits.

    Raises:
        OverQuota: its organisation has as many as it may.
    """
    book.read()
    most, name = book.of(organisation, SOCKETS), _KEY % organisation
    try:
        held = int(_script()(keys=[name, f"{name}:refused"], args=[line, most, HEARD_WITHIN_S, KEPT_FOR_S]))
    except (*GONE, ResponseError):
        return
    if held >= 0:
        raise OverQuota(SOCKETS, "organisation", most, held, 30.0)


def release(organisation: int, line: str) -> None:
    """Count a line no more."""
    try:
        client().zrem(_KEY % organisation, line)
    except (*GONE, ResponseError):
        return  # it is forgotten once it was not heard of


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
