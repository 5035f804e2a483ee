"""What tests ask of the table of retention."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from console import retention


def rule(name: str, **news: Any) -> retention.Rule:
    """Return how long rows are kept, a part of it replaced."""
    return replace(next(rule for rule in retention.rules() if rule.name == name), **news)


def deleted(name: str, now: datetime, **news: Any) -> int:
    """Delete what is past its retention of one table; return how many rows went."""
    [outcome] = retention.visit([rule(name, **news)], now)
    assert outcome.is_done
    return outcome.deleted
