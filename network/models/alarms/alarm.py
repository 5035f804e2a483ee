"""Alarms: fields after ITU-T X.733 and TMF642, life cycle after ISA-18.2, with the history of each."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from console.models.access.organisation import Owned, ScopedQuerySet
from console.words import shown_name
from network.kernels.alarms.alarm import Hold, life

UNKNOWN_KIND = "unknown"
"""Of an object that only a name tells: of an earlier version, or of a hold that waits for something of that name."""


class Severity(models.TextChoices):
    """How grave an alarm is."""

    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")
    WARNING = "warning", _("Warning")
    INDETERMINATE = "indeterminate", _("Indeterminate")


class AlarmType(models.TextChoices):
    """What kind of fault it is (X.733 section 8.1.1)."""

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


def shown_problem(text: str) -> str:
    """Return a problem's text in the language of whoever reads; no problem is no text."""
    return gettext(text) if text else ""


def in_both_languages(text: str) -> tuple[str, str]:
    """Return a text of the catalogue in English and in Chinese."""
    with override("zh-hans"):
        return text, shown_problem(text)


_CONDITIONS = {
    AlarmState.UNACKNOWLEDGED: Q(held="", ended_at=None, acknowledged_at=None),
    AlarmState.ACKNOWLEDGED: Q(held="", ended_at=None, acknowledged_at__isnull=False),
    AlarmState.RETURNED: Q(held="", ended_at__isnull=False, acknowledged_at=None),
    AlarmState.NORMAL: Q(held="", ended_at__isnull=False, acknowledged_at__isnull=False),
    AlarmState.SHELVED: Q(held=HoldKind.SHELVED),
    AlarmState.SUPPRESSED: Q(held=HoldKind.SUPPRESSED),
    AlarmState.OUT_OF_SERVICE: Q(held=HoldKind.OUT_OF_SERVICE),
}


SEVERITY_RANK = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(reversed(Severity.values), start=1)),
    default=Value(0),
    output_field=IntegerField(),
)
"""How grave an alarm is, as a number to order by: 5 is critical."""
_LIFE = Case(
    *(When(condition, then=Value(rank)) for rank, condition in enumerate(_CONDITIONS.values())),
    output_field=IntegerField(),
)
_IS_OVER = Case(When(ended_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
GRAVEST_FIRST = (_IS_OVER.asc(), SEVERITY_RANK.desc(), F("started_at").desc(), F("pk").desc())
"""What matters first: active before returned, then by severity, the newest first of what is equal."""
_NEWEST_FIRST = (F("started_at").desc(), F("pk").desc())
ORDERS: dict[str, tuple[OrderBy, ...]] = {
    "priority": GRAVEST_FIRST,
    "severity": (SEVERITY_RANK.desc(), *_NEWEST_FIRST),
    "state": (_LIFE.asc(), *_NEWEST_FIRST),
    "ended_at": (F("ended_at").asc(nulls_last=True), *_NEWEST_FIRST),
    "acknowledged_at": (F("acknowledged_at").asc(nulls_last=True), *_NEWEST_FIRST),
}
"""Orders of alarms that are not a field's own: by consequence rather than by letter, and alike on every database."""


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
    object_kind = models.CharField(max_length=24, default=UNKNOWN_KIND)
    object_key = models.CharField(max_length=120, blank=True, default="")
    problem = models.CharField(max_length=60, blank=True, default="")  # empty: every problem of the object
    subject = models.CharField(max_length=120)  # what the object was called last
    subject_zh = models.CharField(max_length=120, blank=True, default="")
    specific_problem = models.CharField(max_length=120, blank=True, default="")  # the problem's text
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
                fields=["organisation", "object_kind", "object_key", "problem"],
                condition=Q(ended_at=None),
                name="one_hold_per_object_and_problem",
            ),
            models.CheckConstraint(
                condition=~Q(kind=HoldKind.SHELVED) | Q(until_at__isnull=False), name="shelving_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}"

    @property
    def display_subject(self) -> str:
        """What it holds is called, in the language of whoever reads."""
        return shown_name(self.subject, self.subject_zh)

    @property
    def display_problem(self) -> str:
        """Which problem it holds, in the language of whoever reads; empty: every one."""
        return shown_problem(self.specific_problem)

    def covers(self, alarm: "Alarm") -> bool:
        """Whether it holds this alarm."""
        if self.organisation_id != alarm.organisation_id or self.problem not in ("", alarm.problem):
            return False
        if self.object_kind == UNKNOWN_KIND:  # declared by name before anything was called so
            return self.object_key in (alarm.subject, alarm.subject_zh)
        return (self.object_kind, self.object_key) == (alarm.object_kind, alarm.object_key)


class Alarm(Owned):
    """Something that needs a person, of whoever owns its object. One is open per owner, object and problem (X.733).

    The managed object is a kind and a key that outlives renaming. `subject` and `subject_zh` are its last known names,
    and `specific_problem` the English text of the problem: for search, and for what is no longer there.
    """

    severity = models.CharField(max_length=13, choices=Severity.choices, db_index=True)
    grade = models.CharField(max_length=24, blank=True, default="")  # circumstance that decides it; empty: the usual
    alarm_type = models.CharField(max_length=20, choices=AlarmType.choices)
    probable_cause = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=24)  # as registered: "site", "link", or "platform"
    object_key = models.CharField(max_length=120)  # natural: slug, serial, uuid; "*": all of the kind
    problem = models.CharField(max_length=60)  # code, as registered
    specific_problem = models.CharField(max_length=120)
    subject = models.CharField(max_length=120)  # readable on its own: "BS-012", "prober"
    subject_zh = models.CharField(max_length=120, blank=True, default="")
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
                fields=["organisation", "object_kind", "object_key", "problem"],
                condition=Q(ended_at=None),
                name="one_open_alarm_per_object_and_problem",
            )
        ]
        indexes = [
            models.Index(fields=["object_key", "started_at"], name="alarm_by_object"),
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
    def display_subject(self) -> str:
        """What its object is called, in the language of whoever reads."""
        return shown_name(self.subject, self.subject_zh)

    @property
    def display_problem(self) -> str:
        """What is wrong, in the language of whoever reads."""
        return shown_problem(self.specific_problem)

    @property
    def search_text(self) -> str:
        """What a channel looks for words in: names and problem in both languages, in small letters."""
        words = (self.subject, self.subject_zh, *in_both_languages(self.specific_problem))
        return "\n".join(words).casefold()

    @property
    def state(self) -> AlarmState:
        """Where the alarm is in its life."""
        state = life(
            is_active=self.ended_at is None, is_acknowledged=self.acknowledged_at is not None, hold=Hold(self.held)
        )
        return AlarmState(state.value)


class AlarmEntry(models.Model):
    """One thing that happened to an alarm; rows are only ever added."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=EntryKind.choices)
    actor = models.CharField(max_length=160)
    system = models.CharField(max_length=150, blank=True, default="")  # the actor acts for it, and named it so
    text = models.CharField(max_length=500, blank=True, default="")  # comment or reason; of a root cause its name then
    until_at = models.DateTimeField(null=True, blank=True)  # of a hold
    severity_before = models.CharField(max_length=13, choices=Severity.choices, blank=True, default="")
    severity_after = models.CharField(max_length=13, choices=Severity.choices, blank=True, default="")
    person = models.CharField(max_length=150, blank=True, default="")  # to whom it was assigned
    root = models.ForeignKey(Alarm, models.SET_NULL, null=True, blank=True, related_name="+")  # attributed to
    step = models.PositiveSmallIntegerField(null=True, blank=True)  # of escalation
    after_s = models.PositiveIntegerField(null=True, blank=True)  # unacknowledged for so long
    channel = models.CharField(max_length=80, blank=True, default="")  # that the escalation told

    owner_path: ClassVar[str] = "alarm__organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["alarm", "at"], name="alarm_entry_by_alarm"), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.kind} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def words(self) -> str:
        """What the row says, in one line."""
        if self.severity_after:
            return f"{self.severity_before} → {self.severity_after}"
        if self.step is not None:
            return f"{self.step} · {self.after_s} s" + (f" → {self.channel}" if self.channel else "")
        if self.root:
            return self.root.display_subject
        return self.text or self.person


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
