"""Fields of what equipment tells, checked: the message of a refusal names the field."""

from typing import Any

MOST_CHARACTERS = 80


def line(raw: dict[str, Any], name: str) -> str:
    """Return a line of text.

    Raises:
        ValueError: it is none, or too long.
    """
    value = raw.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS or not value.isprintable():
        raise ValueError(f"{name}: expected a line of 1 to {MOST_CHARACTERS} characters")
    return value


def finite(name: str, value: Any, least: float, most: float) -> float:
    """Return a number between two others.

    Raises:
        ValueError: it is none, or outside.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:  # so NaN goes too
        raise ValueError(f"{name}: {str(value)[:40]} given; expected a number from {least:g} to {most:g}")
    return float(value)
