"""What is known of a place or a link of the network now: up, degraded, down, asleep, or unknown. Pure rules.

A site is judged on what its probe heard. What is old or was never measured is unknown, never up; only a place that
nobody probes is known to be up where somebody answers who cannot be reached but through it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from network.kernels.topology.correlation import PACKETS, Element

DOWN_PACKETS = PACKETS
"""So many packets in a row without an answer, and a site is down: as many as a root cause is named for."""
Ends = tuple[int, int]


class Condition(StrEnum):
    """What is known of a site, a sector or a link; a link is never asleep."""

    UP = "up"
    DEGRADED = "degraded"  # it works, less well than those who run the network promise
    DOWN = "down"
    ASLEEP = "asleep"  # it sends nothing, as it was told to
    UNKNOWN = "unknown"


CODE = {condition: code for code, condition in enumerate(Condition)}
"""The numbers that arrays have for conditions."""
CARRIES = frozenset((Condition.UP, Condition.DEGRADED, Condition.ASLEEP))
"""Who passes traffic on: whose radio sleeps does so."""
GRAVEST_FIRST = (Condition.DOWN, Condition.UNKNOWN, Condition.DEGRADED, Condition.ASLEEP, Condition.UP)


@dataclass(frozen=True)
class Heard:
    """What a site's probe heard. `is_fresh`: its newest round still counts; `is_answer_fresh`: its newest answer."""

    is_fresh: bool
    is_answer_fresh: bool
    silent_packets: int
    is_breached: bool


def of_probe(heard: Heard) -> Condition:
    """Return the condition of a site that is probed; a silence too short to be believed degrades it."""
    if not heard.is_fresh:
        return Condition.UNKNOWN
    if heard.silent_packets >= DOWN_PACKETS:
        return Condition.DOWN
    if heard.silent_packets:
        return Condition.DEGRADED
    if not heard.is_answer_fresh:
        return Condition.UNKNOWN
    return Condition.DEGRADED if heard.is_breached else Condition.UP


def implied_up(
    silent: Iterable[int], answering: frozenset[int], cut_off: Mapping[Element, frozenset[int]], vantage: int
) -> frozenset[int]:
    """Return which places that nobody probes must be up, as somebody answers through them.

    Args:
        silent: the places that nobody probes.
        answering: the places that answer.
        cut_off: whom each place alone cuts off from the prober's; see `correlation.cut_off`.
        vantage: the prober's own place, through which everybody answers.
    """
    return frozenset(
        node
        for node in silent
        if answering and (node == vantage or not answering.isdisjoint(cut_off.get(("node", node), frozenset())))
    )


def of_link(ends: tuple[Condition, Condition], told: Condition | None) -> Condition:
    """Return the condition of a link: what was found out about it, else up where both its ends pass traffic on.

    Of a link to a site that does not answer nobody can say whether it is the link or the site, and not that it is slow.
    """
    if told is not None and told not in CARRIES:
        return told
    return (told or Condition.UP) if all(end in CARRIES for end in ends) else Condition.UNKNOWN


def gravest(told: Iterable[Condition]) -> Condition:
    """Return what counts of several findings about one link: that it is cut, that it may be, that it is slow."""
    return min(told, key=GRAVEST_FIRST.index)
