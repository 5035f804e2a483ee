"""Letting go of what has ended: alarms with their history, holds, breaches and maintenance past their retention."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from network.actions.service.ledger import KEPT
from network.models import Alarm, AlarmHold, Breach, CountSpan, Maintenance

ROOTS_AT_ONCE = 100
ROWS_AT_ONCE = 1_000
LONGEST_MONTH = timedelta(days=31)


def delete_ended(now: datetime) -> int:
    """Delete what has ended and is past its retention, a piece at a time; return how many rows, consequences included.

    An alarm that nobody acknowledged is kept twice as long. Breaches and maintenance stay at least for as long as the
    ledger has a day that they explain: a monthly report can still be asked for then.
    """
    kept = timedelta(days=settings.LOFT_ALARM_RETENTION_D)
    before = now - kept
    explained = now - max(kept, KEPT[CountSpan.DAY] + LONGEST_MONTH)
    in_force = AlarmHold.objects.filter(maintenance=OuterRef("pk"), ended_at=None)
    count = _delete_alarms(before, before - kept)
    count += _delete(AlarmHold.objects.filter(ended_at__lt=before, alarms=None))
    count += _delete(Breach.objects.filter(started_at__lt=explained, ended_at__lt=explained))
    return count + _delete(Maintenance.objects.filter(~Exists(in_force), ends_at__lt=explained))


def _delete_alarms(before: datetime, long_before: datetime) -> int:
    """Delete alarms with their entries, consequences only together with their root cause and once all may go."""
    stays = Q(ended_at=None) | Q(ended_at__gte=before) | Q(acknowledged_at=None, ended_at__gte=long_before)
    bound = Alarm.objects.filter(stays, root=OuterRef("pk"))
    old = Alarm.objects.filter(~stays, ~Exists(bound), started_at__lt=before, root=None).order_by("pk")
    count = 0
    while True:
        with transaction.atomic():
            roots = list(old.select_for_update().values_list("pk", flat=True)[:ROOTS_AT_ONCE])
            if not roots:
                return count
            count += _gone(Alarm.objects.filter(Q(pk__in=roots) | Q(root__in=roots)))


def _delete(rows: QuerySet[Any]) -> int:
    count = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        count += _gone(rows.model._default_manager.filter(pk__in=keys))  # noqa: SLF001
    return count


def _gone(rows: QuerySet[Any]) -> int:
    """Delete these rows with what hangs on them; return how many of them there were."""
    model: type[Model] = rows.model
    return rows.delete()[1].get(model._meta.label, 0)  # noqa: SLF001
