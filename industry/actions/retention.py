"""Letting go of what is too old. In chunks, so that no writer waits long."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from console.actions.idempotency import KEPT_FOR
from console.models import IdempotentRequest
from industry.models import Job, Reading

CHUNK_ROWS = 500
MOST_CHUNKS = 100


def delete_old(now: datetime, kept_for: timedelta) -> int:
    """Delete readings, their scores and ended jobs older than `kept_for`, and repeatable requests older than 24 h.

    Args:
        now: the present.
        kept_for: how long readings and jobs are kept.

    Returns:
        How many rows went, at most 50,000 of each kind per call.
    """
    limit = now - kept_for
    return (
        _delete(Reading.objects.filter(received_at__lt=limit))
        + _delete(Job.objects.ended_before(limit))
        + _delete(IdempotentRequest.objects.filter(at__lt=now - KEPT_FOR))
    )


def _delete(old: QuerySet[Any]) -> int:
    count = 0
    for _ in range(MOST_CHUNKS):
        keys = list(old.order_by("pk").values_list("pk", flat=True)[:CHUNK_ROWS])
        if not keys:
            break
        count += old.filter(pk__in=keys).order_by().delete()[0]
    return count
