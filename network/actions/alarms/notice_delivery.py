"""Alarms of channels whose notices do not arrive. Who sends them says what came of it, and knows nothing of alarms."""

from datetime import datetime

from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity, Reason
from network.actions.alarms.alarm_source import AlarmSource
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import CHANNEL, ManagedObject, Name
from network.actions.alarms.problem import Problem, register
from network.actions.notices import notice_send
from network.models import AlarmType, NoticeChannel, Severity

UNDELIVERED = register(Problem(
    "notices_undelivered", "Notices of alarms cannot be delivered", AlarmType.PROCESSING,
    "communicationsSubsystemFailure", Severity.MINOR,
))  # fmt: skip


def identity(channel: NoticeChannel) -> Identity:
    """Return what tells the alarm apart that a channel raises."""
    return Identity(CHANNEL, str(channel.uuid), UNDELIVERED.code, channel.owner_pk)


def note(channel: NoticeChannel, reason: str | None, now: datetime) -> None:
    """Raise an alarm of a channel for which a notice was given up; clear it once one arrives, or the channel goes."""
    if reason is None:
        apply(Delta(over=[identity(channel)]), now)
        return
    about = ManagedObject(CHANNEL, str(channel.uuid), Name(channel.name, channel.name))
    apply(Delta([AlarmCondition(about, UNDELIVERED, Reason(reason[:300]), organisation=channel.owner_pk)]), now)


register_source(AlarmSource((UNDELIVERED,)))
notice_send.on_outcome(note)
