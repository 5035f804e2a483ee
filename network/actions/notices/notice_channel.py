"""Channels of notices: adding, changing, removing them, and giving out their secrets."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import F

from console.actions.audit.audit import Actor, record
from console.errors import Refused
from network.actions.notices.notice_send import guard, secrets_of, tell_outcome
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
        count, target = channel.notices.count(), _shown_target(channel.kind, channel.target)
        details = {"notices": count, "target": target}
        record(actor, "removed notice channel", channel.name, now, owner=channel.owner_pk, **details)
        tell_outcome(channel, None, now)
        channel.delete()


def renew_secret(actor: Actor, channel: NoticeChannel, now: datetime) -> str:
    """Give a channel a new secret and return it; the old one signs beside it for a day."""
    with transaction.atomic():
        changed = {"secret_number": F("secret_number") + 1, "secret_changed_at": now}
        NoticeChannel.objects.filter(pk=channel.pk).update(**changed)
        verb = "renewed secret of notice channel"
        record(actor, verb, channel.name, now, owner=channel.owner_pk, secret="changed")
    channel.refresh_from_db()
    return secrets_of(channel, now)[0]


def _write(actor: Actor, channel: NoticeChannel, values: Mapping[str, Any], verb: str, now: datetime) -> NoticeChannel:
    is_new = channel.pk is None
    before = {} if is_new else _told(channel, values)
    for name, value in values.items():
        setattr(channel, name, value)
    try:
        with transaction.atomic():
            channel.save(update_fields=None if is_new else [*values, "failures", "paused_until"])
            after = _told(channel, values)
            changed = {name for name in after if before.get(name) != after[name]}
            changes = after if is_new else {
                "before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed},
            }  # fmt: skip
            record(actor, verb, channel.name, now, owner=channel.owner_pk, **changes)
    except IntegrityError as taken:
        raise Refused(f"name: a channel named {channel.name} exists already") from taken
    return channel


def _told(channel: NoticeChannel, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of these names as the audit trail shows them."""
    settings_json = {name: getattr(channel, name) for name in names}
    if "region" in settings_json:
        settings_json["region"] = channel.region.slug if channel.region else None
    if "target" in settings_json:
        settings_json["target"] = _shown_target(channel.kind, channel.target)
    return settings_json


def _shown_target(kind: str, target: str) -> str:
    """Return a target as the audit trail shows it: a URL's path and query may be a secret of who receives.

    A few letters of its digest tell two targets at one host apart.
    """
    if kind != ChannelKind.WEBHOOK:
        return target
    parts = urlsplit(target)
    mark = hashlib.sha256(target.encode()).hexdigest()[:12]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/… ({mark})"
