"""Carrying notices out: one worker per channel, in their order, at least once, each under its id until it is taken."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext, override

from console.access.secret import secret
from console.outbound import Guard, purposes
from network.feeds import NotSent, mail, webhook
from network.kernels.notices.notice import secret_of, signature, wait_s
from network.models import (
    ChannelKind,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeState,
    Severity,
)
from network.models.notices.notice import BUSY

RUN = timedelta(seconds=20)
LONGEST_PAUSE_S = 300.0
BOTH_SECRETS = timedelta(hours=24)
Clock = Callable[[], datetime]
Outcome = Callable[[NoticeChannel, str | None, datetime], None]
"""`outcome(channel, reason, now)`: a notice was given up for a reason; None: one arrived."""
_listeners: list[Outcome] = []


def guard() -> Guard:
    """Return where notices may go in this installation."""
    return purposes.notices()


def due_channels(now: datetime) -> list[int]:
    """Return the channels of active organisations for which something is due and nobody is at work."""
    due = Notice.objects.filter(channel=OuterRef("pk"), state=NoticeState.WAITING, due_at__lte=now)
    free = NoticeChannel.objects.free(now).filter(Exists(due), organisation__is_active=True)
    return list(free.order_by("pk").values_list("pk", flat=True))


def send_due(clock: Clock) -> int:
    """Send what is due to every channel; return how many were sent. For whoever has no workers at hand."""
    return sum(send_channel(pk, clock) for pk in due_channels(clock()))


def send_channel(pk: int, clock: Clock) -> int:
    """Send what is due to one channel, for a while, and unless another worker does; return how many were sent."""
    channel = NoticeChannel.objects.take(pk, clock())
    if channel is None:
        return 0
    until, count = clock() + RUN, 0
    try:
        while clock() < until and (notice := _claim(channel, clock())) and _send(channel, notice, clock):
            count += notice.state == NoticeState.SENT
    finally:
        channel.let_go()
    return count


def secrets_of(channel: NoticeChannel, now: datetime) -> list[str]:
    """Return what signs a channel's notices: its secret, and for a day after a change the one before it as well."""
    ring = secret(settings.SECRETS_DIR, "notices")
    is_new = channel.secret_number > 1 and now - channel.secret_changed_at < BOTH_SECRETS
    numbers = [channel.secret_number, channel.secret_number - 1] if is_new else [channel.secret_number]
    return [secret_of(ring, str(channel.uuid), number) for number in numbers]


def on_outcome(listener: Outcome) -> None:
    """Say who hears of each notice that arrived or was given up; the last word holds."""
    _listeners[:] = [listener]


def tell_outcome(channel: NoticeChannel, reason: str | None, now: datetime) -> None:
    """Tell whoever listens why a notice of a channel was given up; None: notices arrive, or the channel is no more."""
    for listener in _listeners:
        listener(channel, reason, now)


def _waiting(notice: Notice) -> "QuerySet[Notice]":
    """Return the notice as long as nothing became of it."""
    return Notice.objects.filter(pk=notice.pk, state=NoticeState.WAITING)


def _held(channel: NoticeChannel, notice: Notice) -> "QuerySet[Notice]":
    """Return the notice as long as it waits and this worker has its channel: a later one decides what becomes of it."""
    return _waiting(notice).filter(channel__claim=channel.claim)


def _claim(channel: NoticeChannel, now: datetime) -> Notice | None:
    """Take the first notice that is due. The attempt counts before it is made: whatever kills us, it ends some day."""
    due = Notice.objects.filter(channel=channel, state=NoticeState.WAITING, due_at__lte=now)
    notice = due.select_related("alarm__site").order_by("number", "made_at").first()
    if notice is None:
        return None
    notice.attempts += 1
    notice.due_at = now + BUSY
    return notice if _held(channel, notice).update(attempts=notice.attempts, due_at=notice.due_at) else None


def _send(channel: NoticeChannel, notice: Notice, clock: Clock) -> bool:
    """Send one notice; return whether another may follow at once."""
    if _is_pointless(channel, notice):
        return _settle(_held(channel, notice), notice, NoticeState.SKIPPED, clock())
    try:
        if notice.attempts > settings.LOFT_NOTICE_ATTEMPTS:
            raise NotSent("every worker that tried was lost", is_away=False)  # noqa: TRY301  as any other failure
        _carry(channel, notice, clock())
    except NotSent as reason:
        return _note_failure(channel, notice, reason, clock())
    # It has arrived, even if another worker has the channel by now: who else sent it would send it twice.
    if not _settle(_waiting(notice), notice, NoticeState.SENT, clock()):
        return False
    if channel.failures:
        channel.renew(clock(), failures=0, paused_until=None)
    tell_outcome(channel, None, clock())
    return True


def _is_pointless(channel: NoticeChannel, notice: Notice) -> bool:
    """Whether its alarm is held by now, or a consequence and the channel hears of root causes only; and it heard none.

    Once such an alarm stands in force by itself it is told as raised.
    """
    if notice.alarm is None:
        return False
    if not notice.alarm.held and (channel.is_with_consequences or notice.alarm.root_id is None):
        return False
    return not Notice.objects.filter(channel=channel, alarm=notice.alarm, state=NoticeState.SENT).exists()


def _carry(channel: NoticeChannel, notice: Notice, now: datetime) -> None:
    body, at_s = notice.body.encode(), int(now.timestamp())
    signed = " ".join(signature(secret, str(notice.pk), at_s, body) for secret in secrets_of(channel, now))
    headers: dict[bytes | str, bytes | str] = {
        "webhook-id": str(notice.pk),
        "webhook-timestamp": str(at_s),
        "webhook-signature": signed,
    }
    if channel.kind == ChannelKind.WEBHOOK:
        webhook.post(channel.target, body, headers, guard())
    else:
        mail.send(channel.target, _words(notice), body, {**headers, "Message-ID": f"<{notice.pk}@loft>"})


def _words(notice: Notice) -> tuple[str, str]:
    with override(settings.LANGUAGE_CODE):
        kind, alarm = str(NoticeKind(notice.kind).label), notice.alarm
        if alarm is None:
            return f"[Loft] {kind}", gettext("This message only tries out whether messages arrive.")
        severity, problem = str(Severity(alarm.severity).label), alarm.display_problem
        lines = [
            f"{kind}: {severity}",
            f"{alarm.display_subject}: {problem}",
            f"{notice.made_at:%Y-%m-%d %H:%M:%S} UTC",
            f"{settings.LOFT_URL}/alarms?alarm={alarm.pk}",
        ]
        return f"[Loft] {kind} · {severity} · {alarm.display_subject}: {problem}", "\n".join(lines)


def _settle(rows: "QuerySet[Notice]", notice: Notice, state: NoticeState, now: datetime) -> bool:
    sent_at = now if state == NoticeState.SENT else None
    if not rows.update(state=state, sent_at=sent_at, problem=""):
        return False
    notice.state = state
    return True


def _note_failure(channel: NoticeChannel, notice: Notice, reason: NotSent, now: datetime) -> bool:
    """Try again later, or give up; a channel that is away is left alone for a while. Return whether others may try."""
    wait = max(wait_s(notice.attempts, random.random()), reason.retry_after_s)  # noqa: S311  jitter is no secret
    is_over = notice.attempts >= settings.LOFT_NOTICE_ATTEMPTS
    is_noted = _held(channel, notice).update(
        state=NoticeState.DEAD if is_over else NoticeState.WAITING,
        problem=str(reason)[:300],
        due_at=now + timedelta(seconds=wait),
    )
    if not is_noted:
        return False
    if reason.is_away:
        failures = channel.failures + 1
        pause = min(max(wait_s(failures, random.random()), reason.retry_after_s), LONGEST_PAUSE_S)  # noqa: S311
        channel.renew(now, failures=failures, paused_until=now + timedelta(seconds=pause))
    if is_over:
        tell_outcome(channel, str(reason), now)
    return not reason.is_away
