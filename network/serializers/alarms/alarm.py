"""Wire shapes of alarms."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from console.rest.fields import OwnerField, TimeField
from console.rest.parse import Typed
from console.words import shown_name
from network.events import alarm_json
from network.models import Alarm, AlarmEntry, AlarmHold, AlarmState, AlarmType, AlarmView, EntryKind, HoldKind, Severity

MAX_IDS = 500


class AlarmSerializer(serializers.Serializer[Alarm]):
    """An alarm; the same fields as in the event `AlarmChanged`, with its words in the reader's language."""

    id = serializers.IntegerField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    alarm_type = serializers.ChoiceField(choices=AlarmType.choices)
    probable_cause = serializers.CharField()
    object_kind = serializers.CharField(help_text="What kind of managed object it is about: such as `site` or `link`.")
    object_key = serializers.CharField(help_text="Which one: its key, which outlives renaming; `*`: all of the kind.")
    problem = serializers.CharField(help_text="Code of the problem.")
    specific_problem = serializers.CharField(help_text="The problem in the reader's language.")
    subject = serializers.CharField(help_text="What the object is called, in the reader's language.")
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
        """Show the alarm, its words translated."""
        row = dict(instance) if isinstance(instance, dict) else alarm_json(instance)
        row["subject"] = shown_name(row["subject"], row["subject_zh"])
        message = row["specific_problem"]
        row["specific_problem"] = gettext(message)
        row["title"] = f"{row['subject']}: {row['specific_problem']}"
        return super().to_representation(row)  # type: ignore[arg-type]


class AcknowledgeSerializer(Typed[str]):
    """What a person says about an alarm."""

    comment = serializers.CharField(max_length=500, allow_blank=True, default="")

    def made(self) -> str:
        return str(self.validated_data["comment"])


class AcknowledgeManySerializer(AcknowledgeSerializer):
    """The same, for several alarms at once."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), min_length=1, max_length=MAX_IDS
    )


class NotDoneSerializer(serializers.Serializer[Any]):
    """An alarm to which an action was not done, and why."""

    id = serializers.IntegerField()
    reason = serializers.CharField()


class OperatorActionOutcomeSerializer(serializers.Serializer[Any]):
    """What became of an action when several alarms were named."""

    done = AlarmSerializer(many=True, help_text="As they are now.")
    refused = NotDoneSerializer(many=True)


class SummarySerializer(serializers.Serializer[Any]):
    """Active alarms counted by severity, and the gravest and the newest that nobody has acknowledged."""

    counts = serializers.DictField(child=serializers.IntegerField())
    unacknowledged = serializers.DictField(child=serializers.IntegerField())
    gravest = AlarmSerializer(allow_null=True, help_text="Of equally grave ones the newest.")
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
    """An object, or one problem of it, that is held: told by kind and key, or by the name that alarms show."""

    kind = serializers.ChoiceField(choices=HoldKind.choices)
    object_kind = serializers.CharField(
        max_length=24, required=False, help_text="With `object_key`, as alarms tell it."
    )
    object_key = serializers.CharField(max_length=120, required=False, allow_blank=True)
    problem = serializers.CharField(
        max_length=60, required=False, allow_blank=True, help_text="Code; empty: every one."
    )
    subject = serializers.CharField(
        max_length=120, required=False, help_text="Its name, sent where no key is; answered in the reader's language."
    )
    specific_problem = serializers.CharField(max_length=120, allow_blank=True, default="")
    until_at = TimeField(allow_null=True, default=None)
    organisation = OwnerField()

    class Meta:
        model = AlarmHold
        fields = [
            "id", "kind", "object_kind", "object_key", "problem", "subject", "specific_problem", "reason", "started_at",
            "until_at", "ended_at", "actor", "maintenance", "organisation",
        ]  # fmt: skip
        read_only_fields = ["id", "started_at", "ended_at", "actor", "maintenance"]
        validators: list[Any] = []  # the action refuses

    def to_representation(self, instance: AlarmHold) -> dict[str, Any]:
        """Show the hold, its words in the reader's language."""
        names = {"subject": instance.display_subject, "specific_problem": instance.display_problem}
        return super().to_representation(instance) | names

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a hold of nothing, or of half an object."""
        missing = [name for name in ("object_kind", "object_key") if name not in attrs]
        if len(missing) == 1:
            raise serializers.ValidationError({missing[0]: ["None given; expected object_kind and object_key."]})
        if missing and "subject" not in attrs:
            raise serializers.ValidationError({"subject": ["None given; expected it, or object_kind and object_key."]})
        return attrs


class AlarmEntrySerializer(serializers.ModelSerializer[AlarmEntry]):
    """One thing that happened to an alarm."""

    kind = serializers.ChoiceField(choices=EntryKind.choices)
    text = serializers.CharField(source="words", help_text="What the row says, in one line.")

    class Meta:
        model = AlarmEntry
        fields = [
            "id", "at", "kind", "actor", "system", "text", "until_at", "severity_before", "severity_after", "person",
            "root", "step", "after_s", "channel",
        ]  # fmt: skip


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
