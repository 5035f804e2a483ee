"""Wire shapes of imports and exports of the inventory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from rest_framework import serializers

from console.rest.fields import TimeField
from console.rest.parse import Typed
from network.actions.inventory.imports import FORMATS, MOST_BYTES, Result
from network.models import RecordKind
from network.serializers.inventory.inventory_records import within_records


def to_come(at: datetime) -> None:
    """Refuse a time that is not in the future: a file is taken now, or planned."""
    if at <= timezone.now():
        raise serializers.ValidationError("a time to come, such as 2031-06-01T08:00Z; none for now")


@dataclass(frozen=True)
class AskedImport:
    """A file, and how to take it."""

    file: "UploadedFile[bytes]"
    format: str
    is_dry_run: bool
    is_all_or_nothing: bool
    kind: str | None = None
    region: str | None = None
    valid_from: datetime | None = None


@dataclass(frozen=True)
class AskedExport:
    """What to export; without a kind or region, all of them."""

    format: str
    kind: str | None = None
    region: str | None = None


class ImportSerializer(Typed[AskedImport]):
    """A file, and how to take it."""

    file = serializers.FileField(max_length=200, help_text=f"At most {MOST_BYTES} bytes.")
    format = serializers.ChoiceField(choices=FORMATS)
    kind = serializers.ChoiceField(choices=RecordKind.choices, required=False, help_text="What a CSV file holds.")
    region = serializers.SlugField(max_length=40, required=False, help_text="Of records that name none.")
    is_dry_run = serializers.BooleanField(default=True, help_text="Change nothing, say what would be changed.")
    valid_from = TimeField(
        required=False,
        validators=[within_records, to_come],
        help_text="A time to come: the rows become plans from then on. Absent: they hold from now on.",
    )
    is_all_or_nothing = serializers.BooleanField(
        default=False, help_text="Change nothing where a row is refused; else the other rows are taken."
    )
    makes = AskedImport


class RowErrorSerializer(serializers.Serializer[Any]):
    """Why a row is refused."""

    field = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    expected = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """What became of a row, or would."""

    row = serializers.IntegerField(help_text="The line in CSV, else the number of the entry, from 1.")
    kind = serializers.ChoiceField(choices=RecordKind.choices)
    key = serializers.CharField(allow_null=True, help_text="Null where the row names none that could be one.")
    outcome = serializers.ChoiceField(choices=[result.value for result in Result])
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]  # a serializer's own attribute has that name


class CountsSerializer(serializers.Serializer[Any]):
    """How many rows came to what."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[Any]):
    """What an import did, or would do while `applied` is false."""

    rows = OutcomeSerializer(many=True)
    counts = CountsSerializer()
    applied = serializers.BooleanField(help_text="Where valid_from is told, applied means planned.")
    valid_from = TimeField(allow_null=True, help_text="Not null: the rows are plans from then on, or would be.")
    ignored = serializers.ListField(
        child=serializers.CharField(), help_text="Names in a graph that say nothing to the inventory."
    )


class ExportQuerySerializer(Typed[AskedExport]):
    """What to export."""

    format = serializers.ChoiceField(choices=FORMATS)
    kind = serializers.ChoiceField(choices=RecordKind.choices, required=False, help_text="CSV holds one kind.")
    region = serializers.SlugField(max_length=40, required=False)
    makes = AskedExport
