"""Counters of rates and daily amounts: one script in Redis for all processes, the same rules here while it is away.

A call pays for what was used since the last one, asks for an exact amount or for a lease, and takes it from all of its
buckets or from none. A lease may be overdrawn by what one request turns out to need; the next call pays for that.
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import time
from typing import Any

from redis.exceptions import ResponseError

from console.once import once
from console.quota.kinds import DAY_S, Kind
from console.redis_clients import GONE, client

LEASE_S = 0.1
KEPT_FOR_S = 3 * DAY_S
MOST_KEPT = 10_000
_KEY = "loft.quota:%s:%s"
_SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local debt, need, lease_s, refused = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local grant, wait, short, states = need, 0, 0, {}
if need == 0 and lease_s > 0 then grant = math.huge end
for i, key in ipairs(KEYS) do
  local limit, for_s = tonumber(ARGV[3 + 2 * i]), tonumber(ARGV[4 + 2 * i])
  local had = redis.call('HMGET', key, 'used', 'at', 'before')
  local used, at, before = tonumber(had[1]) or 0, tonumber(had[2]) or now, tonumber(had[3]) or 0
  local most, until_free = limit, 0
  if for_s > 0 then
    most = limit * for_s
    used = math.max(0, used - math.max(0, now - at) * limit)
  else
    local days = math.floor(now / 86400) - math.floor(at / 86400)
    if days == 1 then before = used elseif days > 1 then before = 0 end
    if days >= 1 then used = 0 end
  end
  used = math.max(0, used + debt)
  if most - used <= 0 or most - used < need then
    until_free = 86400 - now % 86400
    if for_s > 0 then until_free = math.max(used - most, used + need - most, 0.001) / limit end
    if until_free > wait then wait, short = until_free, i end
  end
  grant = math.min(grant, most - used)
  if need == 0 and for_s > 0 then grant = math.min(grant, math.max(1, limit * lease_s)) end
  states[i] = {used, before}
end
if short > 0 or grant < 0 then grant = 0 end
if short > 0 and need > 0 then refused = refused + 1 end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'used', string.format('%.6f', states[i][1] + grant), 'at', string.format('%.6f', now),
    'before', string.format('%.0f', states[i][2]))
  if debt + grant ~= 0 then redis.call('HINCRBYFLOAT', key, 'taken', string.format('%.6f', debt + grant)) end
  if refused > 0 and i == math.max(short, 1) then redis.call('HINCRBY', key, 'refused', refused) end
  redis.call('EXPIRE', key, ARGV[#ARGV])
end
local shown = 0
if short > 0 then shown = states[short][1] end
return {short, string.format('%.6f', grant), string.format('%.6f', wait), string.format('%.0f', shown)}
"""


class OverQuota(Exception):  # noqa: N818  it reads as what it is
    """An organisation or key has had what it may for now; answered with 429."""

    def __init__(self, kind: Kind, whose: str, limit: float, used: float, wait_s: float) -> None:
        super().__init__(f"{kind.noun}: this {whose} has used {used:.0f} of {limit:.0f}")
        self.hold_s = 0.0  # how long the answer is held back
        self.kind, self.whose, self.limit, self.used = kind, whose, limit, used
        self.retry_after_s = max(1, math.ceil(min(wait_s, DAY_S)))  # of a limit of 0 the wait has no end

    @property
    def members(self) -> dict[str, Any]:
        """What the problem details say beyond title and text."""
        return {"quota": self.kind.name, "of": self.whose, "limit": round(self.limit), "used": round(self.used)}

    @property
    def headers(self) -> dict[str, str]:
        """When to come again, plainly and as draft-ietf-httpapi-ratelimit-headers has it."""
        window_s = DAY_S if self.kind.is_daily else 1
        policy = f";w={window_s}" if self.kind.is_counted_in_redis else ""
        return {
            "Retry-After": str(self.retry_after_s),
            "RateLimit": f'"{self.kind.name}";r=0;t={self.retry_after_s}',
            "RateLimit-Policy": f'"{self.kind.name}";q={self.limit:.0f}{policy}',
        }


@dataclass(frozen=True)
class Bucket:
    """One counter: what of, whose ("organisation" or "key", and its number), and how much there may be."""

    kind: Kind
    whose: str
    number: int
    limit: float

    @property
    def key(self) -> str:
        """Where it lies in Redis."""
        return _KEY % (self.kind.name, f"{self.whose}:{self.number}")

    @property
    def most(self) -> float:
        """How much it holds when nothing was used."""
        return self.limit * (self.kind.rate_for_s or 1.0)

    def over(self, used: float, wait_s: float) -> OverQuota:
        """Return the refusal that says so."""
        return OverQuota(self.kind, self.whose, self.limit, min(used, self.limit), wait_s)


@dataclass(frozen=True)
class Verdict:
    """What was granted; or which bucket is short, and for how long. [s]."""

    granted: float
    short: Bucket | None = None
    wait_s: float = 0.0
    used: float = 0.0


@dataclass
class Call:
    """What one call pays, asks for and reports: used since the last one, an exact amount or 0 for a lease, refusals."""

    debt: float = 0.0
    need: float = 0.0
    refused: int = 0
    wants_lease: bool = True


class Here:
    """Counters of this process, for as long as Redis is away. The oldest go when there are too many."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, tuple[float, float]] = {}

    def ask(self, buckets: Sequence[Bucket], call: Call) -> Verdict:
        """As the script does."""
        with self._lock:
            now_s = self._clock()
            used = [self._used_of(bucket, now_s) + call.debt for bucket in buckets]
            verdict = _judged(buckets, used, call, now_s)
            for bucket, level in zip(buckets, used, strict=True):
                self._used.pop(bucket.key, None)
                self._used[bucket.key] = (max(0.0, level + verdict.granted), now_s)
            while len(self._used) > MOST_KEPT:
                del self._used[next(iter(self._used))]
            return verdict

    def _used_of(self, bucket: Bucket, now_s: float) -> float:
        used, at_s = self._used.get(bucket.key, (0.0, now_s))
        if bucket.kind.is_daily:
            return used if now_s // DAY_S == at_s // DAY_S else 0.0
        return max(0.0, used - (now_s - at_s) * bucket.limit)


def _judged(buckets: Sequence[Bucket], used: Sequence[float], call: Call, now_s: float) -> Verdict:
    waits = [_wait_s(bucket, level, call.need, now_s) for bucket, level in zip(buckets, used, strict=True)]
    if (wait_s := max(waits)) > 0:
        place = waits.index(wait_s)
        return Verdict(0.0, buckets[place], wait_s, used[place])
    leases = [_lease(bucket, level) for bucket, level in zip(buckets, used, strict=True)]
    return Verdict(call.need or (min(leases) if call.wants_lease else 0.0))


def _wait_s(bucket: Bucket, used: float, need: float, now_s: float) -> float:
    left = bucket.most - used
    if left > 0 and left >= need:
        return 0.0
    if bucket.kind.is_daily:
        return DAY_S - now_s % DAY_S
    return max(-left, need - left, 0.001) / bucket.limit if bucket.limit else math.inf


def _lease(bucket: Bucket, used: float) -> float:
    left = bucket.most - used
    return left if bucket.kind.is_daily else min(left, max(1.0, bucket.limit * LEASE_S))


_here = Here()


@once
def _script() -> Any:
    return client().register_script(_SCRIPT)


def ask(buckets: Sequence[Bucket], call: Call) -> Verdict:
    """Pay, and take what is asked for from all the buckets or from none."""
    words: list[Any] = [f"{call.debt:.6f}", f"{call.need:.6f}", LEASE_S * call.wants_lease, call.refused]
    for bucket in buckets:
        words += [bucket.limit, bucket.kind.rate_for_s]
    try:
        short, granted, wait_s, used = _script()(keys=[bucket.key for bucket in buckets], args=[*words, KEPT_FOR_S])
    except (*GONE, ResponseError):  # away, or full
        return _here.ask(buckets, call)
    return Verdict(float(granted), buckets[short - 1] if short else None, float(wait_s), float(used))


def take(buckets: Sequence[Bucket], count: int) -> None:
    """Take an exact amount.

    Raises:
        OverQuota: a bucket has not so much left; nothing is taken.
    """
    if not count:
        return
    verdict = ask(buckets, Call(need=float(count)))
    if verdict.short:
        raise verdict.short.over(verdict.used, verdict.wait_s)


def give_back(buckets: Sequence[Bucket], count: int) -> None:
    """Put back what was taken and turned out not to be needed."""
    if count:
        ask(buckets, Call(debt=-float(count), wants_lease=False))


@dataclass(frozen=True)
class Reading:
    """What a counter says: used now (a rate's: of its burst), on the day before, taken and refused since long."""

    used: float = 0.0
    before: float = 0.0
    taken: float = 0.0
    refused: int = 0


def readings(buckets: Sequence[Bucket], now_s: float) -> list[Reading]:
    """Return what counters say, at one time.

    Raises:
        OSError or one of `GONE`: Redis is away.
    """
    line = client().pipeline(transaction=False)
    for bucket in buckets:
        line.hmget(bucket.key, "used", "at", "before", "taken", "refused")
    return [_reading(bucket, row, now_s) for bucket, row in zip(buckets, line.execute(), strict=True)]


def _reading(bucket: Bucket, row: Sequence[bytes | None], now_s: float) -> Reading:
    used, at_s, before, taken, refused = (float(field or b"0") for field in row)
    if bucket.kind.is_daily:
        days = now_s // DAY_S - at_s // DAY_S
        used, before = (used, before) if days < 1 else (0.0, used if days == 1 else 0.0)
    else:
        used = max(0.0, used - max(0.0, now_s - at_s) * bucket.limit)
    return Reading(used, before, taken, int(refused))
