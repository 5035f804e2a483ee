"""Looking after orders whose worker or message was lost: one way for every kind of them."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from console.after_commit import after_commit
from console.models.leased import LeasedOrder, LeasedQuerySet

Row = TypeVar("Row", bound=LeasedOrder)
Step = Callable[[Row], object]
Tell = Callable[[Row, datetime], object]
Discard = Callable[[UUID | None], object]
MOST_AT_ONCE = 500


def requeue_lost(
    rows: LeasedQuerySet[Row], now: datetime, *, send: Step[Row], tell: Tell[Row], discard: Discard | None = None
) -> int:
    """Send again what was lost, the longest first; what was lost too often is given up. Return how many changed.

    Args:
        rows: among which to look, with what `tell` reads of them.
        now: the present.
        send: hands a row to a worker, after the commit.
        tell: says that a row has changed, in the same transaction.
        discard: deletes what the lost worker left under its claim.
    """
    lost = list(rows.lost(now).order_by("look_again_at")[:MOST_AT_ONCE])
    return sum(_look_after(row, now, send, tell, discard) for row in lost)


@transaction.atomic
def _look_after(row: Row, now: datetime, send: Step[Row], tell: Tell[Row], discard: Discard | None) -> bool:
    left, problem = row.claim, row.worn_out()
    if not (row.give_up(now, problem) if problem else row.requeue(now)):
        return False
    if discard:
        discard(left)
    if not problem:
        after_commit(send, row)
    tell(row, now)
    return True
