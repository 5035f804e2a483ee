"""The life of an alarm: its states, when it can be held, and when one that comes and goes is held open.

Source: ANSI/ISA-18.2-2016 section 5 (states), ITU-T X.733 section 8.1 (severity, type), EEMUA 191 (chattering alarms).
"""

from collections.abc import Sequence
from enum import StrEnum

FLAP_RAISES = 3
"""So many raises within the window below and the alarm flaps (EEMUA 191: three or more in a minute chatter)."""
FLAP_WINDOW_S = 600.0
FLAP_QUIET_S = 120.0
"""A flapping alarm ends only after its cause has been away for so long."""


class Hold(StrEnum):
    """Why an alarm is kept from the operator's attention."""

    NONE = ""
    SHELVED = "shelved"  # by an operator, for a time, with a reason
    SUPPRESSED = "suppressed"  # by design: a rule of the plant says it means nothing now
    OUT_OF_SERVICE = "out_of_service"  # its source is being worked on


class Life(StrEnum):
    """Where an alarm is in its life."""

    UNACKNOWLEDGED = "unacknowledged"  # active, nobody has seen it
    ACKNOWLEDGED = "acknowledged"  # active, seen
    RETURNED = "returned"  # its cause is gone, nobody has seen it
    NORMAL = "normal"  # gone and seen
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


def life(*, is_active: bool, is_acknowledged: bool, hold: Hold) -> Life:
    """Return where an alarm is in its life.

    Args:
        is_active: its cause holds.
        is_acknowledged: a person has seen it.
        hold: what keeps it from attention; that outweighs the rest.
    """
    if hold is not Hold.NONE:
        return Life(hold.value)
    if is_active:
        return Life.ACKNOWLEDGED if is_acknowledged else Life.UNACKNOWLEDGED
    return Life.NORMAL if is_acknowledged else Life.RETURNED


def check_holdable(hold: Hold, *, is_active: bool) -> None:
    """Check that an alarm can be shelved, suppressed or taken out of service.

    Args:
        hold: what keeps it from attention now.
        is_active: its cause holds.

    Raises:
        ValueError: something holds it already, or it is over; the message says which.
    """
    if hold is not Hold.NONE:
        raise ValueError(f"it is {hold.value.replace('_', ' ')}; release it first")
    if not is_active:
        raise ValueError("its cause is gone, so there is nothing to hold")


def is_flapping(raised_s: Sequence[float], now_s: float) -> bool:
    """Whether an alarm comes and goes too often.

    Args:
        raised_s: when it was raised, the raise of now included, in any order. [s]
        now_s: now. [s]
    """
    return sum(0 <= now_s - at_s <= FLAP_WINDOW_S for at_s in raised_s) >= FLAP_RAISES


def clears_s(now_s: float, *, flaps: bool) -> float:
    """Return when an alarm whose cause went away now ends: at once, or after the quiet that flapping asks for. [s]."""
    return now_s + FLAP_QUIET_S if flaps else now_s
