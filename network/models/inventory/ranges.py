"""Within which limits the numbers of a record lie: said once, beside the model that has them.

The database checks them, and so do REST, imports and the forms of the inventory, which all read them from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import BaseConstraint, CheckConstraint, Q

MOST_WHOLE = 2_147_483_647


@dataclass(frozen=True)
class Range:
    """The least and the most that a number may be; the upper end may be out of it."""

    least: float
    most: float
    is_most_open: bool = False


Ranges = Mapping[str, Range]

SHARE = Range(0, 1)
PLACE: Ranges = {"lat_deg": Range(-90, 90), "lon_deg": Range(-180, 180)}


def constraints(model: str, ranges: Ranges) -> list[BaseConstraint]:
    """Return what the database checks of each number of a model. Null, where a column may be that, passes."""
    return [
        CheckConstraint(condition=_condition(name, limits), name=f"{model}_{name}_in_range")
        for name, limits in ranges.items()
    ]


def _condition(name: str, limits: Range) -> Q:
    upper = "lt" if limits.is_most_open else "lte"
    return Q(**{f"{name}__gte": limits.least, f"{name}__{upper}": limits.most})
