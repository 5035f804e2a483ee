"""Alarms: fields after ITU-T X.733 and TMF642, life cycle after ISA-18.2."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    """How grave an alarm is."""

    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")
    WARNING = "warning", _("Warning")


class AlarmType(models.TextChoices):
    """What kind of trouble it is (X.733 section 8.1.1)."""

    COMMUNICATIONS = "communications", _("Communications")
    QUALITY_OF_SERVICE = "quality_of_service", _("Quality of service")
    PROCESSING = "processing", _("Processing")
    EQUIPMENT = "equipment", _("Equipment")
    ENVIRONMENTAL = "environmental", _("Environmental")


class AlarmState(models.TextChoices):
    """Where an alarm is in its life (ISA-18.2)."""

    UNACKNOWLEDGED = "unacknowledged", _("Active, unacknowledged")
    ACKNOWLEDGED = "acknowledged", _("Active, acknowledged")
    RETURNED = "returned", _("Returned, unacknowledged")
    NORMAL = "normal", _("Normal")


_CONDITIONS = {
    AlarmState.UNACKNOWLEDGED: Q(ended_at=None, acknowledged_at=None),
    AlarmState.ACKNOWLEDGED: Q(ended_at=None, acknowledged_at__isnull=False),
    AlarmState.RETURNED: Q(ended_at__isnull=False, acknowledged_at=None),
    AlarmState.NORMAL: Q(ended_at__isnull=False, acknowledged_at__isnull=False),
}


class AlarmQuerySet(models.QuerySet["Alarm"]):
    """Ways to pick alarms."""

    def active(self) -> "AlarmQuerySet":
        """Return the alarms whose cause still holds."""
        return self.filter(ended_at=None)

    def in_states(self, states: list[str]) -> "AlarmQuerySet":
        """Return the alarms in any of these states of life."""
        wanted = Q(pk__in=[])
        for state in states:
            wanted |= _CONDITIONS[AlarmState(state)]
        return self.filter(wanted)


class Alarm(models.Model):
    """Something that needs a person. One is open per subject and specific problem."""

    severity = models.CharField(max_length=10, choices=Severity.choices, db_index=True)
    alarm_type = models.CharField(max_length=20, choices=AlarmType.choices)
    probable_cause = models.CharField(max_length=80)
    specific_problem = models.CharField(max_length=120)
    subject = models.CharField(max_length=120)  # readable on its own: "BS-012", "prober"
    site = models.ForeignKey("network.Site", models.CASCADE, null=True, blank=True, related_name="alarms")
    detail = models.JSONField(default=dict)  # the figures behind it: metric, value, objective
    started_at = models.DateTimeField(db_index=True)
    changed_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    acknowledged_name = models.CharField(max_length=160, blank=True, default="")
    comment = models.CharField(max_length=500, blank=True, default="")

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        permissions = [("acknowledge_alarm", "Can acknowledge alarms")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "specific_problem"],
                condition=Q(ended_at=None),
                name="one_open_alarm_per_subject_and_problem",
            )
        ]

    def __str__(self) -> str:
        return f"{self.severity}: {self.subject}: {self.specific_problem}"

    @property
    def state(self) -> AlarmState:
        """Where the alarm is in its life."""
        if self.ended_at is None:
            return AlarmState.UNACKNOWLEDGED if self.acknowledged_at is None else AlarmState.ACKNOWLEDGED
        return AlarmState.RETURNED if self.acknowledged_at is None else AlarmState.NORMAL
