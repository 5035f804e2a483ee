"""Whose a row of the network is, said to those of its shapes that have a place for it."""

from typing import Any


def owner(shape: Any, organisation: int) -> dict[str, Any]:
    """Return the owner as an argument of a dataclass of the network, nothing where it does not ask."""
    return {"organisation": organisation} if "organisation" in shape.__dataclass_fields__ else {}
