"""How often something may be tried: tallies whose waits double with every failure and which forget with time.

A tally is taken before the attempt is made, so that a thousand attempts at once are a thousand failures until one of
them succeeds. Tallies lie in Redis, for all web processes; while Redis is away each process keeps its own.
"""

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

from redis.client import Pipeline
from redis.exceptions import RedisError

from console.redis_clients import client

log = logging.getLogger(__name__)
PREFIX = "loft.throttle:"
MOST_KEPT = 10_000
AWAY = (RedisError, OSError)


@dataclass(frozen=True)
class Rule:
    """`free` failures cost nothing; then waits of 1, 2, 4 ... `most_s` seconds. One is forgotten per `leak_s`."""

    free: int
    most_s: float
    leak_s: float

    def delay_s(self, failures: float) -> float:
        """Return the wait after so many failures."""
        over = round(failures - self.free)  # a little is always forgotten between two attempts
        return 0.0 if over < 0 else min(self.most_s, 2.0 ** min(over, 62))


@dataclass(frozen=True)
class Tally:
    """Failures as of a time, and when the next attempt may be made. Times are of the wall clock, in seconds."""

    failures: float = 0.0
    at_s: float = 0.0
    open_at_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        """Return how long is still to be waited."""
        return max(0.0, self.open_at_s - now_s)

    def counted(self, rule: Rule, now_s: float) -> "Tally":
        """Return the tally with one more failure."""
        failures = self._left(rule, now_s) + 1
        return Tally(failures, now_s, now_s + rule.delay_s(failures))

    def given_back(self, rule: Rule, now_s: float) -> "Tally":
        """Return the tally without the attempt that turned out well."""
        failures = max(0.0, self._left(rule, now_s) - 1)
        return Tally(failures, now_s, min(self.open_at_s, now_s + rule.delay_s(failures)))

    def kept_for_s(self, rule: Rule) -> int:
        """Return how long it is worth keeping."""
        return int(self.failures * rule.leak_s + rule.most_s) + 1

    def _left(self, rule: Rule, now_s: float) -> float:
        return max(0.0, self.failures - max(0.0, now_s - self.at_s) / rule.leak_s)


Book = Mapping[str, Rule]
"""The tallies that one attempt counts in, by name."""


def take(book: Book, now_s: float) -> float:
    """Count one attempt in every tally and return 0; or, where one has to wait, count nothing and return how long."""
    try:
        counting: Any = partial(_take_shared, book=book, now_s=now_s)
        waits: Any = client().transaction(counting, *_keys(book), value_from_callable=True)
        return float(max(waits))
    except AWAY as reason:
        log.warning("attempts are counted in this process only: %s", reason)
        return _alone.take(book, now_s)


def give_back(book: Book, forgotten: Book, now_s: float) -> None:
    """An attempt turned out well: uncount it in `book`, and forget the tallies of `forgotten` altogether."""
    _alone.give_back(book, forgotten, now_s)
    try:
        client().transaction(lambda pipe: _give_back_shared(pipe, book, forgotten, now_s), *_keys(book))
    except AWAY as reason:
        log.warning("an attempt could not be uncounted: %s", reason)


def _take_shared(pipe: "Pipeline", book: Book, now_s: float) -> list[float]:
    tallies = _read(pipe, book)
    waits = [tally.wait_s(now_s) for tally in tallies.values()]
    pipe.multi()
    if not any(waits):
        _write(pipe, {name: tally.counted(book[name], now_s) for name, tally in tallies.items()}, book)
    return waits


def _give_back_shared(pipe: "Pipeline", book: Book, forgotten: Book, now_s: float) -> None:
    tallies = _read(pipe, book)
    pipe.multi()
    _write(pipe, {name: tally.given_back(book[name], now_s) for name, tally in tallies.items()}, book)
    if forgotten:
        pipe.delete(*_keys(forgotten))


def _keys(book: Book) -> list[str]:
    return [PREFIX + name for name in book]


def _read(pipe: "Pipeline", book: Book) -> dict[str, Tally]:
    levels = pipe.mget(_keys(book)) if book else []
    return {name: Tally(*json.loads(text)) if text else Tally() for name, text in zip(book, levels, strict=True)}


def _write(pipe: "Pipeline", tallies: dict[str, Tally], book: Book) -> None:
    for name, tally in tallies.items():
        pipe.set(PREFIX + name, json.dumps(astuple(tally)), ex=tally.kept_for_s(book[name]))


class Alone:
    """Tallies of one process, for as long as Redis is away; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = {}

    def take(self, book: Book, now_s: float) -> float:
        """As `take`."""
        with self._lock:
            wait_s = max(self._tallies.get(name, Tally()).wait_s(now_s) for name in book)
            if not wait_s:
                for name, rule in book.items():
                    self._tallies[name] = self._tallies.pop(name, Tally()).counted(rule, now_s)
            while len(self._tallies) > MOST_KEPT:
                del self._tallies[next(iter(self._tallies))]
            return wait_s

    def give_back(self, book: Book, forgotten: Book, now_s: float) -> None:
        """As `give_back`."""
        with self._lock:
            for name in book.keys() & self._tallies.keys():
                self._tallies[name] = self._tallies[name].given_back(book[name], now_s)
            for name in forgotten:
                self._tallies.pop(name, None)


_alone = Alone()
