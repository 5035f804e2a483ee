"""How well an alarm system serves its operators. Pure functions; times in seconds since any one moment.

Sources: EEMUA 191, Alarm systems, 3rd ed. (2013), section 6.5 and appendix 11; ANSI/ISA-18.2-2016 table 7.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SLOT_S = 600.0
MANY_PER_SLOT = 10
"""More than this many alarms in ten minutes and an operator cannot keep up: a flood begins (ISA-18.2 16.5.5)."""
CALM_PER_SLOT = 5
"""A flood is over with the first ten minutes that hold fewer than this."""
CHATTER_RAISES = 3
CHATTER_S = 60.0
FLEETING_S = 60.0
STALE_S = 86_400.0
Source = TypeVar("Source", bound=Hashable)


@dataclass(frozen=True)
class Flood:
    """More alarms than can be handled, from the slot it began in to the slot it was over in."""

    first: int
    after: int
    alarms: int
    peak: int


def slots(raised_s: Array, since_s: float, count: int) -> NDArray[np.int64]:
    """Count alarms in slots of ten minutes.

    Args:
        raised_s: when each alarm was raised, in any order. [s]
        since_s: where the first slot begins; each begins with its first moment and ends before the next. [s]
        count: how many slots.
    """
    number = np.floor((np.asarray(raised_s, float) - since_s) / SLOT_S).astype(np.int64)
    inside = number[(number >= 0) & (number < count)]
    return np.bincount(inside, minlength=count).astype(np.int64)


def floods(counts: Sequence[int] | NDArray[np.int64], operators: int = 1) -> list[Flood]:
    """Return the floods: each begins in a slot with more than 10 alarms per operator and ends before one with under 5.

    Args:
        counts: alarms per slot of ten minutes.
        operators: among how many the alarms are shared.
    """
    floods: list[Flood] = []
    first: int | None = None
    for slot, count in enumerate([*map(int, counts), 0]):
        if first is None and count > MANY_PER_SLOT * operators:
            first = slot
        elif first is not None and (count < CALM_PER_SLOT * operators or slot == len(counts)):
            inside = counts[first:slot]
            floods.append(Flood(first, slot, int(sum(inside)), int(max(inside))))
            first = None
    return floods


def shares(words: Sequence[Source]) -> dict[Source, float]:
    """Return the share of each word, the most frequent first; nothing for no words."""
    return {word: count / len(words) for word, count in Counter(words).most_common()}


def chattering(raises: Sequence[tuple[Source, float]]) -> dict[Source, int]:
    """Return the sources that were raised at least three times within a minute, with how often that came about.

    Args:
        raises: source and time of each raise, repeated raises of an alarm that stayed open included. [s]

    Returns:
        For each such source the number of raises that completed three within a minute, the most first.
    """
    times: dict[Source, list[float]] = {}
    for source, at_s in raises:
        times.setdefault(source, []).append(at_s)
    reach = CHATTER_RAISES - 1
    chatters = {source: _chatter(sorted(at_s), reach) for source, at_s in times.items()}
    return {source: count for source, count in Counter(chatters).most_common() if count}


def _chatter(at_s: list[float], reach: int) -> int:
    return sum(last - first <= CHATTER_S for first, last in zip(at_s, at_s[reach:], strict=False))


def fleeting(raised_s: Array, ended_s: Array, acknowledged_s: Array) -> NDArray[np.bool_]:
    """Whether each alarm was gone within a minute, before anybody could have seen it; NaN: never.

    Args:
        raised_s: when it was raised. [s]
        ended_s: when it ended. [s]
        acknowledged_s: when it was acknowledged. [s]
    """
    with np.errstate(invalid="ignore"):
        return (ended_s - raised_s < FLEETING_S) & ~(acknowledged_s <= ended_s)


def top(sources: Sequence[Source], count: int = 10) -> tuple[list[tuple[Source, int]], float | None]:
    """Return the most frequent sources with their counts, and their share of all; None when there are none."""
    if not sources:
        return [], None
    commonest = Counter(sources).most_common(count)
    return commonest, sum(number for _, number in commonest) / len(sources)


def quantile_s(seconds: Array, share: float) -> float | None:
    """Return a quantile of times, nearest rank from above; None for none, NaN left out. [s]."""
    known = np.sort(seconds[~np.isnan(seconds)])
    if not len(known):
        return None
    return float(known[max(int(np.ceil(share * len(known))) - 1, 0)])
