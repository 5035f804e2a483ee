"""Notices of alarms, written in the transaction of what they tell of. `notice_send` carries them out of the house."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count

from console.access.narrowing import unnarrowed
from console.actions.audit.audit import Actor, record
from console.errors import Refused
from network.events import alarm_json
from network.models import Alarm, AlarmEntry, EntryKind, Notice, NoticeChannel, NoticeKind, NoticeState, Severity

MOST_WAITING = 10_000
"""So many wait for one channel; what comes beyond is kept as given up, to be sent again by hand."""
TOO_MANY = f"more than {MOST_WAITING} were waiting"
_KINDS = {
    EntryKind.RAISED: NoticeKind.RAISED,
    EntryKind.SEVERITY: NoticeKind.SEVERITY,
    EntryKind.ACKNOWLEDGED: NoticeKind.ACKNOWLEDGED,
    EntryKind.UNACKNOWLEDGED: NoticeKind.UNACKNOWLEDGED,
    EntryKind.CLEARED: NoticeKind.CLEARED,
    EntryKind.ESCALATED: NoticeKind.ESCALATED,
    EntryKind.RELEASED: NoticeKind.RAISED,
    EntryKind.DETACHED: NoticeKind.RAISED,
}
_BACK = (EntryKind.RELEASED, EntryKind.DETACHED)
"""In force again: as good as raised to whoever has not heard of it, if its cause still holds."""
_FOLLOWING = (NoticeKind.SEVERITY, NoticeKind.ACKNOWLEDGED, NoticeKind.UNACKNOWLEDGED, NoticeKind.CLEARED)
_GRAVENESS = {severity: -rank for rank, severity in enumerate(Severity.values)}
Heard = set[tuple[int, int]]  # channel, alarm


@unnarrowed()  # what somebody does to an alarm is told to whoever runs the network, too
def announce(entries: Sequence[AlarmEntry], now: datetime, to: NoticeChannel | None = None) -> None:
    """Write the notices of new rows of history, one per channel that wants it, in the caller's transaction.

    Args:
        entries: rows just written, of one kind, with their alarms as they are now.
        now: when.
        to: a channel that is told whatever its filter says: that of an escalation.
    """
    if not entries or (kind := _KINDS.get(EntryKind(entries[0].kind))) is None:
        return
    is_back = entries[0].kind in _BACK
    channels = list(
        NoticeChannel.objects.filter(is_active=True, organisation__is_active=True).select_related("organisation")
    )
    if not channels:
        return
    heard = _heard(channels, entries) if is_back or kind in _FOLLOWING else set()
    if is_back:
        pairs = [
            (channel, entry)
            for channel, entry in _pairs(channels, entries, set())
            if entry.alarm.ended_at is None and (channel.pk, entry.alarm_id) not in heard
        ]
    else:
        pairs = _pairs(channels, entries, heard, to)
    made = [_notice(channel, kind, entry, now) for channel, entry in pairs]
    _bound(made)
    Notice.objects.bulk_create(made)


def _pairs(
    channels: Iterable[NoticeChannel], entries: Sequence[AlarmEntry], heard: Heard, to: NoticeChannel | None = None
) -> list[tuple[NoticeChannel, AlarmEntry]]:
    return [
        (channel, entry)
        for entry in entries
        for channel in channels
        if channel.may_hear(entry.alarm) and ((to and channel.pk == to.pk) or wants(channel, entry.alarm, heard))
    ]


def wants(channel: NoticeChannel, alarm: Alarm, heard: Heard) -> bool:
    """Whether a channel is told: what it has heard of it hears to the end, else its filter decides.

    An alarm that is held is nobody's concern, and nobody who did not hear of it hears that it is over.
    """
    if (channel.pk, alarm.pk) in heard:
        return True
    if channel.is_for_escalations_only or alarm.held:
        return False
    return (
        _GRAVENESS[alarm.severity] >= _GRAVENESS[channel.least_severity]
        and channel.alarm_type in ("", alarm.alarm_type)
        and (channel.region_id is None or (alarm.site is not None and alarm.site.region_id == channel.region_id))
        and (not channel.search or channel.search.casefold() in alarm.search_text)
    )


def test(actor: Actor, channel: NoticeChannel, now: datetime) -> Notice:
    """Write a notice that only tries a channel out; it is due at once.

    Raises:
        Refused: the channel is switched off.
    """
    if not channel.is_active:
        raise Refused(f"{channel.name} is switched off; switch it on to try it out")
    body = {"version": 1, "kind": NoticeKind.TEST.value, "at": now, "by": actor.name, "text": "", "alarm": None}
    with transaction.atomic():
        made = _made(channel, NoticeKind.TEST, body, now)
        made.due_at = now
        made.save(force_insert=True)
        record(actor, "tried notice channel", channel.name, now, owner=channel.owner_pk)
    return made


def send_again(actor: Actor, notice: Notice, now: datetime) -> Notice:
    """Let a notice be sent once more, under the id it had, so that a receiver who has it already can tell.

    Raises:
        Refused: it is waiting anyway, or its channel is switched off.
    """
    with transaction.atomic():
        row = Notice.objects.select_for_update(of=("self",)).select_related("channel").get(pk=notice.pk)
        if row.state == NoticeState.WAITING:
            raise Refused(f"notice {row.pk} is waiting to be sent")
        if not row.channel.is_active:
            raise Refused(f"{row.channel.name} is switched off; switch it on first")
        row.state, row.attempts, row.problem, row.due_at, row.sent_at = NoticeState.WAITING, 0, "", now, None
        row.save()
        details = {"channel": row.channel.name}
        record(actor, "sent notice again", f"notice {row.pk}", now, owner=row.channel.owner_pk, **details)
    return row


def _heard(channels: Iterable[NoticeChannel], entries: Iterable[AlarmEntry]) -> Heard:
    scoped = Notice.objects.filter(channel__in=channels, alarm__in=[entry.alarm_id for entry in entries])
    return set(scoped.exclude(state=NoticeState.SKIPPED).order_by().values_list("channel", "alarm").distinct())


def _notice(channel: NoticeChannel, kind: NoticeKind, entry: AlarmEntry, now: datetime) -> Notice:
    alarm = alarm_json(entry.alarm)
    body = {"version": 1, "kind": kind.value, "at": now, "by": entry.actor, "text": entry.words, "alarm": alarm}
    made = _made(channel, kind, body, now)
    made.alarm, made.entry, made.number = entry.alarm, entry, entry.pk
    return made


def _made(channel: NoticeChannel, kind: NoticeKind, body: dict[str, Any], now: datetime) -> Notice:
    uuid = uuid4()
    body_json = {"id": str(uuid), **body, "channel": channel.name, "console": settings.LOFT_URL}
    return Notice(
        uuid=uuid,
        channel=channel,
        kind=kind,
        made_at=now,
        due_at=now + timedelta(seconds=settings.LOFT_NOTICE_SETTLE_S),
        body=json.dumps(body_json, cls=DjangoJSONEncoder, ensure_ascii=False, allow_nan=False),
    )


def _bound(made: list[Notice]) -> None:
    """Give up at once what a channel has no room for."""
    wanted = Counter(notice.channel_id for notice in made)
    waiting = Notice.objects.filter(state=NoticeState.WAITING)
    counted = waiting.filter(channel__in=wanted).order_by().values_list("channel").annotate(count=Count("pk"))
    room = dict.fromkeys(wanted, MOST_WAITING) | {pk: MOST_WAITING - count for pk, count in counted}
    for notice in made:
        room[notice.channel_id] -= 1
        if room[notice.channel_id] < 0:
            notice.state, notice.problem = NoticeState.DEAD, TOO_MANY
