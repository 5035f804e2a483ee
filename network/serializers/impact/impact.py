"""Wire shapes of what suffers."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from console.rest.parse import Typed
from network.actions.impact.impact import KINDS, MOST_ROWS, How, Impact
from network.serializers.alarms.figure import AlarmRowSerializer
from network.serializers.alarms.runbook import RunbookSerializer
from network.serializers.topology.live import StampSerializer
from network.serializers.words import WordsField


@dataclass(frozen=True)
class ImpactQuery:
    """Of what the impact is asked for."""

    kind: str
    key: str


class ImpactQuerySerializer(Typed[ImpactQuery]):
    """Of what the impact is asked for."""

    kind = serializers.ChoiceField(KINDS)
    key = serializers.RegexField(
        r"^[-\w]+(~[-\w]+)?$", max_length=100, help_text="Slug of the site or corridor; of a link both ends, `a~b`."
    )
    makes = ImpactQuery


class AffectedSerializer(serializers.Serializer[Any]):
    """A site or service that is concerned."""

    key = serializers.CharField()
    name = serializers.CharField(source="display_name", help_text="What it is called, in the reader's language.")
    tenant = serializers.CharField(
        source="display_tenant",
        help_text="Name of the owner, in the reader's language; empty: nobody said. To go: see organisation.",
    )
    organisation = serializers.CharField(source="owner", help_text="Slug of the owner; empty: nobody said.")
    how = serializers.ChoiceField(
        [how.value for how in How],
        help_text="itself; cut_off: no other way to computing; on_path: its way leads over it and there is another; "
        "corridor: it flies in a corridor that crosses such a cell; serves: a site that serves the corridor.",
    )
    via = serializers.CharField(help_text="Slug of the site or corridor by which it is concerned.")
    href = serializers.CharField()
    page = serializers.CharField(help_text="Address of its page; empty: it has none.")
    place = serializers.CharField(help_text="Address of the map where it is; empty: it is nowhere by itself.")


class GroupSerializer(serializers.Serializer[Any]):
    """The services of one kind."""

    count = serializers.IntegerField(allow_null=True, help_text="Null: the reader lacks the right to see them.")
    rows = AffectedSerializer(many=True, help_text=f"At most {MOST_ROWS}, the worst first.")


class TenantSerializer(serializers.Serializer[Any]):
    """Whose services are concerned."""

    name = serializers.CharField(source="display_name", help_text="In the reader's language.")
    organisation = serializers.CharField(help_text="Slug; empty: nobody said.")
    services = serializers.DictField(child=serializers.IntegerField())


class ImpactSerializer(serializers.Serializer[Impact]):
    """What suffers, as of now. Modelled; `definition` says how."""

    kind = serializers.CharField()
    key = serializers.CharField()
    at = serializers.DateTimeField()
    sites = AffectedSerializer(many=True)
    site_count = serializers.IntegerField()
    services = serializers.DictField(child=GroupSerializer(), help_text="By group, such as slices.")
    tenants = TenantSerializer(many=True)
    network = StampSerializer(help_text="The twin whose ways and cells these are: the planned one.")
    definition = WordsField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own attribute has that name too


class AlarmDetailSerializer(AlarmRowSerializer):
    """One alarm, with what suffers now."""

    probable_cause_text = serializers.CharField(help_text="The probable cause in the reader's language.")
    suspects = serializers.ListField(
        child=serializers.CharField(), help_text="Of a root cause: what failed, or what may have; empty of others."
    )
    is_every_suspect = serializers.BooleanField(help_text="All of these failed together; else one of them did.")
    runbook = RunbookSerializer(help_text="What to do about it, as the reader's organisation has it.")
    root_title = serializers.CharField(help_text="What its root cause is called; empty: it has none.")
    affected_services = ImpactSerializer(
        allow_null=True, help_text="Null: the alarm is over, or it is of nothing in the network."
    )
