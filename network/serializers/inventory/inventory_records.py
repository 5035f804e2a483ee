"""Wire shapes of the inventory's records, made from the same fields that judge them; of their history and plans."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.access.authentication import actor_of
from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.actions.inventory import KINDS
from network.actions.inventory import fields as spec
from network.actions.inventory.kinds import Kind
from network.actions.topology import link_state
from network.actions.topology.live import Live, live
from network.models import Change, Link, RecordKind

MOST_REASON = 200
FIRST_YEAR, LAST_YEAR = 1970, 2200
AnyField = serializers.Field[Any, Any, Any, Any]


def within_records(at: datetime) -> None:
    """Refuse a time that is none of a network's: years far out cannot be told in every zone."""
    if not FIRST_YEAR <= at.year < LAST_YEAR:
        raise serializers.ValidationError(f"a time from {FIRST_YEAR} to before {LAST_YEAR}")


@dataclass(frozen=True)
class AsOf:
    """A time to look back at, or ahead to what is planned, and at which records."""

    as_of: datetime
    region: str | None = None
    search: str = ""


class OccasionSerializer(Typed[dict[str, Any]]):
    """From when on a change holds, and why."""

    valid_from = TimeField(
        required=False,
        allow_null=True,
        validators=[within_records],
        help_text="In the future: a plan, answered with 202. Absent: from now on.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=MOST_REASON, default="")

    def made(self) -> dict[str, Any]:
        return {"valid_from": None, **self.validated_data}


class AsOfSerializer(Typed[AsOf]):
    """A time to look back at, or ahead to what is planned."""

    as_of = TimeField(
        required=False, validators=[within_records], help_text="Goes with region, search, limit and offset only."
    )
    region = serializers.CharField(required=False, max_length=40)
    search = serializers.CharField(required=False, max_length=80)
    makes = AsOf

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an empty time, which the field takes for an absent one."""
        if "as_of" not in attrs:
            raise serializers.ValidationError({"as_of": ["empty: expected a date and time such as 2026-11-01T08:00Z"]})
        return attrs


class RecordSerializer(serializers.Serializer[Any]):
    """A record as it is: its fields, where it lies, and from when on its values hold."""

    record: Kind

    def get_fields(self) -> dict[str, AnyField]:
        """Return the record's fields, then what the class adds, then its dates."""
        own = {field.name: _field(field, is_answer=True) for field in self.record.fields}
        dates = {
            "valid_from": serializers.DateTimeField(allow_null=True, help_text="Null: from before the records began."),
            "changed_at": serializers.DateTimeField(allow_null=True),
        }
        return {**own, **super().get_fields(), **dates}


class RegionRecordSerializer(RecordSerializer):
    """A region."""

    record = KINDS["region"]


class SectorRecordSerializer(RecordSerializer):
    """A sector, with where its site stands."""

    record = KINDS["sector"]
    region = serializers.CharField(source="site.region.slug")
    lat_deg = serializers.FloatField(source="site.lat_deg")
    lon_deg = serializers.FloatField(source="site.lon_deg")


class LinkRecordSerializer(RecordSerializer):
    """A link, with where its ends stand."""

    record = KINDS["link"]
    key = serializers.SerializerMethodField(help_text="Of its address: a~b.")
    a_region = serializers.CharField(source="a.region.slug")
    a_kind = serializers.CharField(source="a.kind")
    a_lat_deg = serializers.FloatField(source="a.lat_deg")
    a_lon_deg = serializers.FloatField(source="a.lon_deg")
    b_region = serializers.CharField(source="b.region.slug")
    b_kind = serializers.CharField(source="b.kind")
    b_lat_deg = serializers.FloatField(source="b.lat_deg")
    b_lon_deg = serializers.FloatField(source="b.lon_deg")

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields with how the link is now."""
        state: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            "state": serializers.ChoiceField(
                choices=link_state.CHOICES, read_only=True, allow_null=True,
                help_text="How it is now, by the ports and probes of its ends; null: it is asked for as of a time.",
            ),
            "state_since": serializers.DateTimeField(
                read_only=True, allow_null=True, help_text="Since when; null: it is up, or that is not known."
            ),
            "measured_at": serializers.DateTimeField(
                read_only=True, allow_null=True, help_text="The newest measurement behind the state; null: none."
            ),
        }  # fmt: skip
        return {**super().get_fields(), **state}

    def to_representation(self, instance: Link) -> dict[str, Any]:
        """Show the link, and how it is now."""
        state = link_state.state_of(instance, self._live()) if link_state.is_of_now(instance) else None
        for name in ("state", "state_since", "measured_at"):
            setattr(instance, name, getattr(state, name) if state else None)
        return super().to_representation(instance)

    def _live(self) -> Live:
        """Return the live twin, the same for all rows of an answer."""
        seen: Live = self.root.__dict__.setdefault("_live_twin", None) or live(timezone.now())
        self.root.__dict__["_live_twin"] = seen
        return seen

    def get_key(self, link: Link) -> str:
        return f"{link.a.slug}~{link.b.slug}"


class EdgeNodeRecordSerializer(RecordSerializer):
    """Computing at a site, with where the site stands."""

    record = KINDS["edge_node"]
    region = serializers.CharField(source="site.region.slug")
    lat_deg = serializers.FloatField(source="site.lat_deg")
    lon_deg = serializers.FloatField(source="site.lon_deg")


class CorridorRecordSerializer(RecordSerializer):
    """A corridor."""

    record = KINDS["corridor"]


class WriteSerializer(serializers.Serializer[Any]):
    """What may be sent of a record. The action judges the values, so that imports and plans are judged alike."""

    record: Kind
    is_partial = False

    def get_fields(self) -> dict[str, AnyField]:
        """Describe the record's fields and the occasion; nothing here refuses a value."""
        own = {field.name: _field(field, is_partial=self.is_partial) for field in self.record.fields}
        return {**own, **OccasionSerializer().get_fields()}


class RegionWriteSerializer(WriteSerializer):
    """What a new region may say."""

    record = KINDS["region"]


class RegionChangeWriteSerializer(RegionWriteSerializer):
    """What may be changed of a region."""

    is_partial = True


class SiteWriteSerializer(WriteSerializer):
    """What a new site may say."""

    record = KINDS["site"]


class SiteChangeWriteSerializer(SiteWriteSerializer):
    """What may be changed of a site."""

    is_partial = True


class SectorWriteSerializer(WriteSerializer):
    """What a new sector may say."""

    record = KINDS["sector"]


class SectorChangeWriteSerializer(SectorWriteSerializer):
    """What may be changed of a sector."""

    is_partial = True


class LinkWriteSerializer(WriteSerializer):
    """What a new link may say."""

    record = KINDS["link"]


class LinkChangeWriteSerializer(LinkWriteSerializer):
    """What may be changed of a link."""

    is_partial = True


class EdgeNodeWriteSerializer(WriteSerializer):
    """What a new edge node may say."""

    record = KINDS["edge_node"]


class EdgeNodeChangeWriteSerializer(EdgeNodeWriteSerializer):
    """What may be changed of an edge node."""

    is_partial = True


class CorridorWriteSerializer(WriteSerializer):
    """What a new corridor may say."""

    record = KINDS["corridor"]


class CorridorChangeWriteSerializer(CorridorWriteSerializer):
    """What may be changed of a corridor."""

    is_partial = True


WRITE_SERIALIZERS: dict[str, tuple[type[WriteSerializer], type[WriteSerializer]]] = {
    "region": (RegionWriteSerializer, RegionChangeWriteSerializer),
    "site": (SiteWriteSerializer, SiteChangeWriteSerializer),
    "sector": (SectorWriteSerializer, SectorChangeWriteSerializer),
    "link": (LinkWriteSerializer, LinkChangeWriteSerializer),
    "edge_node": (EdgeNodeWriteSerializer, EdgeNodeChangeWriteSerializer),
    "corridor": (CorridorWriteSerializer, CorridorChangeWriteSerializer),
}
"""By kind: what may be sent to add a record, and to change one."""


class ChangeSerializer(serializers.ModelSerializer[Change]):
    """One change of a record: done, or planned while `applied_at` and `withdrawn_at` are null."""

    kind = serializers.ChoiceField(choices=RecordKind.choices)
    values = serializers.DictField(allow_null=True, help_text="Whole values; null: removed.")
    before = serializers.DictField(allow_null=True, help_text="What they replace; null: there was no record.")
    is_planned = serializers.SerializerMethodField()

    class Meta:
        model = Change
        fields = [
            "id", "kind", "key", "valid_from", "values", "before", "recorded_at", "applied_at", "withdrawn_at",
            "problem", "actor", "reason", "is_planned",
        ]  # fmt: skip

    def to_representation(self, change: Change) -> dict[str, Any]:
        """Show it; who made it only to those who run the network."""
        row: dict[str, Any] = super().to_representation(change)
        request = self.context.get("request")
        if request is None or not actor_of(request).runs_the_network:
            row["actor"] = ""
        return row

    def get_is_planned(self, change: Change) -> bool:
        return change.applied_at is None and change.withdrawn_at is None


@extend_schema_field(
    {"type": "array", "minItems": 2, "maxItems": spec.MOST_POINTS,
     "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}}
)  # fmt: skip
class PathField(serializers.JSONField):
    """Places as [longitude, latitude] in degrees."""


def _field(field: spec.Field, *, is_answer: bool = False, is_partial: bool = False) -> AnyField:
    """Return a field of a record as the description of the API shows it."""
    options: dict[str, Any] = {
        "allow_null": field.is_nullable,
        "required": is_answer or (field.is_required and not is_partial),
    }
    if isinstance(field, spec.Ref):
        return serializers.CharField(
            **options, source=f"{field.name}.slug" if is_answer else None, help_text=field.expected
        )
    for kind, make in _MAKERS.items():
        if isinstance(field, kind):
            return make(field, options)
    raise TypeError(type(field).__name__)


def _number(field: Any, options: dict[str, Any]) -> AnyField:
    return serializers.FloatField(**options, min_value=field.least, max_value=field.most, help_text=field.expected)


def _whole(field: Any, options: dict[str, Any]) -> AnyField:
    return serializers.IntegerField(**options, min_value=int(field.least), max_value=int(field.most))


def _text(field: Any, options: dict[str, Any]) -> AnyField:
    return serializers.CharField(**options, max_length=field.most, allow_blank=getattr(field, "is_blank", False))


_MAKERS: Mapping[type[spec.Field], Callable[[Any, dict[str, Any]], AnyField]] = {
    spec.Whole: _whole,
    spec.Number: _number,
    spec.Text: _text,
    spec.Slug: _text,
    spec.Flag: lambda _, options: serializers.BooleanField(**options),
    spec.Choice: lambda field, options: serializers.ChoiceField(**options, choices=list(field.words)),
    spec.Path: lambda _, options: PathField(**options),
}
