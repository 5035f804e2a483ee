"""Wire shapes of plans: where computing would stand."""

from typing import Any

from rest_framework import serializers

from network.actions.placement import Wish
from network.kernels.definition import MOST_THRESHOLD_MS, Definition, Denominator, Direction, Failure, Layer
from network.kernels.placement import Goal
from network.serializers.circle import DefinitionSerializer


class WishSerializer(serializers.Serializer[Any]):
    """What a planner asks for: either the most inside with so many new sites, or a share at least cost."""

    region = serializers.SlugField(max_length=40)
    most_sites = serializers.IntegerField(min_value=0, max_value=500, required=False)
    least_share = serializers.FloatField(min_value=0.01, max_value=1, required=False)
    layer = serializers.ChoiceField([str(one) for one in Layer], default=str(Layer.OPTICAL))
    direction = serializers.ChoiceField([str(one) for one in Direction], default=str(Direction.ONE_WAY))
    threshold_ms = serializers.FloatField(min_value=0.001, max_value=MOST_THRESHOLD_MS, default=1.0)
    denominator = serializers.ChoiceField([str(one) for one in Denominator], default=str(Denominator.KEY_SITES))
    failure = serializers.ChoiceField([str(one) for one in Failure], default=str(Failure.NONE))
    times = serializers.IntegerField(min_value=1, max_value=2, default=1, help_text="2: everyone is reached twice.")
    from_scratch = serializers.BooleanField(default=False, help_text="As if no computing stood anywhere yet.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse two goals, or none."""
        if ("most_sites" in asked) == ("least_share" in asked):
            raise serializers.ValidationError({"most_sites": "either most_sites or least_share"})
        return asked

    def wish(self) -> Wish:
        """Return what was asked for."""
        asked = self.validated_data
        goal = Goal(most_sites=asked.get("most_sites"), least_share=asked.get("least_share"))
        reading = Definition(
            Layer(asked["layer"]), Direction(asked["direction"]), asked["threshold_ms"],
            Denominator(asked["denominator"]), Failure(asked["failure"]),
        )  # fmt: skip
        return Wish(goal, reading, asked["times"], asked["from_scratch"])


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
    cost_definition = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too
