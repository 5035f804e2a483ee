"""Which fault comes when: drawn from a seed, so that a run can be had again."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Item = TypeVar("Item")


class Kind(StrEnum):
    """What is done to an installation."""

    KILL = "kill"
    """`kill -9` of a process."""
    KILL_CHILD = "kill-child"
    """`kill -9` of a process that a worker started."""
    STOP = "stop"
    """SIGSTOP, and SIGCONT after a while, unless it was replaced meanwhile."""
    FILL_REDIS = "fill-redis"
    """No memory is left to Redis."""
    FILL_DISK = "fill-disk"
    """No room is left in the home, which is a file system of its own for it."""
    CUT_REDIS = "cut-redis"
    """Every connection to Redis is closed."""
    CUT_DATABASE = "cut-database"
    """Connections to PostgreSQL are closed, and new ones refused for a while."""
    LOCK_DATABASE = "lock-database"
    """Somebody else holds the lock that every writer wants."""
    RESTART_DATABASE = "restart-database"
    """PostgreSQL is stopped at once and started again."""


LASTS_S = {Kind.STOP: 6.0, Kind.FILL_REDIS: 4.0, Kind.FILL_DISK: 4.0, Kind.CUT_DATABASE: 3.0, Kind.LOCK_DATABASE: 3.0}
"""On the average; the others are over at once."""
KILLS = 12
"""So many kills come for each other kind of fault: there are about a dozen kinds of processes."""
PAUSE_S = 1.0
"""Between the end of a fault and the next, at least."""
_NUMBER = re.compile(r"-\d+$")


@dataclass(frozen=True)
class Fault:
    """One fault: when it begins, of the run's seconds, and for how long it lasts."""

    at_s: float
    kind: Kind
    target: str = ""
    for_s: float = 0.0

    def __str__(self) -> str:
        lasts = f" for {self.for_s:.1f} s" if self.for_s else ""
        return f"{self.kind}{' ' if self.target else ''}{self.target}{lasts}"


def draw(seed: int, seconds: float, kinds: Sequence[Kind], processes: Sequence[str], every_s: float) -> list[Fault]:
    """Return the faults of a run in their order; the same for the same arguments.

    Kinds of faults and of processes are drawn without putting back until none is left, so that a minute of the usual
    pace has ten kills, and a kill of every kind of process comes before the second of any.

    Args:
        seed: of the random numbers.
        seconds: the last fault ends before. [s]
        kinds: what may be done; a kill comes `KILLS` times as often as another.
        processes: who may be killed or stopped.
        every_s: from the end of a fault to the next, on the average. [s]
    """
    numbers = random.Random(seed)  # noqa: S311  a run that can be had again, no secret
    of_kind = _drawn(numbers, [kind for kind in sorted(kinds) for _ in range(KILLS if kind == Kind.KILL else 1)])
    groups = _groups(processes)
    to_kill, to_stop = _drawn(numbers, sorted(groups)), _drawn(numbers, sorted(groups))
    faults: list[Fault] = []
    at_s = numbers.uniform(0.5, 1.5) * PAUSE_S
    while True:
        kind = next(of_kind)
        target = ""
        if kind in (Kind.KILL, Kind.STOP):
            target = numbers.choice(groups[next(to_kill if kind == Kind.KILL else to_stop)])
        elif kind == Kind.KILL_CHILD:
            target = numbers.choice(_with_children(processes))
        fault = Fault(round(at_s, 1), kind, target, round(LASTS_S.get(kind, 0.0) * numbers.uniform(0.5, 1.5), 1))
        if at_s + fault.for_s > seconds:
            return faults
        faults.append(fault)
        at_s += fault.for_s + max(PAUSE_S, numbers.uniform(0.5, 1.5) * every_s)


def kind_of(process: str) -> str:
    """Return which kind of process this is: web processes are one, and so are the edge nodes' workers."""
    return "worker-edge" if process.startswith("worker-edge-") else _NUMBER.sub("", process)


def _groups(processes: Sequence[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in sorted(processes):
        groups.setdefault(kind_of(name), []).append(name)
    return groups


def _with_children(processes: Sequence[str]) -> list[str]:
    """Return the workers that start processes of their own; where there is none of them, anybody."""
    return sorted(name for name in processes if name in ("worker-default", "worker-heavy")) or sorted(processes)


def _drawn(numbers: random.Random, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items at random without putting back, over and over."""
    while True:
        order = list(items)
        numbers.shuffle(order)
        yield from order


def rounds(names: Sequence[str], number: int, every_s: float, shuffle: Callable[[list[str]], None]) -> list[Fault]:
    """Return kills only: of every process in turn, in a new order each time."""
    faults: list[Fault] = []
    for _ in range(number):
        order = sorted(names)
        shuffle(order)
        faults += [Fault((len(faults) + place + 1) * every_s, Kind.KILL, name) for place, name in enumerate(order)]
    return faults
