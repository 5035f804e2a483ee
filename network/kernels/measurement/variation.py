"""What the times of a STAMP session's packets say beyond their round trip: jitter, spread, one-way delay."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

GAIN = 1 / 16
LEAST_FOR_SPREAD = 20


class Refusal(StrEnum):
    """Why no one-way delay is told."""

    NO_ANSWER = "no_answer"
    UNSYNCHRONISED = "clock_unsynchronised"
    ERROR_TOO_LARGE = "clock_error_too_large"
    IMPOSSIBLE = "clock_impossible"


@dataclass(frozen=True)
class OneWay:
    """Delays there and back, right to within `error_ms`; or why there are none."""

    forward_ms: float | None
    backward_ms: float | None
    error_ms: float | None
    refusal: Refusal | None


def jitter_ms(before_ms: float, transits_ms: Iterable[float], last_ms: float | None) -> tuple[float, float | None]:
    """Carry the interarrival jitter on over the next packets.

    Args:
        before_ms: jitter so far, 0 at the start. [ms]
        transits_ms: how long each packet took, in the order sent, by clocks whose offset does not matter. [ms]
        last_ms: transit of the packet before them, None at the start. [ms]

    Returns:
        Jitter, and the transit of the last packet. [ms]

    Source: RFC 3550 section 6.4.1: J += (|D| - J) / 16, D the difference of two packets' transits.
    """
    found_ms = before_ms
    for transit_ms in transits_ms:
        if last_ms is not None:
            found_ms += (abs(transit_ms - last_ms) - found_ms) * GAIN
        last_ms = transit_ms
    return found_ms, last_ms


def spread_ms(delays_ms: Sequence[float], share: float = 0.95) -> float | None:
    """Return how far a percentile lies above the least delay: None below 20 delays.

    Args:
        delays_ms: in any order. [ms]
        share: which percentile, by the nearest rank.

    Source: RFC 5481 section 4.2, packet delay variation.
    """
    if len(delays_ms) < LEAST_FOR_SPREAD:
        return None
    ordered = sorted(delays_ms)
    rank = max(-int(-share * len(ordered) // 1), 1)
    return ordered[rank - 1] - ordered[0]


def one_way(
    forwards_ms: Sequence[float],
    backwards_ms: Sequence[float],
    clock_errors_s: tuple[float | None, float | None],
    most_error_ms: float,
) -> OneWay:
    """Return the delay of each direction, where the clocks of both ends allow it.

    Args:
        forwards_ms: T2 - T1 of each packet. [ms]
        backwards_ms: T4 - T3 likewise. [ms]
        clock_errors_s: what the clocks of the two ends say their error is at most, None of one nobody has set. [s]
        most_error_ms: the error of both together that still allows a verdict. [ms]

    Returns:
        Medians and their error; refused when a clock is not synchronised, when the error is too large, and when a
        packet came sooner, by more than the error, than it was sent: then a clock is wrong, whatever it says.
    """
    ours_s, theirs_s = clock_errors_s
    if ours_s is None or theirs_s is None:
        return OneWay(None, None, None, Refusal.UNSYNCHRONISED)
    error_ms = (ours_s + theirs_s) * 1e3
    if error_ms > most_error_ms:
        return OneWay(None, None, error_ms, Refusal.ERROR_TOO_LARGE)
    if not forwards_ms or not backwards_ms:
        return OneWay(None, None, error_ms, Refusal.NO_ANSWER)
    if min(*forwards_ms, *backwards_ms) < -error_ms:
        return OneWay(None, None, error_ms, Refusal.IMPOSSIBLE)
    return OneWay(max(_middle(forwards_ms), 0.0), max(_middle(backwards_ms), 0.0), error_ms, None)


def _middle(values: Sequence[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2
