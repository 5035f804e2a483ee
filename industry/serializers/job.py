"""Jobs on the wire."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed
from industry.models import Job, JobKind, JobState
from industry.serializers.reading import MOST_ITEMS, InputsSerializer


class PartSerializer(serializers.Serializer[Any]):
    """One part of a job's latency."""

    ms = serializers.FloatField(allow_null=True, help_text="null: unknown")
    source = serializers.CharField(help_text="measured or modelled")  # type: ignore[assignment]


class LatencySerializer(serializers.Serializer[Any]):
    """Where a job's time went."""

    network = PartSerializer(help_text="Both directions between factory and edge node, modelled.")
    queue = PartSerializer(help_text="From creation to the start of the run.")
    inference = PartSerializer(help_text="The model itself.")
    storage = PartSerializer(help_text="Reading the rows and writing the result.")
    total = PartSerializer()


class JobSerializer(serializers.Serializer[Job]):
    """A job as lists and events show it."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=JobKind.choices)
    state = serializers.ChoiceField(choices=JobState.choices)
    factory = serializers.CharField(allow_null=True)
    model = serializers.CharField()
    version = serializers.IntegerField()
    node = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField()
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    latency = LatencySerializer()
    latency_budget_ms = serializers.FloatField(allow_null=True)
    deadline = serializers.ChoiceField(choices=["met", "missed", "unknown"])
    highest_risk = serializers.FloatField(allow_null=True)
    at_risk = serializers.IntegerField(allow_null=True, help_text="Rows at or above the model's decision threshold.")
    reason = serializers.CharField(allow_blank=True)

    def to_representation(self, instance: Job) -> dict[str, Any]:
        """Return the plain form that events carry, too."""
        return instance.as_plain()


class JobDetailSerializer(JobSerializer):
    """A job with what it found, and why it went where it went."""

    candidates = serializers.ListField(child=serializers.JSONField(), help_text="Edge nodes considered, best first.")
    result = serializers.JSONField(allow_null=True, help_text="{threshold, highest_risk, at_risk, rows} once done.")

    def to_representation(self, instance: Job) -> dict[str, Any]:
        """Add candidates and the rows of the result."""
        return {**instance.as_plain(), "candidates": instance.candidates, "result": _result(instance)}


@dataclass(frozen=True)
class NewJob:
    """A request for inference."""

    model: str
    inputs: list[dict[str, Any]]
    factory: str | None = None


class NewJobSerializer(Typed[NewJob]):
    """A request for inference."""

    model = serializers.SlugField(max_length=60)
    inputs = InputsSerializer(many=True, allow_empty=False, max_length=MOST_ITEMS)  # type: ignore[call-arg]
    factory = serializers.SlugField(max_length=40, required=False, allow_null=True)
    makes = NewJob


def _result(job: Job) -> dict[str, Any] | None:
    if not job.result or not job.batch:
        return job.result  # type: ignore[no-any-return]
    scores = job.scores.select_related("reading__machine").order_by("reading_id")
    rows = [
        {"machine": score.reading.machine.name, "at": score.reading.at, "failure_risk": round(score.risk, 6)}
        for score in scores
    ]
    return {**job.result, "rows": rows}
