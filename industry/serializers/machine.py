"""Wire shapes of what is told of one machine over a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from industry.actions.telemetry.score_history import SPANS

MOST_ROWS = 2_000


@dataclass(frozen=True)
class RiskQuery:
    """By what, and between when."""

    span: str
    limit: int
    since: datetime | None = None
    until: datetime | None = None


def in_order(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what is asked for; refuse a time that ends before it begins."""
    since, until = asked.get("since"), asked.get("until")
    if since and until and since > until:
        raise serializers.ValidationError({"since": f"a time before until, which is {until.isoformat()}"})
    return asked


@dataclass(frozen=True)
class Times:
    """Between when."""

    since: datetime | None = None
    until: datetime | None = None


class TimesSerializer(Typed[Times]):
    """Between when; without it, the last day."""

    since = TimeField(required=False)
    until = TimeField(required=False)
    makes = Times

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse a time that ends before it begins."""
        return in_order(asked)


class EventSerializer(serializers.Serializer[Any]):
    """Something that happened at a machine; `until` is null while it lasts."""

    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    kind = serializers.ChoiceField(choices=["maintenance", "alarm"])
    severity = serializers.CharField(allow_blank=True, help_text="Of an alarm, otherwise empty.")
    text_en = serializers.CharField()
    text_zh = serializers.CharField()
    ref = serializers.CharField(allow_blank=True, help_text="The address of what it is about, in this API.")


class RiskQuerySerializer(Typed[RiskQuery]):
    """By what, and between when."""

    span = serializers.ChoiceField(choices=list(SPANS), default="minute")
    since = TimeField(required=False, help_text="By default an hour ago by the reading, otherwise a day ago.")
    until = TimeField(required=False, help_text="By default now.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=1_440)
    makes = RiskQuery

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse a time that ends before it begins."""
        return in_order(asked)


class RiskRowSerializer(serializers.Serializer[Any]):
    """One reading, minute or hour. Inferred; a time without a row is unknown."""

    at = serializers.DateTimeField(help_text="When the reading was taken, or when the minute or hour began.")
    highest_risk = serializers.FloatField(help_text="0 to 1.")
    scores = serializers.IntegerField(help_text="How many risks were inferred in it.")
