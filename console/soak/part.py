"""What each app brings to a soak, in `<app>/soak.py`: rows as its days make them, and what beat does about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Size:
    """How large the simulated installation is."""

    sites: int
    drones: int


Fill = Callable[[datetime, datetime, Size], object]
Act = Callable[[datetime], object]
Query = Callable[[datetime], object]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One app's part.

    Args:
        name: the app.
        fill: makes the rows of a time, from a beginning to an end, as the outside world would.
        act: does what beat does every few minutes or more often.
        act_daily: does what beat does once a day.
        queries: the app's share of the most used ones, by what they are for.
        kept_for_ever: models, as `app.Model`, whose rows no retention takes, and why.
    """

    name: str
    fill: Fill
    act: Act
    act_daily: Act = lambda _: None
    queries: Mapping[str, Query] = field(default_factory=dict)
    kept_for_ever: Mapping[str, str] = field(default_factory=dict)


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Enter an app's part."""
    _parts[part.name] = part


def parts() -> list[Part]:
    """Return every app's part, that of the console, which deletes, last."""
    autodiscover_modules("soak", "soaking")
    return sorted(_parts.values(), key=lambda part: (part.name == "console", part.name))


def kept_for_ever() -> dict[str, str]:
    """Return which models no retention touches, and why."""
    return {label: why for part in parts() for label, why in part.kept_for_ever.items()}


def queries() -> dict[str, Any]:
    """Return all queries by name."""
    return {name: query for part in parts() for name, query in part.queries.items()}
