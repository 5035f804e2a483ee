"""Wire shapes of coverage: maps, figures at a place, shares, corridors."""

from typing import Any

from rest_framework import serializers

from network.actions.raster import DEFINITIONS
from network.kernels.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB

HEIGHT = {"min_value": 1.5, "max_value": 300.0, "help_text": "Above ground."}
KEYS = list(DEFINITIONS)


class RegionQuerySerializer(serializers.Serializer[Any]):
    """Which region is asked about."""

    region = serializers.SlugField(max_length=40)


class RasterQuerySerializer(RegionQuerySerializer):
    """Which map is asked for."""

    height_m = serializers.FloatField(**HEIGHT)  # type: ignore[arg-type]
    value = serializers.ChoiceField(KEYS, help_text="As in `values` of the layers.")


class TrialSerializer(serializers.Serializer[Any]):
    """A sector, and what of it would be different."""

    sector = serializers.SlugField(max_length=48)
    tilt_deg = serializers.FloatField(min_value=-90, max_value=90, required=False, help_text="Electrical, downwards.")
    azimuth_deg = serializers.FloatField(min_value=0, max_value=360, required=False, help_text="From north.")
    power_dbm = serializers.FloatField(min_value=-30, max_value=80, required=False, help_text="Before the antenna.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse a trial of nothing."""
        if len(asked) == 1:
            raise serializers.ValidationError({"tilt_deg": "one of tilt_deg, azimuth_deg and power_dbm"})
        return asked


class ValueSerializer(serializers.Serializer[Any]):
    """A value that maps show, and what its bytes mean."""

    key = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    low = serializers.FloatField(help_text="What byte 1 stands for: this value, or less.")
    high = serializers.FloatField(help_text="What byte 255 stands for: this value, or more.")
    classes = serializers.ListField(child=serializers.FloatField(), help_text="Edges between colours of a legend.")
    definition = serializers.CharField()


class LayersSerializer(serializers.Serializer[Any]):
    """Which maps there are of a region, where they lie and how they are to be read."""

    region = serializers.CharField()
    heights_m = serializers.ListField(child=serializers.FloatField(), help_text="Usual ones; any other may be asked.")
    values = ValueSerializer(many=True)
    corners = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="Longitude and latitude of the north-west, north-east, south-east and south-west corner.",
    )
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    cell_m = serializers.FloatField()
    servers = serializers.ListField(child=serializers.CharField(), help_text="Sectors that send, as `server` counts.")
    rsrp_goal_dbm = serializers.FloatField(default=RSRP_GOAL_DBM)
    sinr_goal_db = serializers.FloatField(default=SINR_GOAL_DB)
    definition = serializers.CharField()
    version = serializers.CharField(help_text="Changes whenever a map does.")
    computed_at = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too
