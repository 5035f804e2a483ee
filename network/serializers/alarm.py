"""Wire shapes of alarms."""

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from network.events import alarm_json
from network.models import Alarm, AlarmState, AlarmType, Severity

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

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=MAX_IDS)


class SummarySerializer(serializers.Serializer[Any]):
    """Active alarms counted by severity, and the newest that nobody has acknowledged."""

    counts = serializers.DictField(child=serializers.IntegerField())
    unacknowledged = serializers.DictField(child=serializers.IntegerField())
    newest = AlarmSerializer(allow_null=True)
    at = serializers.DateTimeField()
