"""Wire shapes of the programme."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed

MOST_DAYS = 400


@dataclass(frozen=True)
class ProgrammeQuery:
    """Whose figures are asked for, and of which time the trends are."""

    region: str
    since: datetime | None = None
    until: datetime | None = None


class ProgrammeQuerySerializer(Typed[ProgrammeQuery]):
    """Whose figures are asked for, and of which time the trends are."""

    region = serializers.SlugField(max_length=40)
    since = TimeField(required=False, help_text=f"Of the trends; at most {MOST_DAYS} days before until.")
    until = TimeField(required=False, help_text="Only with since; by default now.")
    makes = ProgrammeQuery

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse a time that ends before it begins, or that is too long for one answer."""
        if (since := asked.get("since")) is None:
            return {**asked, "until": None}
        until = asked.get("until") or timezone.now()
        if not timedelta(0) < until - since <= timedelta(days=MOST_DAYS, minutes=1):
            raise serializers.ValidationError({"since": f"a time before until, by at most {MOST_DAYS} days"})
        return {**asked, "until": until}


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
    trend = TrendPointSerializer(
        many=True, help_text="The last seven days hour by hour, or what was asked for; of over 14 days one a day."
    )
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
