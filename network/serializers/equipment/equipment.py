"""Wire shapes of what base stations tell of themselves and of what they are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.models import ConfigurationState

MOST_ROWS = 2_000
MOST_ROUTE_SITES = 64
TILT_DEG = (-10.0, 30.0)
POWER_DBM = (0.0, 60.0)


class HistogramSerializer(serializers.Serializer[Any]):
    """Reports of terminals by class; the first and the last class are open."""

    edges = serializers.ListField(child=serializers.FloatField())
    counts = serializers.ListField(child=serializers.IntegerField(), help_text="One more than edges.")


class CellCountersSerializer(serializers.Serializer[Any]):
    """What one cell counted."""

    sector = serializers.CharField()
    is_active = serializers.BooleanField(help_text="Told to be awake.")
    tilt_deg = serializers.FloatField(required=False, allow_null=True, help_text="In force; null: it does not tell.")
    power_dbm = serializers.FloatField(required=False, allow_null=True, help_text="Likewise.")
    devices = serializers.IntegerField(help_text="Attached.")
    drones = serializers.IntegerField(help_text="Attached.")
    prb_use_share = serializers.FloatField()
    throughput_mbps = serializers.FloatField()
    rsrp_dbm = HistogramSerializer()
    sinr_db = HistogramSerializer()


class EdgeCountersSerializer(serializers.Serializer[Any]):
    """What an edge node counted."""

    cores = serializers.IntegerField()
    busy_share = serializers.FloatField()
    queue = serializers.IntegerField()


class PortSerializer(serializers.Serializer[Any]):
    """What a site sees at one port."""

    to = serializers.CharField(help_text="The site at the other end.")
    state = serializers.ChoiceField(
        choices=["up", "degraded", "loss_of_signal", "remote_off"],
        help_text="remote_off: the other end said that it loses its power.",
    )
    errored_share = serializers.FloatField(help_text="Of the frames that came in.")
    for_s = serializers.FloatField(
        allow_null=True, help_text="For how long it has not been up; null: it is, or unknown."
    )


class TotalsSerializer(serializers.Serializer[Any]):
    """The cells of a site together, and the site; null: it has none, or told nothing of it."""

    devices = serializers.FloatField(allow_null=True)
    drones = serializers.FloatField(allow_null=True)
    prb_use_share = serializers.FloatField(allow_null=True, help_text="Mean of the cells on air.")
    throughput_mbps = serializers.FloatField(allow_null=True)
    power_w = serializers.FloatField(allow_null=True)
    temperature_c = serializers.FloatField(allow_null=True)


class ToldSerializer(TotalsSerializer):
    """What a site told of one period, as it counted it itself."""

    period_s = serializers.FloatField()
    version = serializers.IntegerField(help_text="Of the settings in force.")
    cells = CellCountersSerializer(many=True)
    edge = EdgeCountersSerializer(allow_null=True)
    ports = PortSerializer(many=True, allow_null=True, required=False, help_text="Null: it tells nothing of them.")


class CountersSerializer(serializers.Serializer[Any]):
    """What a site told last, and how old that is."""

    site = serializers.CharField()
    is_known = serializers.BooleanField(help_text="False: what it told is too old to hold, so how it is, is unknown.")
    told = ToldSerializer(allow_null=True, help_text="Null: it never told anything.")
    to_at = serializers.DateTimeField(allow_null=True, help_text="The end of the period that it tells of.")
    age_s = serializers.FloatField(allow_null=True)
    stale_after_s = serializers.FloatField()
    asked_at = serializers.DateTimeField(allow_null=True)
    missed = serializers.IntegerField(help_text="How often in a row it told nothing new.")
    problem = serializers.CharField(allow_blank=True, help_text="What was wrong with what it told.")


@dataclass(frozen=True)
class CounterHistoryQuery:
    """By what, and between when."""

    span: str
    limit: int
    since: datetime | None = None
    until: datetime | None = None


class CounterHistoryQuerySerializer(Typed[CounterHistoryQuery]):
    """By what, and between when."""

    span = serializers.ChoiceField(choices=["reading", "hour"], default="reading")
    since = TimeField(required=False, help_text="By default 1 hour ago by the reading, 7 days by hour.")
    until = TimeField(required=False, help_text="By default now.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=720)
    makes = CounterHistoryQuery


class CounterRowSerializer(TotalsSerializer):
    """One reading, or the means of an hour; a time without a row is unknown."""

    at = serializers.DateTimeField(help_text="The end of the period; of an hour its beginning.")
    edge_busy_share = serializers.FloatField(allow_null=True)
    edge_queue = serializers.FloatField(allow_null=True)
    known_s = serializers.FloatField(help_text="How much of the time was told of.")


class ConfigurationWriteSerializer(serializers.Serializer[Any]):
    """What shall change at a site. What is absent stays as it is."""

    tilt_deg = serializers.FloatField(
        required=False, min_value=TILT_DEG[0], max_value=TILT_DEG[1], help_text="Electrical, downwards."
    )
    power_dbm = serializers.FloatField(required=False, min_value=POWER_DBM[0], max_value=POWER_DBM[1])
    sleep = serializers.BooleanField(required=False, help_text="True: the sectors send nothing until woken.")
    sectors = serializers.ListField(
        child=serializers.SlugField(max_length=48),
        required=False,
        max_length=64,
        allow_empty=False,
        help_text="Of which sectors; absent: of all.",
    )
    route = serializers.ListField(
        child=serializers.SlugField(max_length=40), required=False, allow_null=True, min_length=2,
        max_length=MOST_ROUTE_SITES, help_text="Sites from the core to this one; null: the shortest way, protected.",
    )  # fmt: skip
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request for nothing."""
        if not {"tilt_deg", "power_dbm", "sleep", "route"} & attrs.keys():
            expected = "nothing changes: expected tilt_deg, power_dbm, sleep or route"
            raise serializers.ValidationError({"tilt_deg": [expected]})
        return attrs


class ConfigurationJobSerializer(serializers.Serializer[Any]):
    """A configuration job, and what became of it."""

    id = serializers.UUIDField()
    site = serializers.CharField()
    wish = serializers.DictField(help_text="cells by sector, and route where it changes.")
    state = serializers.ChoiceField(choices=ConfigurationState.choices)
    version = serializers.IntegerField(allow_null=True, help_text="That the site gave it.")
    attempts = serializers.IntegerField()
    asked_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True, help_text="When the site's counters told it was in force.")
    actor = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True)


class ConfigurationSerializer(serializers.Serializer[Any]):
    """Which settings a site said were in force, and the newest jobs."""

    site = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    version_at = serializers.DateTimeField(allow_null=True, help_text="When it said so.")
    pushes = ConfigurationJobSerializer(many=True)
