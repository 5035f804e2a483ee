"""Fields that shapes of every app share: times, rows named by their slug, the owner of a row."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from console.access.authentication import actor_of
from console.models import Organisation

Row = TypeVar("Row", bound=Model)
TOO_FAR = "expected a time from 1970 to 2200"


def is_near(at: datetime) -> bool:
    """Whether a time is one that we can store, compare and tell, in any zone."""
    return 1970 <= at.year <= 2200


class TimeField(serializers.DateTimeField):
    """A time that a database can hold, and that can be told, in any zone."""

    default_error_messages = {"far": TOO_FAR}

    def to_internal_value(self, value: Any) -> datetime:
        """Read it, and refuse what is beyond."""
        try:
            read = super().to_internal_value(value)
        except OverflowError:  # year 1 without an offset, east of Greenwich
            self.fail("far")
        if not is_near(read):
            self.fail("far")
        return read


class BySlug(serializers.SlugRelatedField[Row]):
    """A row named by its slug. NUL, over which PostgreSQL fails, is in the slug of none."""

    def to_internal_value(self, data: Any) -> Row:
        """Return the row; refuse a slug that none has, naming it."""
        if "\0" in str(data):
            self.fail("does_not_exist", slug_name=self.slug_field, value=str(data))
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.STR)
class OwnerField(BySlug[Organisation]):
    """The slug of the organisation that owns a row; of those that the caller may see. Not sent: as the action says."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        help_text = "Slug of the organisation whose it is. Not sent: one's own, or the owner of what it is about."
        super().__init__(slug_field="slug", **{"help_text": help_text, **kwargs})

    def get_queryset(self) -> QuerySet[Organisation] | None:
        """Return the organisations that the caller knows of."""
        if self.read_only:
            return None
        request = self.context.get("request")
        return Organisation.objects.none() if request is None else Organisation.objects.visible_to(actor_of(request))
