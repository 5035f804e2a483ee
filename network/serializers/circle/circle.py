"""Wire shapes of the one-millisecond circle and of modelled latencies."""

from dataclasses import dataclass, replace
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.topology.live import Twin
from network.kernels.topology.definition import MOST_THRESHOLD_MS, STANDARD, Definition, Direction, Layer
from network.kernels.topology.latency import Latency
from network.serializers.topology.live import StampSerializer, TwinField

SOURCE = "modelled"


class DefinitionSerializer(serializers.Serializer[Any]):
    """How the circle is read. Shares may be compared only when their definitions are equal."""

    key = serializers.CharField(help_text="The definition as one word.")
    layer = serializers.CharField(help_text="optical, ip or end_to_end.")
    direction = serializers.CharField(help_text="one_way or round_trip.")
    threshold_ms = serializers.FloatField()
    denominator = serializers.CharField(help_text="key_sites, population or area.")
    failure = serializers.CharField(help_text="none or worst_single.")
    version = serializers.IntegerField()


class FailedSerializer(serializers.Serializer[Any]):
    """A single failure and the counted sites it takes out of the circle."""

    kind = serializers.CharField(help_text="link, site or data_centre.")
    subject = serializers.CharField()
    share = serializers.FloatField(help_text="Still inside.")
    lost = serializers.ListField(child=serializers.CharField())
    lost_count = serializers.IntegerField()


class NowSerializer(serializers.Serializer[Any]):
    """Of what is inside the circle as planned, what is surely outside now, and what is not known."""

    lost = serializers.FloatField(help_text="In `unit`, as are `asleep` and `unknown`.")
    asleep = serializers.FloatField(help_text="At stations that answer and send nothing, as they were told to.")
    unknown = serializers.FloatField(help_text="Reached only over what nothing is known of.")
    lost_sites = serializers.ListField(child=serializers.CharField(), help_text="Counted sites, by slug; 200 at most.")
    asleep_sites = serializers.ListField(child=serializers.CharField(), help_text="Likewise.")
    unknown_sites = serializers.ListField(child=serializers.CharField(), help_text="Likewise.")


class ReadingSerializer(serializers.Serializer[Any]):
    """The circle by one definition. Shares and sums are null when its denominator is not in the inventory."""

    definition = DefinitionSerializer()
    share = serializers.FloatField(allow_null=True)
    covered = serializers.FloatField(allow_null=True, help_text="In `unit`, as is `total`.")
    total = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(help_text="sites, people or km2.")
    outside = serializers.ListField(child=serializers.CharField(), help_text="Counted sites outside, by slug.")
    worst = FailedSerializer(many=True, help_text="The worst link, site and data centre, the worst first.")
    now = NowSerializer(allow_null=True, help_text="Of the live twin; `covered` is then what is known to be inside.")
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class CirclesSerializer(serializers.Serializer[Any]):
    """The circle of a region by every definition, the official reading first."""

    region = serializers.CharField()
    at = serializers.DateTimeField()
    network = StampSerializer()
    readings = ReadingSerializer(many=True)


@dataclass(frozen=True)
class CirclesQuery:
    """Whose circle is asked for, and at which threshold where not the usual ones."""

    region: str
    threshold_ms: float | None = None
    twin: Twin = Twin.PLANNED

    def readings(self) -> list[Definition]:
        """Return the standard readings, at the threshold asked for."""
        return [
            definition if self.threshold_ms is None else replace(definition, threshold_ms=self.threshold_ms)
            for definition in STANDARD
        ]


@dataclass(frozen=True)
class ReachQuery:
    """Whose reach is asked for, and how it is read."""

    region: str
    definition: Definition
    twin: Twin = Twin.PLANNED


@dataclass(frozen=True)
class PathQuery:
    """From a site or a place to a site, or to the nearest computing."""

    by_radio: bool
    from_site: str | None = None
    lat_deg: float = 0.0
    lon_deg: float = 0.0
    to_site: str | None = None
    twin: Twin = Twin.PLANNED


class _CircleQuery(serializers.Serializer[Any]):
    region = serializers.SlugField(max_length=40)
    threshold_ms = serializers.FloatField(required=False, min_value=0.001, max_value=MOST_THRESHOLD_MS)
    twin = TwinField()


class CirclesQuerySerializer(_CircleQuery, Typed[CirclesQuery]):
    """Whose circle is asked for, and at which threshold."""

    makes = CirclesQuery


class ReachQuerySerializer(_CircleQuery, Typed[ReachQuery]):
    """Whose reach is asked for, and how it is read."""

    layer = serializers.ChoiceField([str(layer) for layer in Layer], default=str(Layer.OPTICAL))
    direction = serializers.ChoiceField([str(direction) for direction in Direction], default=str(Direction.ONE_WAY))

    def made(self) -> ReachQuery:
        asked = self.validated_data
        layer, direction = Layer(asked["layer"]), Direction(asked["direction"])
        return ReachQuery(asked["region"], Definition(layer, direction, asked.get("threshold_ms", 1.0)), asked["twin"])


class CentreSerializer(serializers.Serializer[Any]):
    """A site with computing."""

    slug = serializers.CharField()
    lon_lat_deg = serializers.ListField(child=serializers.FloatField())
    edge_nodes = serializers.ListField(child=serializers.CharField())
    sites_inside = serializers.IntegerField(help_text="Of the region, whose nearest computing this is.")
    key_sites_inside = serializers.IntegerField()


class ReachedSiteSerializer(serializers.Serializer[Any]):
    """A site with its nearest computing; null where no path leads to any."""

    slug = serializers.CharField()
    lon_lat_deg = serializers.ListField(child=serializers.FloatField())
    centre = serializers.CharField(allow_null=True)
    ms = serializers.FloatField(allow_null=True)
    is_inside = serializers.BooleanField()
    is_key_site = serializers.BooleanField()
    state = serializers.CharField(
        help_text="inside, outside, lost (inside as planned, not now), asleep (its station is) or unknown (over what "
        "nothing is known of)."
    )


class ReachedLinkSerializer(serializers.Serializer[Any]):
    """A link by which somebody inside is reached, `a` nearer to computing than `b`."""

    a = serializers.CharField()
    b = serializers.CharField()
    path_lon_lat_deg = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    centre = serializers.CharField()
    ms = serializers.FloatField(help_text="From the centre to `b`, without what a terminal there adds.")


class ReachSerializer(serializers.Serializer[Any]):
    """Reach on the real graph by one definition, as planned or as the network is known to be now."""

    region = serializers.CharField()
    at = serializers.DateTimeField()
    network = StampSerializer()
    definition = DefinitionSerializer()
    centres = CentreSerializer(many=True)
    sites = ReachedSiteSerializer(many=True)
    links = ReachedLinkSerializer(many=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class PathQuerySerializer(Typed[PathQuery]):
    """From a site, or from a place where a terminal is, to a site; without `to`, to the nearest computing."""

    from_site = serializers.SlugField(max_length=40, required=False)
    lat_deg = serializers.FloatField(min_value=-90, max_value=90, required=False)
    lon_deg = serializers.FloatField(min_value=-180, max_value=180, required=False)
    by_radio = serializers.BooleanField(default=True, help_text="How a terminal enters: by air, or by fibre.")
    to_site = serializers.SlugField(max_length=40, required=False)
    twin = TwinField()
    makes = PathQuery

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Refuse two beginnings, or half of one."""
        place = [name for name in ("lat_deg", "lon_deg") if name in asked]
        if ("from_site" in asked) == bool(place):
            raise serializers.ValidationError({"from_site": "either from_site, or lat_deg and lon_deg"})
        if len(place) == 1:
            raise serializers.ValidationError({"lat_deg": "lat_deg and lon_deg together"})
        return asked


class PathPartSerializer(serializers.Serializer[Any]):
    """What one part of a path adds. The percentiles of parts do not add up to that of the path."""

    part = serializers.CharField()
    mean_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class PathSerializer(serializers.Serializer[Any]):
    """A modelled one-way latency with what it is made of; null figures where no path leads there."""

    to_site = serializers.CharField(allow_null=True)
    is_reachable = serializers.BooleanField(
        allow_null=True, help_text="Null: only over what nothing is known of, in the live twin."
    )
    direction = serializers.CharField()
    mean_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)
    parts = PathPartSerializer(many=True)
    network = StampSerializer()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


def path_json(to_site: str | None, latency: Latency | None, *, is_known: bool = True) -> dict[str, Any]:
    """Return a latency as `PathSerializer` shows it."""
    parts = [] if latency is None else [
        {"part": name, "mean_ms": mean_ms, "p99_ms": latency.part_p99_ms(name), "source": SOURCE}
        for name, mean_ms in latency.parts_ms.items()
    ]  # fmt: skip
    return {
        "to_site": to_site,
        "is_reachable": latency is not None if is_known else None,
        "direction": "one_way",
        "mean_ms": None if latency is None else latency.mean_ms,
        "p99_ms": None if latency is None else latency.p99_ms,
        "parts": parts,
        "source": SOURCE,
    }
