"""Wire shapes of what samples came to by the minute or hour."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed

MOST_ROWS = 2_000
SPANS = ["minute", "hour"]


@dataclass(frozen=True)
class HistoryQuery:
    """Whose history, by what, and between when."""

    site: str
    span: str
    limit: int
    since: datetime | None = None
    until: datetime | None = None


class HistoryQuerySerializer(Typed[HistoryQuery]):
    """Whose history, by what, and between when."""

    site = serializers.SlugField(max_length=40)
    span = serializers.ChoiceField(choices=SPANS, default="hour")
    since = TimeField(required=False, help_text="By default a day ago by the minute, 30 days by the hour.")
    until = TimeField(required=False, help_text="By default now.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=1_440)
    makes = HistoryQuery


class HistoryRowSerializer(serializers.Serializer[Any]):
    """One minute or hour. Percentiles are of answered packets, right to 0.1 %; null when there were none."""

    started_at = serializers.DateTimeField()
    rounds = serializers.IntegerField()
    answered_rounds = serializers.IntegerField()
    untrusted_rounds = serializers.IntegerField(help_text="The probe itself was unwell: unknown time.")
    packets = serializers.IntegerField()
    lost = serializers.IntegerField()
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)
