"""Notices of alarms to other systems: where they go, what waits to be sent, and when an alarm is passed on."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models.access.organisation import Owned, ScopedQuerySet
from console.models.leased import Leased, LeasedQuerySet
from network.models.alarms.alarm import Alarm, AlarmEntry, AlarmType, Severity

MOST_STEPS = 5
BUSY = timedelta(seconds=60)
"""A worker that has said nothing for so long is dead; another takes its channel, and sends the same notice again."""


class ChannelKind(models.TextChoices):
    """How notices are carried."""

    WEBHOOK = "webhook", _("Webhook")
    EMAIL = "email", _("E-mail")


class NoticeKind(models.TextChoices):
    """What a notice is about."""

    RAISED = "raised", _("Raised")
    SEVERITY = "severity", _("Severity changed")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    UNACKNOWLEDGED = "unacknowledged", _("Acknowledgement taken back")
    CLEARED = "cleared", _("Cleared")
    ESCALATED = "escalated", _("Escalated")
    TEST = "test", _("Test")


class NoticeState(models.TextChoices):
    """Where a notice is on its way."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    SKIPPED = "skipped", _("Left out: held, or a consequence of a root cause")
    DEAD = "dead", _("Given up")


class NoticeChannel(Owned, Leased):
    """Where notices go, and which: of alarms that its organisation may see. One worker sends for it at a time.

    What signs them is derived from `uuid` and `secret_number`; it is not stored.
    """

    name = models.CharField(max_length=80)
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=ChannelKind.choices)
    target = models.CharField(max_length=500)  # a URL, or e-mail addresses with commas between them
    least_severity = models.CharField(max_length=13, choices=Severity.choices, default=Severity.WARNING)
    region = models.ForeignKey("network.Region", models.CASCADE, null=True, blank=True, related_name="+")
    alarm_type = models.CharField(max_length=20, choices=AlarmType.choices, blank=True, default="")
    search = models.CharField(max_length=80, blank=True, default="")  # of the subject or the problem
    is_active = models.BooleanField(default=True)
    is_with_consequences = models.BooleanField(default=False)
    is_for_escalations_only = models.BooleanField(default=False)
    secret_number = models.PositiveIntegerField(default=1)
    secret_changed_at = models.DateTimeField()
    made_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True, blank=True)  # it was away; longer the more often it failed
    failures = models.PositiveIntegerField(default=0)  # in a row

    lease = BUSY
    objects = LeasedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="one_channel_per_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def takable_if(cls, now: datetime) -> Q:
        """Return that it is on, and not left alone for a while."""
        return (Q(paused_until=None) | Q(paused_until__lte=now)) & Q(is_active=True)

    def may_hear(self, alarm: Alarm) -> bool:
        """Whether its organisation may see an alarm. The channel's organisation must have been selected."""
        return alarm.organisation_id == self.organisation_id or self.organisation.role("channel").sees_all


class Notice(models.Model):
    """One notice to one channel: written with what it tells of, sent later, at least once, always under its id."""

    uuid = models.UUIDField(primary_key=True, default=uuid4)
    number = models.BigIntegerField(default=0)  # the order in which they were written
    channel = models.ForeignKey(NoticeChannel, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    alarm = models.ForeignKey(Alarm, models.SET_NULL, null=True, blank=True, related_name="notices")
    entry = models.ForeignKey(AlarmEntry, models.SET_NULL, null=True, blank=True, related_name="+")
    body = models.TextField()  # what is signed and sent, byte by byte
    state = models.CharField(max_length=8, choices=NoticeState.choices, default=NoticeState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")  # of the last attempt
    made_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    owner_path: ClassVar[str] = "channel__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-number"]
        constraints = [models.UniqueConstraint(fields=["channel", "entry"], name="one_notice_per_channel_and_entry")]
        indexes = [
            models.Index(fields=["channel", "due_at"], condition=Q(state="waiting"), name="notice_waiting"),
            models.Index(fields=["state", "made_at"], name="notice_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.channel_id} {self.state}"


class EscalationRule(Owned):
    """One step: an alarm of its organisation this grave that nobody has acknowledged for so long.

    It is raised in the strip and passed on.
    """

    severity = models.CharField(max_length=13, choices=Severity.choices)
    step = models.PositiveSmallIntegerField()
    after_s = models.PositiveIntegerField()
    channel = models.ForeignKey(NoticeChannel, models.SET_NULL, null=True, blank=True, related_name="rules")
    is_active = models.BooleanField(default=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["severity", "step"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "severity", "step"], name="one_rule_per_severity_and_step"),
            models.CheckConstraint(condition=Q(step__gte=1, step__lte=MOST_STEPS), name="step_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.severity} step {self.step} after {self.after_s} s"
