"""Factories, workloads and scores on the wire."""

from typing import Any

from rest_framework import serializers

from industry.models import Factory, Score, Workload


class FactoryPlanSerializer(serializers.Serializer[Any]):
    """A factory's plan as lines on the map: its outline, closed, and the aisles that vehicles drive in."""

    outline_lon_lat_deg = serializers.ListField(child=serializers.ListField(child=serializers.JSONField()))
    aisles_lon_lat_deg = serializers.ListField(child=serializers.ListField(child=serializers.JSONField()))


class FactorySerializer(serializers.ModelSerializer[Factory]):
    """A factory as the list shows it."""

    organisation = serializers.SlugField(source="organisation.slug", read_only=True)
    tenant = serializers.CharField(
        source="organisation.name_en", read_only=True, help_text="The organisation's name; `organisation` replaces it."
    )

    machines = serializers.IntegerField(source="overview.machines", read_only=True)
    newest_reading_at = serializers.DateTimeField(source="overview.newest_reading_at", read_only=True, allow_null=True)
    levels = serializers.DictField(
        source="overview.levels",
        child=serializers.IntegerField(),
        read_only=True,
        help_text="Machines by level of risk.",
    )
    plan = FactoryPlanSerializer(
        source="placed_plan", read_only=True, allow_null=True, help_text="null: none is known."
    )

    class Meta:
        model = Factory
        fields = [
            "slug", "name_en", "name_zh", "lat_deg", "lon_deg", "organisation", "tenant", "unknown_machines",
            "by_radio", "stale_after_s", "machines", "newest_reading_at", "levels", "plan",
        ]  # fmt: skip


class WorkloadSerializer(serializers.Serializer[Workload]):
    """What a factory runs on its readings."""

    id = serializers.IntegerField(read_only=True)
    model = serializers.CharField(read_only=True)
    latency_budget_ms = serializers.FloatField(
        min_value=0.001, max_value=3_600_000, allow_null=True, required=False, help_text="null: none"
    )
    enabled = serializers.BooleanField(required=False)

    def to_representation(self, instance: Workload) -> dict[str, Any]:
        """Return the plain form that events carry, too."""
        return instance.as_plain()


class MachineReadingSerializer(serializers.Serializer[Any]):
    """A machine's newest reading."""

    at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]
    values = serializers.JSONField()


class MachineRiskSerializer(serializers.Serializer[Any]):
    """The newest risk that a model inferred for a machine."""

    value = serializers.FloatField()
    level = serializers.ChoiceField(choices=["high", "elevated", "normal"])
    threshold = serializers.FloatField()
    at = serializers.DateTimeField(help_text="Time of the reading it was inferred from.")
    scored_at = serializers.DateTimeField()
    model = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class MachineSerializer(serializers.Serializer[Any]):
    """A machine with its newest reading and risk; null where there is none."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    registered_at = serializers.DateTimeField()
    reading = MachineReadingSerializer(allow_null=True)
    risk = MachineRiskSerializer(allow_null=True)


class FactoryDetailSerializer(serializers.Serializer[Any]):
    """A factory with its machines and workloads, at `at`."""

    at = serializers.DateTimeField()
    factory = FactorySerializer()
    workloads = WorkloadSerializer(many=True)
    machines = MachineSerializer(many=True)


class ScoreSerializer(serializers.ModelSerializer[Score]):
    """A risk, the reading it was inferred from, and the job that did it."""

    factory = serializers.CharField(source="reading.machine.factory.slug")
    machine = serializers.CharField(source="reading.machine.name")
    at = serializers.DateTimeField(source="reading.at")
    model = serializers.CharField(source="version.__str__")

    class Meta:
        model = Score
        fields = ["factory", "machine", "at", "risk", "model", "scored_at", "job"]
