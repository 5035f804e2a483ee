"""Wire shapes of evidence."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.radio.raster import DEFINITIONS
from network.kernels.topology.definition import MOST_THRESHOLD_MS, Direction, Layer
from network.models import Evidence, EvidenceKind, OrderState

OF_COVERAGE = {"height_m": 120.0, "value": "rsrp"}
OF_CIRCLE = {"layer": str(Layer.OPTICAL), "direction": str(Direction.ONE_WAY), "threshold_ms": 1.0}
"""What a map shows where nothing else is asked for; a circle then follows the official reading."""


@dataclass(frozen=True)
class WantedEvidence:
    """Of which region a map is wanted, and what it shows."""

    region: str
    request: dict[str, Any]


class WantedEvidenceSerializer(Typed[WantedEvidence]):
    """A map to be drawn: of coverage (`height_m`, `value`), or of a circle (`layer`, `direction`, `threshold_ms`)."""

    kind = serializers.ChoiceField(EvidenceKind.choices)
    region = serializers.SlugField(max_length=40)
    language = serializers.ChoiceField([code for code, _ in settings.LANGUAGES], default="en")
    height_m = serializers.FloatField(min_value=1.5, max_value=300, required=False, help_text="Above ground.")
    value = serializers.ChoiceField(list(DEFINITIONS), required=False)
    layer = serializers.ChoiceField([str(layer) for layer in Layer], required=False)
    direction = serializers.ChoiceField([str(direction) for direction in Direction], required=False)
    threshold_ms = serializers.FloatField(min_value=0.001, max_value=MOST_THRESHOLD_MS, required=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse what belongs to the other kind, which would else be silently left out."""
        is_coverage = asked["kind"] == EvidenceKind.COVERAGE
        own, other = (OF_COVERAGE, OF_CIRCLE) if is_coverage else (OF_CIRCLE, OF_COVERAGE)
        if strange := [name for name in other if name in asked]:
            raise serializers.ValidationError(dict.fromkeys(strange, f"nothing: it is not of {asked['kind']}"))
        return {**own, **asked}

    def made(self) -> WantedEvidence:
        request = dict(self.validated_data)
        return WantedEvidence(request.pop("region"), request)


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    """A map: asked for, under way, ready or failed."""

    id = serializers.UUIDField(source="uuid")
    region = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    state = serializers.ChoiceField(OrderState.choices)
    inputs = serializers.DictField(help_text="What it was asked to show.")
    html_url = serializers.SerializerMethodField()
    png_url = serializers.SerializerMethodField()

    class Meta:
        model = Evidence
        fields = [
            "id", "kind", "region", "inputs", "digest", "state", "problem", "asked_by", "asked_at", "ready_at",
            "expires_at", "html_url", "html_bytes", "html_sha256", "png_url", "png_bytes", "png_sha256",
        ]  # fmt: skip
        read_only_fields = fields

    def get_html_url(self, evidence: Evidence) -> str | None:
        """Return where the document is, once it is ready."""
        return f"/api/v1/evidence/{evidence.uuid}/map.html" if evidence.state == OrderState.READY else None

    def get_png_url(self, evidence: Evidence) -> str | None:
        """Return where the picture is, once it is ready."""
        return f"/api/v1/evidence/{evidence.uuid}/map.png" if evidence.state == OrderState.READY else None
