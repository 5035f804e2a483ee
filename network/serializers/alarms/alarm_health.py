"""Wire shapes of the alarm system's own health."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.actions.alarms.alarm_health import PERIODS
from network.models import HoldKind

MOST_DAYS = 30


@dataclass(frozen=True)
class HealthQuery:
    """Which period up to now or between two times, and among how many operators the alarms are shared."""

    period: str
    operators: int
    since: datetime | None = None
    until: datetime | None = None
    format: str = "json"


class HealthQuerySerializer(Typed[HealthQuery]):
    """Which period up to now or between two times, and among how many operators the alarms are shared."""

    period = serializers.ChoiceField(choices=list(PERIODS), default="24h", help_text="Up to now; not used with since.")
    since = TimeField(required=False, help_text=f"At most {MOST_DAYS} days before until.")
    until = TimeField(required=False, help_text="Only with since; by default now, and never later.")
    operators = serializers.IntegerField(min_value=1, max_value=100, default=1)
    format = serializers.ChoiceField(choices=["json", "csv"], required=False)
    makes = HealthQuery

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse a time that ends before it begins, or that is too long for one answer."""
        if (since := asked.get("since")) is None:
            return {**asked, "until": None}
        now = timezone.now()
        until = min(asked.get("until") or now, now)
        if not timedelta(0) < until - since <= timedelta(days=MOST_DAYS, minutes=1):
            raise serializers.ValidationError({"since": f"a time before until, by at most {MOST_DAYS} days"})
        return {**asked, "until": until}


class FigureSerializer(serializers.Serializer[Any]):
    """A figure beside its target; null is unknown, or that no target is named."""

    key = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(help_text="per_10_min (and operator), share, count or s.")
    target = serializers.FloatField(allow_null=True)
    is_at_most = serializers.BooleanField()
    is_met = serializers.BooleanField(allow_null=True)


class _SlotsSerializer(serializers.Serializer[Any]):
    """Alarms per ten minutes, the oldest first; the last slot ends now."""

    started_at = serializers.DateTimeField()
    slot_s = serializers.IntegerField()
    alarms = serializers.ListField(child=serializers.IntegerField())


class _FloodSerializer(serializers.Serializer[Any]):
    """More than ten alarms per operator in ten minutes, until fewer than five."""

    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    alarms = serializers.IntegerField()
    peak = serializers.IntegerField()
    is_over = serializers.BooleanField()


class _SourceSerializer(serializers.Serializer[Any]):
    object_kind = serializers.CharField()
    object_key = serializers.CharField()
    problem = serializers.CharField()
    subject = serializers.CharField()
    specific_problem = serializers.CharField()
    alarms = serializers.IntegerField()


class _TopSourceSerializer(_SourceSerializer):
    share = serializers.FloatField()


class _StaleSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    object_kind = serializers.CharField()
    object_key = serializers.CharField()
    problem = serializers.CharField()
    subject = serializers.CharField()
    specific_problem = serializers.CharField()
    started_at = serializers.DateTimeField()


class _HoldSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=HoldKind.choices)
    object_kind = serializers.CharField()
    object_key = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True)
    subject = serializers.CharField()
    specific_problem = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    actor = serializers.CharField()
    started_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField(allow_null=True)


class AlarmHealthSerializer(serializers.Serializer[Any]):
    """How well the alarms serve those who work with them. Lists hold at most fifty rows; `counts` says how many."""

    at = serializers.DateTimeField()
    since = serializers.DateTimeField(help_text="Later than asked where the installation is younger.")
    until = serializers.DateTimeField()
    period = serializers.ChoiceField(choices=list(PERIODS))
    operators = serializers.IntegerField()
    alarms = serializers.IntegerField()
    is_cut = serializers.BooleanField(help_text="There were more alarms than are looked at; the oldest are left out.")
    figures = FigureSerializer(many=True)
    slots = _SlotsSerializer()
    floods = _FloodSerializer(many=True)
    chattering = _SourceSerializer(many=True)
    top = _TopSourceSerializer(many=True)
    stale = _StaleSerializer(many=True)
    holds = _HoldSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
