"""Wire shapes of the two twins: which one an answer is about, and what the live one knows of the network."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.topology.live import Twin
from network.actions.topology.live_overview import MOST_ROWS
from network.kernels.topology.condition import Condition
from network.serializers.words import WordsField


class TwinField(serializers.ChoiceField):
    """Which of the two networks is asked about."""

    def __init__(self, **options: Any) -> None:
        words = "planned: the inventory. live: less what is measured down, asleep or cut, set as equipment tells."
        given = {"choices": list(map(str, Twin)), "default": str(Twin.PLANNED), "help_text": words}
        super().__init__(**{**given, **options})

    def to_internal_value(self, value: Any) -> Twin:
        """Return it as the actions take it."""
        return Twin(super().to_internal_value(value))


class ConditionCountsSerializer(serializers.Serializer[Any]):
    """How many are in each condition."""

    up = serializers.IntegerField()
    degraded = serializers.IntegerField()
    down = serializers.IntegerField()
    asleep = serializers.IntegerField()
    unknown = serializers.IntegerField()


class StampSerializer(serializers.Serializer[Any]):
    """Which twin an answer is about, and as of when."""

    twin = serializers.CharField(help_text="planned or live.")
    as_of = serializers.DateTimeField()
    measured_at = serializers.DateTimeField(
        allow_null=True, help_text="The newest measurement behind it; null: it rests on none."
    )
    is_starting = serializers.BooleanField(help_text="Loft has just begun to measure: nothing is known yet.")
    sites = ConditionCountsSerializer(allow_null=True, help_text="Of the whole network; null of the planned twin.")


class ConditionRowSerializer(serializers.Serializer[Any]):
    """Something that is not known to be up."""

    key = serializers.CharField(help_text="The slug of a site or sector; of a link those of both ends, as a~b.")
    condition = serializers.CharField(help_text=f"One of {', '.join(Condition)}.")
    since = serializers.DateTimeField(allow_null=True, help_text="Null where that is not known.")


class SettingRowSerializer(serializers.Serializer[Any]):
    """A sector that is set otherwise than planned, as its equipment tells; null: it does not tell."""

    key = serializers.CharField(help_text="The slug of the sector.")
    site = serializers.CharField(help_text="The slug of its site.")
    told_at = serializers.DateTimeField(help_text="End of the period of which its equipment told last.")
    tilt_deg = serializers.FloatField(allow_null=True)
    power_dbm = serializers.FloatField(allow_null=True)
    planned_tilt_deg = serializers.FloatField()
    planned_power_dbm = serializers.FloatField()


class LiveSerializer(serializers.Serializer[Any]):
    """What of the network is not known to be up, the worst first; at most 2,000 rows of each kind."""

    region = serializers.CharField(allow_null=True)
    twin = serializers.CharField(help_text="live.")
    as_of = serializers.DateTimeField()
    measured_at = serializers.DateTimeField(allow_null=True, help_text="The newest measurement; null: there is none.")
    is_starting = serializers.BooleanField(help_text="Loft has just begun to measure: nothing is known yet.")
    digest = serializers.CharField(help_text="Changes whenever a condition does, anywhere in the network.")
    sites = ConditionCountsSerializer()
    links = ConditionCountsSerializer()
    site_rows = ConditionRowSerializer(many=True)
    link_rows = ConditionRowSerializer(many=True)
    sector_rows = ConditionRowSerializer(
        many=True, help_text="On air by the inventory, and off it as their equipment tells."
    )
    sectors_otherwise = serializers.IntegerField(
        help_text="How many sectors send with another tilt or power than planned, as their equipment tells."
    )
    setting_rows = SettingRowSerializer(many=True, help_text="These; the live twin reckons with what they tell.")
    definition = WordsField()


@dataclass(frozen=True)
class LiveQuery:
    """Whose network is asked about; without a region, all of it."""

    region: str | None = None
    limit: int = MOST_ROWS


class LiveQuerySerializer(Typed[LiveQuery]):
    """Whose network is asked about; without a region, all of it."""

    region = serializers.SlugField(max_length=40, required=False)
    limit = serializers.IntegerField(
        min_value=0, max_value=MOST_ROWS, default=MOST_ROWS, help_text="Rows of sites, of links and of sectors."
    )
    makes = LiveQuery
