"""What a risk means to an operator. Pure."""

from datetime import datetime

HIGH, ELEVATED, NORMAL, UNKNOWN = "high", "elevated", "normal", "unknown"
ELEVATED_SHARE = 0.4


def level(risk: float | None, threshold: float) -> str:
    """Return "high" from the model's decision threshold on, "elevated" from 0.4 of it, else "normal". Both in [0, 1].

    0.4 of the threshold is our choice: early enough to see a tool wear out, rare enough not to cry wolf.
    """
    if risk is None:
        return UNKNOWN
    if risk >= threshold:
        return HIGH
    return ELEVATED if risk >= ELEVATED_SHARE * threshold else NORMAL


def is_stale(at: datetime | None, now: datetime, stale_after_s: float) -> bool:
    """Whether a value is too old to stand for the present; a missing one is. [s]."""
    return at is None or (now - at).total_seconds() > stale_after_s
