"""Alarms: fields after ITU-T X.733 and TMF642, life cycle after ISA-18.2, with the history of each."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models.organisation import Owned, ScopedQuerySet
from network.kernels.alarm import Hold, life


class Severity(models.TextChoices):
    """How grave an alarm is."""

    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")
    WARNING = "warning", _("Warning")
    INDETERMINATE = "indeterminate", _("Indeterminate")


class AlarmType(models.TextChoices):
    """What kind of trouble it is (X.733 section 8.1.1)."""

    COMMUNICATIONS = "communications", _("Communications")
    QUALITY_OF_SERVICE = "quality_of_service", _("Quality of service")
    PROCESSING = "processing", _("Processing")
    EQUIPMENT = "equipment", _("Equipment")
    ENVIRONMENTAL = "environmental", _("Environmental")


class AlarmState(models.TextChoices):
    """Where an alarm is in its life (ISA-18.2); the values are those of `kernels.alarm.Life`."""

    UNACKNOWLEDGED = "unacknowledged", _("Active, unacknowledged")
    ACKNOWLEDGED = "acknowledged", _("Active, acknowledged")
    RETURNED = "returned", _("Returned, unacknowledged")
    NORMAL = "normal", _("Normal")
    SHELVED = "shelved", _("Shelved")
    SUPPRESSED = "suppressed", _("Suppressed by design")
    OUT_OF_SERVICE = "out_of_service", _("Out of service")


class HoldKind(models.TextChoices):
    """Why an alarm is kept from the operator's attention."""

    SHELVED = Hold.SHELVED.value, _("Shelved")
    SUPPRESSED = Hold.SUPPRESSED.value, _("Suppressed by design")
    OUT_OF_SERVICE = Hold.OUT_OF_SERVICE.value, _("Out of service")


class EntryKind(models.TextChoices):
    """What happened to an alarm."""

    RAISED = "raised", _("Raised")
    REPEATED = "repeated", _("Raised again")
    SEVERITY = "severity", _("Severity changed")
    CLEARING = "clearing", _("Cause gone, held open because it flaps")
    CLEARED = "cleared", _("Cleared")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    UNACKNOWLEDGED = "unacknowledged", _("Acknowledgement taken back")
    COMMENTED = "commented", _("Commented")
    ASSIGNED = "assigned", _("Assigned")
    HELD = "held", _("Held")
    RELEASED = "released", _("Released")
    CORRELATED = "correlated", _("Attributed to a root cause")
    DETACHED = "detached", _("Stands on its own again")
    ESCALATED = "escalated", _("Escalated")


_CONDITIONS = {
    AlarmState.UNACKNOWLEDGED: Q(held="", ended_at=None, acknowledged_at=None),
    AlarmState.ACKNOWLEDGED: Q(held="", ended_at=None, acknowledged_at__isnull=False),
    AlarmState.RETURNED: Q(held="", ended_at__isnull=False, acknowledged_at=None),
    AlarmState.NORMAL: Q(held="", ended_at__isnull=False, acknowledged_at__isnull=False),
    AlarmState.SHELVED: Q(held=HoldKind.SHELVED),
    AlarmState.SUPPRESSED: Q(held=HoldKind.SUPPRESSED),
    AlarmState.OUT_OF_SERVICE: Q(held=HoldKind.OUT_OF_SERVICE),
}


class AlarmQuerySet(ScopedQuerySet["Alarm"]):
    """Ways to pick alarms."""

    def whole(self) -> "AlarmQuerySet":
        """Select with each alarm what its wire shape shows of others."""
        return self.select_related("site", "hold", "organisation")

    def active(self) -> "AlarmQuerySet":
        """Return the alarms whose cause still holds."""
        return self.filter(ended_at=None)

    def annunciated(self) -> "AlarmQuerySet":
        """Return the active alarms that ask for a person: not held, and not the consequence of another."""
        return self.filter(ended_at=None, held="", root=None)

    def returned(self) -> "AlarmQuerySet":
        """Return the alarms whose cause is gone and which nobody has acknowledged: they still ask for a person."""
        return self.filter(ended_at__isnull=False, acknowledged_at=None, held="", root=None)

    def in_states(self, states: list[str]) -> "AlarmQuerySet":
        """Return the alarms in any of these states of life."""
        wanted = Q(pk__in=[])
        for state in states:
            wanted |= _CONDITIONS[AlarmState(state)]
        return self.filter(wanted)


class AlarmHold(Owned):
    """A subject, or one problem of it, that is shelved, suppressed or out of service; in force while not ended.

    It holds alarms of its own organisation. That of a maintenance belongs to whoever announced it, and holds any.
    """

    kind = models.CharField(max_length=16, choices=HoldKind.choices)
    subject = models.CharField(max_length=120)
    specific_problem = models.CharField(max_length=120, blank=True, default="")  # empty: every problem of the subject
    reason = models.CharField(max_length=500)
    started_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)  # null: until somebody ends it; never for a shelved one
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    actor = models.CharField(max_length=160)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    maintenance = models.ForeignKey(  # that it follows from: it covers what that concerns, and ends with it
        "network.Maintenance", models.SET_NULL, null=True, blank=True, related_name="holds"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "subject", "specific_problem"],
                condition=Q(ended_at=None),
                name="one_hold_per_problem",
            ),
            models.CheckConstraint(
                condition=~Q(kind=HoldKind.SHELVED) | Q(until_at__isnull=False), name="shelving_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}"

    def covers(self, alarm: "Alarm") -> bool:
        """Whether it holds this alarm."""
        is_ours = (self.organisation_id, self.subject) == (alarm.organisation_id, alarm.subject)
        return is_ours and self.specific_problem in ("", alarm.specific_problem)


class Alarm(Owned):
    """Something that needs a person, of whoever owns its subject. One is open per owner, subject and problem."""

    severity = models.CharField(max_length=13, choices=Severity.choices, db_index=True)
    alarm_type = models.CharField(max_length=20, choices=AlarmType.choices)
    probable_cause = models.CharField(max_length=80)
    specific_problem = models.CharField(max_length=120)
    subject = models.CharField(max_length=120)  # readable on its own: "BS-012", "prober"
    site = models.ForeignKey("network.Site", models.CASCADE, null=True, blank=True, related_name="alarms")
    detail = models.JSONField(default=dict)  # the figures behind it: metric, value, objective
    started_at = models.DateTimeField(db_index=True)
    waits_since_at = models.DateTimeField(null=True, blank=True)  # for a person, anew; null: since it was raised
    changed_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    acknowledged_name = models.CharField(max_length=160, blank=True, default="")
    comment = models.CharField(max_length=500, blank=True, default="")  # the newest
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    assigned_name = models.CharField(max_length=160, blank=True, default="")
    hold = models.ForeignKey(AlarmHold, models.SET_NULL, null=True, blank=True, related_name="alarms")
    held = models.CharField(max_length=16, blank=True, default="")  # the hold's kind, so that lists need not join
    root = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    child_count = models.PositiveIntegerField(default=0)  # how many alarms were attributed to this one
    occurrences = models.PositiveIntegerField(default=1)  # how often it was raised while it stayed open
    is_flapping = models.BooleanField(default=False)
    escalation = models.PositiveSmallIntegerField(default=0)  # the last step that was taken because nobody acknowledged
    escalated_at = models.DateTimeField(null=True, blank=True)
    clears_at = models.DateTimeField(null=True, blank=True)  # its cause is away; it ends then unless raised again

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        permissions = [("acknowledge_alarm", "Can acknowledge alarms")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "subject", "specific_problem"],
                condition=Q(ended_at=None),
                name="one_open_alarm_per_subject_and_problem",
            )
        ]
        indexes = [
            models.Index(fields=["subject", "started_at"], name="alarm_by_subject"),
            models.Index(
                fields=["severity", "started_at"],
                condition=Q(ended_at=None, acknowledged_at=None, held="", root=None),
                name="alarm_waiting",
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(ended_at__isnull=False, acknowledged_at=None, held="", root=None),
                name="alarm_returned",
            ),
            models.Index(fields=["clears_at"], condition=Q(clears_at__isnull=False), name="alarm_clearing"),
        ]

    def __str__(self) -> str:
        return f"{self.severity}: {self.subject}: {self.specific_problem}"

    @property
    def state(self) -> AlarmState:
        """Where the alarm is in its life."""
        found = life(
            is_active=self.ended_at is None, is_acknowledged=self.acknowledged_at is not None, hold=Hold(self.held)
        )
        return AlarmState(found.value)


class AlarmEntry(models.Model):
    """One thing that happened to an alarm; rows are only ever added."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=EntryKind.choices)
    actor = models.CharField(max_length=160)
    system = models.CharField(max_length=150, blank=True, default="")  # the actor acts for it, and named it so
    text = models.CharField(max_length=500, blank=True, default="")  # comment, reason, or to whom
    until_at = models.DateTimeField(null=True, blank=True)  # of a hold

    owner_path: ClassVar[str] = "alarm__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["alarm", "at"], name="alarm_entry_by_alarm"), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class AlarmView(Owned):
    """A filter of the alarm list that a person keeps under a name; a shared one is for their organisation."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alarm_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True, default="")  # as in the address bar
    is_shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_alarm_view_per_name")]

    def __str__(self) -> str:
        return self.name
