"""Names that follow: an open alarm or hold is called what its object is called now, in both languages."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from network.actions.alarms.alarm import NAMES, locked, save, tell
from network.actions.alarms.managed_object import EVERY, Name, is_shared, names_of, renamable
from network.models import Alarm, AlarmHold


def follow_names(now: datetime) -> int:
    """Give open alarms and holds the names that their objects have by now, and tell everyone; return how many alarms.

    What is gone, and what has ended, keeps the name that it had last.
    """
    of_kinds = Q(object_kind__in=renamable()) & ~Q(object_key=EVERY)
    rows = list(Alarm.objects.active().filter(of_kinds).values_list("pk", "object_kind", "object_key", *NAMES))
    holds = [
        alarm_hold
        for alarm_hold in AlarmHold.objects.filter(of_kinds, ended_at=None)
        if is_shared(alarm_hold.object_kind)
    ]
    names = names_of(
        {
            *((kind, key) for _, kind, key, *_ in rows),
            *((alarm_hold.object_kind, alarm_hold.object_key) for alarm_hold in holds),
        }
    )
    stale = [pk for pk, kind, key, *shown in rows if names.get((kind, key), tuple(shown)) != tuple(shown)]
    for hold in holds:
        name = names.get((hold.object_kind, hold.object_key))
        if name and name != (hold.subject, hold.subject_zh):
            AlarmHold.objects.filter(pk=hold.pk).update(subject=name.en, subject_zh=name.zh)
    return _rename(stale, names, now) if stale else 0


def _rename(pks: Collection[int], names: Mapping[tuple[str, str], Name], now: datetime) -> int:
    with transaction.atomic():
        alarms = list(locked(Alarm.objects.active().filter(pk__in=pks)))
        for alarm in alarms:
            alarm.subject, alarm.subject_zh = names[alarm.object_kind, alarm.object_key]
        save(alarms, list(NAMES), now)
        tell(alarms, now)
    return len(alarms)
