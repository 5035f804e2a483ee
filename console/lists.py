"""What every list of the REST API can do: pages, filters, order, CSV."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend, FilterSet, IsoDateTimeFilter
from rest_framework.filters import OrderingFilter
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer

from console.permissions import visible

FIRST_YEAR, LAST_YEAR = 1970, 2200
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class TimeField(IsoDateTimeField):  # type: ignore[misc]
    """A time that can be told in every zone: at the ends of the calendar an offset leads out of it."""

    def strptime(self, value: str, format: str) -> datetime:  # noqa: A002  the framework's name
        """Return the time, or refuse it."""
        at: datetime = super().strptime(value, format)
        if not FIRST_YEAR <= at.year < LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return at


class TimeFilter(IsoDateTimeFilter):  # type: ignore[misc]
    """Rows by a time."""

    field_class = TimeField


class Filters(FilterSet):  # type: ignore[misc]
    """The filters of a list that only names its fields."""

    FILTER_DEFAULTS = {**FilterSet.FILTER_DEFAULTS, models.DateTimeField: {"filter_class": TimeFilter}}


class FilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Makes filters of the fields that a list names."""

    filterset_base = Filters


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`, at most a thousand rows."""

    default_limit = 100
    max_limit = 1000


class CsvRenderer(BaseRenderer):
    """`?format=csv`: the rows of the page, nested values as JSON text, safe to open in a spreadsheet."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Write one line per row; an error body is passed on as its text."""
        rows = data.get("results", [data]) if isinstance(data, dict) else data
        out = io.StringIO()
        if rows:
            writer = csv.DictWriter(out, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
        return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


class ListView(ListAPIView[Any]):
    """Base of every list endpoint. Say `queryset`, `serializer_class`, `filterset_fields`, `rights` and `scopes`."""

    renderer_classes = [JSONRenderer, CsvRenderer]
    pagination_class = Pages
    filter_backends = [FilterBackend, OrderingFilter]
    ordering_fields: str | list[str] = "__all__"

    def get_queryset(self) -> QuerySet[Any]:
        """Return only what the caller may see."""
        return visible(super().get_queryset(), self.request)
