"""Wire shapes of coverage: maps, figures at a place, shares, corridors."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.radio.coverage import Goals
from network.actions.radio.raster import DEFINITIONS
from network.actions.topology.live import Twin
from network.kernels.radio.raster.coverage import RSRP_GOAL_DBM, SINR_GOAL_DB
from network.serializers.topology.live import StampSerializer, TwinField
from network.serializers.words import WordsField

HEIGHT = {"min_value": 1.5, "max_value": 300.0, "help_text": "Above ground."}
KEYS = list(DEFINITIONS)


@dataclass(frozen=True)
class RasterQuery:
    """Which map is asked for."""

    region: str
    height_m: float
    value: str
    twin: Twin = Twin.PLANNED


@dataclass(frozen=True)
class PlaceQuery:
    """Which place is asked about."""

    lat_deg: float
    lon_deg: float
    height_m: float
    region: str | None = None
    twin: Twin = Twin.PLANNED


@dataclass(frozen=True)
class GoalsQuery:
    """What counts as covered, and where."""

    region: str
    goals: Goals
    twin: Twin = Twin.PLANNED


class _OfRegion(serializers.Serializer[Any]):
    region = serializers.SlugField(max_length=40)


class RegionQuerySerializer(_OfRegion, Typed[str]):
    """Which region is asked about."""

    def made(self) -> str:
        return str(self.validated_data["region"])


class RasterQuerySerializer(_OfRegion, Typed[RasterQuery]):
    """Which map is asked for."""

    height_m = serializers.FloatField(**HEIGHT)  # type: ignore[arg-type]
    value = serializers.ChoiceField(KEYS, help_text="As in `values` of the layers.")
    twin = TwinField()
    makes = RasterQuery


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
    definition = WordsField()


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
    definition = WordsField()
    version = serializers.CharField(help_text="Changes whenever a map does.")
    computed_at = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class PlaceQuerySerializer(Typed[PlaceQuery]):
    """Which place is asked about. Without a region, the smallest that reaches the place."""

    lat_deg = serializers.FloatField(min_value=-90, max_value=90)
    lon_deg = serializers.FloatField(min_value=-180, max_value=180)
    height_m = serializers.FloatField(**HEIGHT)  # type: ignore[arg-type]
    region = serializers.SlugField(max_length=40, required=False)
    twin = TwinField()
    makes = PlaceQuery


class RadioSerializer(serializers.Serializer[Any]):
    """What the model says of a place by the direct formulas; all null where no sector reaches."""

    region = serializers.CharField(allow_null=True)
    site = serializers.CharField(allow_null=True)
    sector = serializers.CharField(allow_null=True, help_text="The strongest.")
    distance_m = serializers.FloatField(allow_null=True)
    rsrp_dbm = serializers.FloatField(allow_null=True)
    sinr_db = serializers.FloatField(allow_null=True)
    rate_mbps = serializers.FloatField(allow_null=True)
    detection = serializers.FloatField(allow_null=True, help_text="Probability that a small drone there is detected.")
    is_covered = serializers.BooleanField(allow_null=True, help_text="Both goals met; null: not known.")
    is_lost = serializers.BooleanField(
        allow_null=True, help_text="Of the live twin: covered as planned, not now; null: not known."
    )
    network = StampSerializer()
    rsrp_goal_dbm = serializers.FloatField()
    sinr_goal_db = serializers.FloatField()
    definition = WordsField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class GoalsQuerySerializer(_OfRegion, Typed[GoalsQuery]):
    """What counts as covered: both goals met."""

    rsrp_goal_dbm = serializers.FloatField(min_value=-160, max_value=-20, default=RSRP_GOAL_DBM)
    sinr_goal_db = serializers.FloatField(min_value=-20, max_value=40, default=SINR_GOAL_DB)
    twin = TwinField()

    def made(self) -> GoalsQuery:
        asked = self.validated_data
        return GoalsQuery(asked["region"], Goals(asked["rsrp_goal_dbm"], asked["sinr_goal_db"]), asked["twin"])


class LayerShareSerializer(serializers.Serializer[Any]):
    """How much of the area is covered at one height."""

    height_m = serializers.FloatField()
    share = serializers.FloatField(allow_null=True, help_text="Of all cells that count; null when none does.")
    reached_share = serializers.FloatField(allow_null=True, help_text="Where at least one sector reaches.")
    p5_sinr_db = serializers.FloatField(allow_null=True, help_text="5th percentile where a sector reaches.")
    cells = serializers.IntegerField(help_text="How many count.")
    lost_share = serializers.FloatField(allow_null=True, help_text="Covered as planned, not now; null as planned.")
    unknown_share = serializers.FloatField(
        allow_null=True, help_text="Hangs on what is not known to send or not; likewise."
    )


class CorridorShareSerializer(serializers.Serializer[Any]):
    """How much of a corridor's length is covered."""

    slug = serializers.CharField()
    share = serializers.FloatField(allow_null=True)
    length_m = serializers.FloatField()
    covered_m = serializers.FloatField()


class RoutesSerializer(serializers.Serializer[Any]):
    """How much of the public corridors is covered, by length; null when there are none."""

    share = serializers.FloatField(allow_null=True)
    length_m = serializers.FloatField()
    covered_m = serializers.FloatField()
    target_share = serializers.FloatField()
    corridors = CorridorShareSerializer(many=True)


class KpisSerializer(serializers.Serializer[Any]):
    """How much of a region is covered, with the definition by which that is so."""

    region = serializers.CharField()
    layers = LayerShareSerializer(many=True)
    routes = RoutesSerializer()
    definition = WordsField()
    rsrp_goal_dbm = serializers.FloatField()
    sinr_goal_db = serializers.FloatField()
    computed_at = serializers.DateTimeField()
    version = serializers.CharField()
    network = StampSerializer()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too
