"""Wire shapes of the programme."""

from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed


class ProgrammeQuerySerializer(Typed[str]):
    """Whose figures are asked for."""

    region = serializers.SlugField(max_length=40)

    def made(self) -> str:
        return str(self.validated_data["region"])


class TrendPointSerializer(serializers.Serializer[Any]):
    """What a target stood at in one hour; null where it was unknown."""

    at = serializers.DateTimeField()
    value = serializers.FloatField(allow_null=True)


class TargetSerializer(serializers.Serializer[Any]):
    """One target of the plan and what it stands at."""

    key = serializers.CharField(source="target.key")
    name = serializers.CharField(source="target.name")
    definition = serializers.CharField(source="target.definition")
    now = serializers.FloatField(allow_null=True, help_text="Null: unknown.")
    target = serializers.FloatField(source="target.target", allow_null=True, help_text="Null: the plan names none.")
    is_at_most = serializers.BooleanField(source="target.is_at_most", help_text="Whether less is better.")
    unit = serializers.CharField(source="target.unit", help_text="share, count, ms or level.")
    due_year = serializers.IntegerField(source="target.due_year", allow_null=True)
    state = serializers.CharField(help_text="met, short or unknown.")
    trend = TrendPointSerializer(many=True, help_text="The last seven days, hour by hour.")
    evidence_kind = serializers.CharField(source="target.evidence", allow_null=True)
    evidence_url = serializers.CharField(allow_null=True, help_text="The newest map that shows it.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field's own attribute has that name too
        source="shown_source", allow_null=True, help_text="modelled, or counted in the inventory; null: from nowhere."
    )
    measured_at = serializers.DateTimeField(allow_null=True, help_text="When it was worked out.")


class ProgrammeSerializer(serializers.Serializer[Any]):
    """The targets of the 2026-2028 plan for one region."""

    region = serializers.CharField()
    at = serializers.DateTimeField()
    rows = TargetSerializer(many=True)
