"""What every list of the REST API can do: pages, filters, order, CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.filters import OrderingFilter
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer

from console.rest.filters import Filters
from console.rest.permissions import visible

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
    filter_backends = [Filters, OrderingFilter]
    ordering_fields: str | list[str] = "__all__"

    def get_queryset(self) -> QuerySet[Any]:
        """Return only what the caller may see."""
        return visible(super().get_queryset(), self.request)
