"""What every list of the REST API can do: pages, filters, order, CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.filters import OrderingFilter
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from console.rest.filters import Filters
from console.rest.permissions import visible

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`, at most a thousand rows."""

    default_limit = 100
    max_limit = 1000


class Order(OrderingFilter):
    """`?ordering=`: words of the list's `ordering_fields`, a dash in front of one turns it round.

    What a word orders by is the field of its name, or what `orders` of the list says. Rows that are equal in it are in
    the order of their keys, so that no page repeats what another has.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return the rows in the order asked for, else in that of the list."""
        words = self.get_ordering(request, queryset, view) or ()
        orders: Mapping[str, Sequence[OrderBy]] = getattr(view, "orders", {})
        order = [by for word in words for by in _expressions(word, orders)]
        if not order:
            return queryset
        return queryset.order_by(*order, "-pk" if words[-1].startswith("-") else "pk")


def _expressions(word: str, orders: Mapping[str, Sequence[OrderBy]]) -> list[str | OrderBy]:
    name = word.removeprefix("-")
    if name not in orders:
        return [word]
    made = [by.copy() for by in orders[name]]
    for by in made if name != word else ():
        by.reverse_ordering()
    return [*made]


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
    filter_backends = [Filters, Order]
    ordering_fields: str | list[str] = "__all__"
    orders: Mapping[str, Sequence[OrderBy]] = {}  # what a word of the order means, where it is no field

    def get_queryset(self) -> QuerySet[Any]:
        """Return only what the caller may see."""
        return visible(super().get_queryset(), self.request)
