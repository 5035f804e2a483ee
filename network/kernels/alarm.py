"""The life of an alarm: its states, what may be done in each, and when one that comes and goes is held open.

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


class Deed(StrEnum):
    """What happens to an alarm."""

    RAISE = "raise"
    CLEAR = "clear"
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    TAKE_OUT = "take_out_of_service"
    RELEASE = "release"  # from whatever holds it


HOLDS = {Deed.SHELVE: Hold.SHELVED, Deed.SUPPRESS: Hold.SUPPRESSED, Deed.TAKE_OUT: Hold.OUT_OF_SERVICE}


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


def after(deed: Deed, *, is_active: bool, is_acknowledged: bool, hold: Hold) -> tuple[bool, bool, Hold]:
    """Return an alarm's (is active, is acknowledged, hold) after a deed.

    Raises:
        ValueError: the deed makes no sense in this state; the message says why.
    """
    if deed is Deed.RAISE:
        return True, is_active and is_acknowledged, hold
    if deed is Deed.CLEAR:
        return False, is_acknowledged, hold
    if deed is Deed.ACKNOWLEDGE:
        if is_acknowledged:
            raise ValueError("it was acknowledged before")
        return is_active, True, hold
    return is_active, is_acknowledged, _hold_after(deed, hold, is_active=is_active)


def _hold_after(deed: Deed, hold: Hold, *, is_active: bool) -> Hold:
    if deed is Deed.RELEASE:
        if hold is Hold.NONE:
            raise ValueError("nothing holds it")
        return Hold.NONE
    if hold is not Hold.NONE:
        raise ValueError(f"it is {hold.value.replace('_', ' ')}; release it first")
    if not is_active:
        raise ValueError("its cause is gone, so there is nothing to hold")
    return HOLDS[deed]


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
