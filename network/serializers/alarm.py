"""Wire shapes of alarms."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from console.serializers.owner import OwnerField
from console.serializers.time import TimeField
from network.events import alarm_json
from network.models import Alarm, AlarmEntry, AlarmHold, AlarmState, AlarmType, AlarmView, EntryKind, HoldKind, Severity

MAX_IDS = 500


class AlarmSerializer(serializers.Serializer[Alarm]):
    """An alarm; the same fields as in the event `AlarmChanged`, with the title in the reader's language."""

    id = serializers.IntegerField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    alarm_type = serializers.ChoiceField(choices=AlarmType.choices)
    probable_cause = serializers.CharField()
    specific_problem = serializers.CharField()
    subject = serializers.CharField()
    title = serializers.CharField()
    site = serializers.CharField(allow_null=True)
    detail = serializers.DictField()
    state = serializers.ChoiceField(choices=AlarmState.choices)
    started_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_blank=True)
    comment = serializers.CharField(allow_blank=True)
    assigned_to = serializers.CharField(allow_blank=True)
    held_until = serializers.DateTimeField(allow_null=True)
    held_by = serializers.CharField(allow_blank=True)
    held_reason = serializers.CharField(allow_blank=True)
    root = serializers.IntegerField(  # type: ignore[assignment]
        allow_null=True, help_text="Of whose cause this one is a consequence."
    )
    child_count = serializers.IntegerField(help_text="How many alarms were attributed to this one.")
    occurrences = serializers.IntegerField()
    is_flapping = serializers.BooleanField()
    clears_at = TimeField(allow_null=True, help_text="Its cause is away; it ends then unless it is back.")
    escalation = serializers.IntegerField(help_text="The last step taken because nobody acknowledged; 0 for none.")
    escalated_at = serializers.DateTimeField(allow_null=True)
    organisation = serializers.CharField(help_text="Slug of the organisation that owns the subject.")

    def to_representation(self, instance: Alarm | dict[str, Any]) -> dict[str, Any]:
        """Show the alarm, its title translated."""
        row = dict(instance) if isinstance(instance, dict) else alarm_json(instance)
        row["title"] = f"{row['subject']}: {gettext(row['specific_problem'])}"
        return super().to_representation(row)  # type: ignore[arg-type]


class AcknowledgeSerializer(serializers.Serializer[Any]):
    """What a person says about an alarm."""

    comment = serializers.CharField(max_length=500, allow_blank=True, default="")


class AcknowledgeManySerializer(AcknowledgeSerializer):
    """The same, for several alarms at once."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), min_length=1, max_length=MAX_IDS
    )


class NotDoneSerializer(serializers.Serializer[Any]):
    """An alarm to which a deed was not done, and why."""

    id = serializers.IntegerField()
    reason = serializers.CharField()


class DeedOutcomeSerializer(serializers.Serializer[Any]):
    """What became of a deed when several alarms were named."""

    done = AlarmSerializer(many=True, help_text="As they are now.")
    refused = NotDoneSerializer(many=True)


class SummarySerializer(serializers.Serializer[Any]):
    """Active alarms counted by severity, and the newest that nobody has acknowledged."""

    counts = serializers.DictField(child=serializers.IntegerField())
    unacknowledged = serializers.DictField(child=serializers.IntegerField())
    newest = AlarmSerializer(allow_null=True)
    foremost = AlarmSerializer(allow_null=True, help_text="The newest of those that escalated furthest.")
    returned = serializers.IntegerField(help_text="Over, and not acknowledged; neither held nor consequences.")
    held = serializers.IntegerField()
    consequences = serializers.IntegerField()
    escalated = serializers.IntegerField(help_text="Unacknowledged, and escalated.")
    at = serializers.DateTimeField()


class IdsSerializer(serializers.Serializer[Any]):
    """Which alarms."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), min_length=1, max_length=MAX_IDS
    )


class CommentSerializer(IdsSerializer):
    """Words about alarms."""

    comment = serializers.CharField(max_length=500)


class AssignSerializer(IdsSerializer):
    """Who looks after alarms; empty: nobody."""

    person = serializers.CharField(max_length=150, allow_blank=True)


class HoldSerializer(IdsSerializer):
    """Why and until when alarms are held; null: until somebody ends it."""

    reason = serializers.CharField(max_length=500)
    until_at = TimeField(allow_null=True, default=None)


class ShelveSerializer(IdsSerializer):
    """Why and until when alarms are shelved."""

    reason = serializers.CharField(max_length=500)
    until_at = serializers.DateTimeField()


class AlarmHoldSerializer(serializers.ModelSerializer[AlarmHold]):
    """A subject, or one problem of it, that is held."""

    kind = serializers.ChoiceField(choices=HoldKind.choices)
    specific_problem = serializers.CharField(max_length=120, allow_blank=True, default="")
    until_at = TimeField(allow_null=True, default=None)
    organisation = OwnerField()

    class Meta:
        model = AlarmHold
        fields = [
            "id", "kind", "subject", "specific_problem", "reason", "started_at", "until_at",
            "ended_at", "actor", "maintenance", "organisation",
        ]  # fmt: skip
        read_only_fields = ["id", "started_at", "ended_at", "actor", "maintenance"]
        validators: list[Any] = []  # the action refuses


class AlarmEntrySerializer(serializers.ModelSerializer[AlarmEntry]):
    """One thing that happened to an alarm."""

    kind = serializers.ChoiceField(choices=EntryKind.choices)

    class Meta:
        model = AlarmEntry
        fields = ["id", "at", "kind", "actor", "system", "text", "until_at"]


class AlarmViewSerializer(serializers.ModelSerializer[AlarmView]):
    """A filter of the alarm list, kept under a name."""

    owner = serializers.CharField(source="person.username", read_only=True)

    class Meta:
        model = AlarmView
        fields = ["id", "name", "query", "is_shared", "owner"]
        read_only_fields = ["id"]
        validators: list[Any] = []  # the action refuses


class AssigneeSerializer(serializers.Serializer[Any]):
    """Somebody whom alarms can be assigned to."""

    username = serializers.CharField()
