"""Wire shapes of plans: where computing would stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.placement.placement import PlacementRequest
from network.actions.placement.plan import Sizing, is_current, plan_json
from network.kernels.placement.placement import Goal
from network.kernels.topology.definition import MOST_THRESHOLD_MS, Definition, Denominator, Direction, Failure, Layer
from network.models import PlanState
from network.serializers.circle.circle import DefinitionSerializer
from network.serializers.words import WordsField


@dataclass(frozen=True)
class AskedPreview:
    """What a planner asks for, and of which region."""

    region: str
    request: PlacementRequest


@dataclass(frozen=True)
class AskedPlan:
    """The same, under a name."""

    region: str
    request: PlacementRequest
    name: str


@dataclass(frozen=True)
class Adoption:
    """When the edge nodes of a plan become real, and what each of them holds."""

    valid_from: datetime
    sizing: Sizing
    is_old_fine: bool


class _AskedPlacement(serializers.Serializer[Any]):
    region = serializers.SlugField(max_length=40)
    most_sites = serializers.IntegerField(min_value=0, max_value=500, required=False)
    least_share = serializers.FloatField(min_value=0.01, max_value=1, required=False)
    layer = serializers.ChoiceField([str(layer) for layer in Layer], default=str(Layer.OPTICAL))
    direction = serializers.ChoiceField([str(direction) for direction in Direction], default=str(Direction.ONE_WAY))
    threshold_ms = serializers.FloatField(min_value=0.001, max_value=MOST_THRESHOLD_MS, default=1.0)
    denominator = serializers.ChoiceField(
        [str(denominator) for denominator in Denominator], default=str(Denominator.KEY_SITES)
    )
    failure = serializers.ChoiceField([str(failure) for failure in Failure], default=str(Failure.NONE))
    times = serializers.IntegerField(min_value=1, max_value=2, default=1, help_text="2: everyone is reached twice.")
    from_scratch = serializers.BooleanField(default=False, help_text="As if no computing stood anywhere yet.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse two goals, or none."""
        if ("most_sites" in asked) == ("least_share" in asked):
            raise serializers.ValidationError({"most_sites": "either most_sites or least_share"})
        return asked

    def _request(self) -> PlacementRequest:
        asked = self.validated_data
        goal = Goal(most_sites=asked.get("most_sites"), least_share=asked.get("least_share"))
        reading = Definition(
            Layer(asked["layer"]),
            Direction(asked["direction"]),
            asked["threshold_ms"],
            Denominator(asked["denominator"]),
            Failure(asked["failure"]),
        )
        return PlacementRequest(goal, reading, asked["times"], asked["from_scratch"])


class PlacementWriteSerializer(_AskedPlacement, Typed[AskedPreview]):
    """What a planner asks for: either the most inside with so many new sites, or a share at least cost."""

    def made(self) -> AskedPreview:
        return AskedPreview(self.validated_data["region"], self._request())


class ProposalSerializer(serializers.Serializer[Any]):
    """A plan. No plan beats `bound`: a share, or a cost where a share was asked for."""

    definition = DefinitionSerializer()
    sites = serializers.ListField(child=serializers.CharField())
    new_sites = serializers.ListField(child=serializers.CharField())
    share = serializers.FloatField(help_text="By the definition, its failures included.")
    share_now = serializers.FloatField()
    share_after_worst = serializers.FloatField()
    cost = serializers.FloatField()
    bound = serializers.FloatField()
    gap = serializers.FloatField(allow_null=True, help_text="Relative; 0 when proven, null when unknown.")
    is_proven = serializers.BooleanField()
    cost_definition = WordsField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class AskedPlanSerializer(_AskedPlacement, Typed[AskedPlan]):
    """A plan to be proven and kept under a name."""

    name = serializers.CharField(min_length=1, max_length=80)

    def made(self) -> AskedPlan:
        return AskedPlan(self.validated_data["region"], self._request(), self.validated_data["name"])


class PlanProposalSerializer(ProposalSerializer):
    """The best plan so far, as it is kept."""


class PlanSerializer(serializers.Serializer[Any]):
    """A stored plan: waiting, being proven, or ended."""

    id = serializers.UUIDField()
    region = serializers.CharField()
    name = serializers.CharField()
    definition_key = serializers.CharField()
    wish = serializers.DictField(help_text="Goal, definition, times and from_scratch.")
    state = serializers.ChoiceField(PlanState.choices)
    attempts = serializers.IntegerField()
    progress_share = serializers.FloatField(
        allow_null=True, help_text="Of the first gap, what has been closed; null: not known."
    )
    bound = serializers.FloatField(allow_null=True)
    gap = serializers.FloatField(allow_null=True, help_text="Relative; 0 when proven, null when unknown.")
    proposal = PlanProposalSerializer(allow_null=True)
    cost = serializers.FloatField(allow_null=True)
    inventory_version = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    adopted_at = serializers.DateTimeField(allow_null=True)
    adopted_by = serializers.CharField()
    adopted_from = serializers.DateTimeField(allow_null=True, help_text="When its edge nodes become real.")
    problem = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Show a row as `plan_json` tells it to browsers."""
        return super().to_representation(plan_json(instance))


class PlanDetailSerializer(PlanSerializer):
    """A stored plan, and whether the inventory is still the one it was made for."""

    is_current = serializers.BooleanField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Add what takes a look at the inventory."""
        shown = serializers.Serializer.to_representation(
            self, {**plan_json(instance), "is_current": is_current(instance)}
        )
        return dict(shown)


class AdoptionSerializer(Typed[Adoption]):
    """When the edge nodes of a plan become real, and what each of them holds."""

    valid_from = serializers.DateTimeField()
    cores = serializers.IntegerField(min_value=1, max_value=100_000, default=Sizing.cores)
    memory_gb = serializers.FloatField(min_value=0.1, max_value=1_000_000, default=Sizing.memory_gb)
    accelerators = serializers.IntegerField(min_value=0, max_value=10_000, default=Sizing.accelerators)
    is_old_fine = serializers.BooleanField(default=False, help_text="Even if the inventory has changed since.")

    def made(self) -> Adoption:
        asked = self.validated_data
        sizing = Sizing(asked["cores"], asked["memory_gb"], asked["accelerators"])
        return Adoption(asked["valid_from"], sizing, asked["is_old_fine"])


class ComparedIdsSerializer(Typed[list[UUID]]):
    """Which plans to compare: `?id=..&id=..`."""

    id = serializers.ListField(child=serializers.UUIDField(), min_length=2, max_length=4)

    def made(self) -> list[UUID]:
        return list(self.validated_data["id"])


class ComparisonSerializer(serializers.Serializer[Any]):
    """Plans side by side. Figures may be compared only when definition and inventory are the same."""

    plans = PlanSerializer(many=True)
    common = serializers.ListField(child=serializers.CharField(), help_text="New sites that all have.")
    alone = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="New sites that one alone has, by plan."
    )
    is_same_definition = serializers.BooleanField()
    is_same_inventory = serializers.BooleanField(allow_null=True, help_text="Not known where definitions differ.")
