"""Wire shapes of flights and their control links."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.actions.radio.connectivity import Point
from network.kernels.geodesy import haversine_m
from network.kernels.radio.connectivity import Need
from network.serializers.words import WordsField

MOST_POINTS = 500
MOST_LENGTH_M = 300_000.0


class PointSerializer(serializers.Serializer[Any]):
    """Where a flight is at a time."""

    lat_deg = serializers.FloatField(min_value=-90, max_value=90)
    lon_deg = serializers.FloatField(min_value=-180, max_value=180)
    height_m = serializers.FloatField(min_value=0, max_value=300, help_text="Above ground.")
    at = TimeField(help_text="With its offset; later than that of the point before.")


class NeedSerializer(serializers.Serializer[Any]):
    """What a control link needs; what is left out is as TR 36.777 and TS 22.125 have it."""

    rate_kbps = serializers.FloatField(min_value=0.001, max_value=1e6, default=Need.rate_bps / 1e3)
    latency_ms = serializers.FloatField(min_value=0.001, max_value=60_000, default=Need.latency_ms)
    rsrp_dbm = serializers.FloatField(min_value=-160, max_value=-20, default=Need.rsrp_dbm)
    sinr_db = serializers.FloatField(min_value=-20, max_value=40, default=Need.sinr_db)
    fading_margin_db = serializers.FloatField(min_value=0, max_value=40, default=Need.fading_margin_db)


@dataclass(frozen=True)
class RouteQuery:
    """A flight, and what its control link needs."""

    flight: list[Point]
    need: Need


class RouteQuerySerializer(Typed[RouteQuery]):
    """A flight as points in space and time, at most 300 km long."""

    points = serializers.ListField(child=PointSerializer(), min_length=2, max_length=MOST_POINTS)
    need = NeedSerializer(required=False)

    def validate_points(self, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse time that does not pass, and flights too long to be judged at once."""
        late: dict[int, Any] = {
            index: {"at": ["later than the point before"]}
            for index, (before, after) in enumerate(pairwise(points), 1)
            if after["at"] <= before["at"]
        }
        if late:
            raise serializers.ValidationError([late.get(index, {}) for index in range(len(points))])
        if _length_m(points) > MOST_LENGTH_M:
            raise serializers.ValidationError(f"a flight of at most {MOST_LENGTH_M / 1_000:g} km")
        return points

    def made(self) -> RouteQuery:
        asked = dict(self.validated_data.get("need", {}))
        need = Need(rate_bps=asked.pop("rate_kbps") * 1e3, **asked) if asked else Need()
        return RouteQuery([Point(**point) for point in self.validated_data["points"]], need)


class NeedShownSerializer(NeedSerializer):
    """What the link was held to."""

    rate_kbps = serializers.SerializerMethodField()  # type: ignore[assignment]

    def get_rate_kbps(self, need: Need) -> float:
        """Return the rate as it was asked for."""
        return need.rate_bps / 1e3


class RouteSegmentSerializer(serializers.Serializer[Any]):
    """What the link is like between two points: the worst of its samples; null is unknown."""

    index = serializers.IntegerField(help_text="The segment from point `index` to the next.")
    start_at = serializers.DateTimeField()
    end_at = serializers.DateTimeField()
    is_feasible = serializers.BooleanField(allow_null=True)
    reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="out_of_reach, rsrp, sinr, downlink_rate, uplink_rate, latency, latency_unknown.",
    )
    rsrp_dbm = serializers.FloatField(allow_null=True)
    sinr_db = serializers.FloatField(allow_null=True)
    downlink_kbps = serializers.FloatField()
    uplink_kbps = serializers.FloatField()
    latency_ms = serializers.FloatField(allow_null=True, help_text="One way, 99th percentile.")
    weakest_at = serializers.DateTimeField(help_text="When the signal over interference is least.")
    servers = serializers.ListField(child=serializers.CharField(), help_text="Sectors in the order of flight.")


class RouteSerializer(serializers.Serializer[Any]):
    """A flight judged segment by segment."""

    region = serializers.CharField()
    is_feasible = serializers.BooleanField(allow_null=True)
    segments = RouteSegmentSerializer(many=True)
    weak = RouteSegmentSerializer(many=True, help_text="The segments that are not feasible, or not known to be.")
    servers = serializers.ListField(child=serializers.CharField(), help_text="Each change is a handover.")
    handovers = serializers.IntegerField()
    need = NeedShownSerializer()
    definition = WordsField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


def _length_m(points: list[dict[str, Any]]) -> float:
    lat_deg, lon_deg = ([point[name] for point in points] for name in ("lat_deg", "lon_deg"))
    return float(haversine_m(lat_deg[:-1], lon_deg[:-1], lat_deg[1:], lon_deg[1:]).sum())
