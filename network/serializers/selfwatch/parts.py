"""Wire shapes of the parts of Loft itself."""

from typing import Any

from rest_framework import serializers

from network.actions.selfwatch.parts import Part, PartState


class LoftPartSerializer(serializers.Serializer[Part]):
    """A part of Loft, and how it does now; null: it has no such figure, or nobody knows."""

    key = serializers.CharField(help_text="As alarms of kind `platform` have it (`object_key`).")
    name = serializers.CharField(source="display_name", help_text="In the reader's language.")
    kind = serializers.ChoiceField(["process", "service", "disk"])
    state = serializers.ChoiceField([state.value for state in PartState])
    starts = serializers.IntegerField(allow_null=True, help_text="How often it was started since the supervisor began.")
    hangs = serializers.IntegerField(allow_null=True)
    hung_at = serializers.DateTimeField(allow_null=True, help_text="When it hung last and was replaced.")
    free_bytes = serializers.IntegerField(allow_null=True)
    free_share = serializers.FloatField(allow_null=True, help_text="Of its room: on the disk, or in Redis' memory.")


class PartsSerializer(serializers.Serializer[Any]):
    """Every part of Loft, as of a time."""

    at = serializers.DateTimeField()
    parts = LoftPartSerializer(many=True)
