"""Channels of notices: adding, changing, removing them, and giving out their secrets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from console.actions.audit import Actor, record
from console.errors import Refused
from network.actions.alarm import clear_alarms
from network.actions.notice_send import guard, secrets_of, undelivered
from network.feeds import mail, webhook
from network.models import ChannelKind, NoticeChannel

MOST_CHANNELS = 50


def target_problem(kind: str, target: str) -> str | None:
    """Return why this cannot be a channel's target; None where it can."""
    return webhook.problem_of(target, guard()) if kind == ChannelKind.WEBHOOK else mail.problem_of(target)


def add_channel(actor: Actor, values: Mapping[str, Any], now: datetime) -> tuple[NoticeChannel, str]:
    """Add a channel of the actor's organisation; return it with the secret that signs for it.

    The secret can be had again only by a new one.

    Raises:
        Refused: there are too many, or one of this name.
    """
    if NoticeChannel.objects.filter(organisation=actor.organisation).count() >= MOST_CHANNELS:
        raise Refused(f"there are {MOST_CHANNELS} channels already; remove one first")
    made = NoticeChannel(made_at=now, secret_changed_at=now, organisation_id=actor.organisation)
    channel = _write(actor, made, values, "added notice channel", now)
    return channel, secrets_of(channel, now)[0]


def change_channel(actor: Actor, channel: NoticeChannel, values: Mapping[str, Any], now: datetime) -> NoticeChannel:
    """Change a channel; what waits for it goes to the new target, and at once.

    Raises:
        Refused: there is another of this name.
    """
    channel.failures, channel.paused_until = 0, None
    return _write(actor, channel, values, "changed notice channel", now)


def remove_channel(actor: Actor, channel: NoticeChannel, now: datetime) -> None:
    """Remove a channel with its notices, those that wait included."""
    with transaction.atomic():
        record(actor, "removed notice channel", channel.name, now, notices=channel.notices.count())
        clear_alarms([undelivered(channel)], now)
        channel.delete()


def renew_secret(actor: Actor, channel: NoticeChannel, now: datetime) -> str:
    """Give a channel a new secret and return it; the old one signs beside it for a day."""
    with transaction.atomic():
        changed = {"secret_number": F("secret_number") + 1, "secret_changed_at": now}
        NoticeChannel.objects.filter(pk=channel.pk).update(**changed)
        record(actor, "renewed secret of notice channel", channel.name, now)
    channel.refresh_from_db()
    return secrets_of(channel, now)[0]


def _write(actor: Actor, channel: NoticeChannel, values: Mapping[str, Any], verb: str, now: datetime) -> NoticeChannel:
    is_new, name_before = channel.pk is None, channel.name
    for name, value in values.items():
        setattr(channel, name, value)
    try:
        with transaction.atomic():
            channel.save(update_fields=None if is_new else [*values, "failures", "paused_until"])
            if name_before != channel.name and not is_new:
                clear_alarms(
                    [undelivered(channel)._replace(subject=name_before)], now
                )  # it would stand for ever: its subject is the name
            told = {name: value for name, value in values.items() if name not in ("target", "region")}
            record(actor, verb, channel.name, now, **told)
    except IntegrityError as taken:
        raise Refused(f"name: a channel named {channel.name} exists already") from taken
    return channel
