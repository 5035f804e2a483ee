"""What a step of the clock does to stored times that stand for a duration: they move along, once, with every step.

A lease, a pause or a session lasts for so long, however the clock is set; what a person chose is a date, and stays.
Who wrote a row between the step and this, two seconds at most, may find its time moved too: a lease that ends early is
taken again, and its work has effect once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import F

from console.models import Leased, SignedIn, TimeMark
from console.run.clock_steps import Step

LEAST = timedelta(seconds=1)
"""A smaller step moves nothing: no lease is that exact."""
_MARK = "clock: moved along with the step at"


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """A column of times that end or begin a duration.

    Args:
        model: whose rows.
        field: the column.
        reach: no end lies further ahead when it is written; so far back beginnings count.
        is_start: it begins the duration; else it ends it.
    """

    model: type[models.Model]
    field: str
    reach: timedelta = timedelta(minutes=20)
    is_start: bool = False


_columns: list[Lasting] = [
    Lasting(model=Session, field="expire_date", reach=timedelta(hours=13)),
    Lasting(model=SignedIn, field="active_at", reach=timedelta(hours=13), is_start=True),
]
_others: list[Callable[[Step], object]] = []


def register(*columns: Lasting, then: Callable[[Step], object] | None = None) -> None:
    """Enter columns of an app, and what it does besides about a step, in the same transaction."""
    _columns.extend(columns)
    _others.extend([then] if then else [])


def follow(found: Iterable[Step]) -> int:
    """Move along with those of the steps that nobody has followed yet, whichever process is first; return how many.

    Args:
        found: all that are kept, the newest first: times come again after a step back, so what was followed is told by
            its place among them, not by its age.
    """
    steps = list(found)
    if not steps or TimeMark.objects.filter(name=_MARK, at=steps[0].after).exists():
        return 0
    with transaction.atomic():
        mark, is_first = TimeMark.objects.select_for_update().get_or_create(name=_MARK, defaults={"at": steps[0].after})
        fresh = list(takewhile(lambda step: is_first or step.after != mark.at, steps))
        for step in reversed(fresh):
            _move(step)
        mark.at = steps[0].after
        mark.save()
    return len(fresh)


def _move(step: Step) -> None:
    leased = [model for model in apps.get_models() if issubclass(model, Leased)]
    if abs(step.by) >= LEAST:
        for column in (*_columns, *(Lasting(model=model, field="look_again_at") for model in leased)):
            _move_column(column, step)
    for then in _others:
        then(step)


def _move_column(column: Lasting, step: Step) -> None:
    name, rows = column.field, column.model._base_manager.all()  # noqa: SLF001  Django's public name
    moved = {name: F(name) + step.by}
    if column.is_start:
        rows.filter(**{f"{name}__gt": step.before - column.reach, f"{name}__lte": step.before}).update(**moved)
        return
    ends_by = {f"{name}__lt": step.before + column.reach}
    if step.after > step.before:
        rows.filter(**ends_by, **{f"{name}__gt": step.before - column.reach}).update(**moved)
        return
    rows.filter(**{f"{name}__gt": step.after, f"{name}__lt": step.before}).update(**{name: step.after})  # was over
    rows.filter(**ends_by, **{f"{name}__gte": step.before}).update(**moved)
