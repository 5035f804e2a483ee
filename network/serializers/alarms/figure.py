"""Wire shapes of what was promised and what is."""

from typing import Any

from rest_framework import serializers

from network.actions.alarms.managed_object import page_of
from network.events import alarm_json
from network.models import Alarm
from network.serializers.alarms.alarm import AlarmSerializer


class AlarmFigureSerializer(serializers.Serializer[Any]):
    """What is promised for the object of an alarm and what is measured now."""

    metric = serializers.CharField(help_text="As of agreements; empty: nothing is promised, only the silence is told.")
    value = serializers.FloatField(
        allow_null=True, help_text="Milliseconds for a time, otherwise a share; null: unknown, of `at` or since."
    )
    promised = serializers.FloatField(allow_null=True, help_text="The objective; null: nothing is promised any more.")
    at = serializers.DateTimeField(allow_null=True, help_text="When it was measured; null: never.")
    silent_since = serializers.DateTimeField(allow_null=True, help_text="No round since then was answered.")
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class AlarmRowSerializer(AlarmSerializer):
    """An alarm with its present figures."""

    figure = AlarmFigureSerializer(
        allow_null=True, help_text="As of now; null: the alarm is over, or nothing of it is measured round by round."
    )
    page = serializers.CharField(help_text="Address of the page of what it is about; empty: there is none.")
    place = serializers.CharField(help_text="Address of the map that shows where it is; empty: it is nowhere.")

    def to_representation(self, instance: Alarm | dict[str, Any]) -> dict[str, Any]:
        """Add the figures that the view read for all alarms at once, and where its object is."""
        row = dict(instance) if isinstance(instance, dict) else alarm_json(instance)
        row["figure"] = self.context.get("figures", {}).get(row["id"])
        row["page"], row["place"] = page_of(row["object_kind"], row["object_key"], row["site"] or "")
        return super().to_representation(row)
