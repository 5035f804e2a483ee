"""Wire shapes of how many sites did by the minute or hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.actions.measurement.heat import counted_until

SPANS = {"minute": 60, "hour": 3_600}
USUAL, MOST_COLUMNS = 60, 169  # a week of hours, and the one that has begun
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class HeatQuery:
    """Whose minutes or hours, and between when; an empty region is every one."""

    region: str
    span_s: int
    since: datetime
    until: datetime


class HeatQuerySerializer(Typed[HeatQuery]):
    """Whose minutes or hours, and between when."""

    region = serializers.SlugField(max_length=40, required=False, default="", help_text="By default every region.")
    span = serializers.ChoiceField(choices=list(SPANS), default="minute")
    since = TimeField(required=False, help_text="By default for 60 columns.")
    until = TimeField(required=False, help_text="By default the end of the newest one counted.")
    makes = HeatQuery

    def validate_since(self, at: datetime) -> datetime:
        """Refuse times that no sample can be from."""
        return _possible(at)

    def validate_until(self, at: datetime) -> datetime:
        """Refuse times that no sample can be from."""
        return _possible(at)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Fill in the usual times; refuse a span that ends before it begins, or that is too long for one answer."""
        span_s = SPANS[asked["span"]]
        until = asked.get("until") or counted_until(span_s, timezone.now())
        since = asked.get("since") or until - timedelta(seconds=span_s * (USUAL - 1), microseconds=1)
        columns = (until - since).total_seconds() / span_s
        if columns <= 0:
            raise serializers.ValidationError({"since": "a time before `until`"})
        if columns > MOST_COLUMNS:
            raise serializers.ValidationError({"since": f"at most {MOST_COLUMNS} {asked['span']}s before `until`"})
        return {"region": asked["region"], "span_s": span_s, "since": since, "until": until}


def _possible(at: datetime) -> datetime:
    if not EARLIEST <= at <= LATEST:
        raise serializers.ValidationError(f"a time between {EARLIEST:%Y} and {LATEST:%Y}")
    return at


class HeatRowSerializer(serializers.Serializer[Any]):
    """One site, one letter and one digit per column."""

    slug = serializers.CharField()
    name_en = serializers.CharField()
    name_zh = serializers.CharField()
    states = serializers.CharField(help_text="m met, r at risk, b breached, u unknown, x excluded by maintenance.")
    lost = serializers.CharField(help_text="How many ninths of the events were bad, begun ones counted whole: 0 to 9.")


class HeatSerializer(serializers.Serializer[Any]):
    """How the probed sites of a region did, measured; the oldest column first."""

    at = serializers.DateTimeField()
    span_s = serializers.IntegerField()
    since = serializers.DateTimeField(help_text="When the first column begins.")
    columns = serializers.IntegerField()
    count = serializers.IntegerField(help_text="Of sites; beyond 2,000 the answer holds the first of them.")
    sites = HeatRowSerializer(many=True)
