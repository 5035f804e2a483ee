"""What costly answers cost, and how much of it anybody may have: processor time per account, and so many at once.

An account is any text: "person 7", "key 3", "organisation 4"; a request may have several. What an
answer took of the processor is taken off the account afterwards, so that what was kept from before is next to free,
whatever the question was; who has overdrawn waits until it is paid. Accounts lie in Redis; while Redis is away each
process counts by itself. Costly answers run a few at a time, so that threads stay free for everybody else.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic, thread_time
from typing import Any, Protocol, cast

from django.conf import settings
from redis.exceptions import ResponseError

from console.errors import Unavailable
from console.once import once
from console.redis_clients import GONE, client

MINUTE_S = 60.0
MOST_ACCOUNTS = 10_000
LEAST_COST_S = 0.005
"""What costs less is not worth the note."""
MOST_WAITING = 3
LONGEST_WAIT_S = 5.0
_KEY = "loft.price.%s"
_SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local most, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local had = redis.call('HMGET', KEYS[1], 'left', 'at')
local left = math.min(most, (tonumber(had[1]) or most) + (now - (tonumber(had[2]) or now)) * most / 60) - cost
if cost > 0 then
  redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[1], 3600)
end
return string.format('%.6f', left)
"""


class Purse(Protocol):
    """Keeps how much processor time each account has left. [s]."""

    def take(self, account: str, cost_s: float, most_s: float) -> float:
        """Take a cost off an account that gains `most_s` a minute and holds no more; return what is left."""


class LocalPurse:
    """Accounts in this process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, account: str, cost_s: float, most_s: float) -> float:
        with self._lock:
            now_s = self._clock()
            left_s, at_s = self._left.get(account, (most_s, now_s))
            left_s = min(most_s, left_s + (now_s - at_s) * most_s / MINUTE_S) - cost_s
            if cost_s > 0:
                if len(self._left) >= MOST_ACCOUNTS and account not in self._left:
                    self._left.clear()
                self._left[account] = (left_s, now_s)
            return left_s


class SharedPurse:
    """Accounts in Redis, for all processes together; in this process for as long as Redis is away."""

    def __init__(self) -> None:
        self._local = LocalPurse()

    def take(self, account: str, cost_s: float, most_s: float) -> float:
        try:
            script = cast("Any", _script())
            return float(script(keys=[_KEY % account], args=[most_s, f"{cost_s:.6f}"]))
        except (*GONE, ResponseError):  # away, or full
            return self._local.take(account, cost_s, most_s)


@once
def _script() -> object:
    return client().register_script(_SCRIPT)


class Turns:
    """So many computations at once; a few more wait for a moment, and nobody holds more than half of the places."""

    def __init__(self, at_once: int, waiting: int = MOST_WAITING, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self._free = threading.Semaphore(at_once)
        self._places = at_once + waiting
        self._each = max(1, math.ceil(self._places / 2))
        self._longest_wait_s = longest_wait_s
        self._lock = threading.Lock()
        self._taken = 0
        self._present: Counter[str] = Counter()

    @contextmanager
    def turn(self, *accounts: str) -> Iterator[None]:
        """Wait for a turn and hold it, in the name of each of the accounts.

        Raises:
            Unavailable: too many wait already, of all or of one of the accounts, or none ended in time.
        """
        self._enter(*accounts)
        try:
            if not self._free.acquire(timeout=self._longest_wait_s):
                raise _busy()
            try:
                yield
            finally:
                self._free.release()
        finally:
            with self._lock:
                self._taken -= 1
                self._present -= Counter(accounts)  # without those that are at nothing

    def _enter(self, *accounts: str) -> None:
        with self._lock:
            if self._taken >= self._places or any(self._present[account] >= self._each for account in accounts):
                raise _busy()
            self._taken += 1
            self._present.update(accounts)


def _busy() -> Unavailable:
    return Unavailable("too many costly answers are being worked out; ask again in a moment", 1)


_purse = SharedPurse()


@once
def turns() -> Turns:
    """Return this process's turns."""
    return Turns(settings.LOFT_COSTLY_AT_ONCE)


def wait_s(accounts: Mapping[str, float]) -> int:
    """Return for how long accounts, each with its gain a minute, wait until all have something left; 0: not. [s]."""
    return max(_until_paid_s(_purse.take(account, 0.0, most_s), most_s) for account, most_s in accounts.items())


def _until_paid_s(left_s: float, most_s: float) -> int:
    return 0 if left_s > 0 else max(1, math.ceil(-left_s * MINUTE_S / most_s))


@contextmanager
def priced(accounts: Mapping[str, float]) -> Iterator[None]:
    """Work something costly out in turn, and take what it took of the processor off the accounts.

    Args:
        accounts: who pays and waits for a turn, and what each gains a minute [s].

    Raises:
        Unavailable: too much is being worked out.
    """
    with turns().turn(*accounts):
        began_s = thread_time()
        try:
            yield
        finally:
            cost_s = thread_time() - began_s
            if cost_s >= LEAST_COST_S:
                for account, most_s in accounts.items():
                    _purse.take(account, cost_s, most_s)
