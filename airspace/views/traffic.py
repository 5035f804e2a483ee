"""What is in the air, whosever it is: positions only."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from airspace.models import LastPosition
from airspace.serializers.ownership import TrafficSerializer
from airspace.views.drones import box, numbers
from console.access.narrowing import unnarrowed
from console.rest.lists import ListView

HEARD_WITHIN = timedelta(hours=1)
"""As long as the live picture remembers a drone."""


class TrafficFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What traffic can be narrowed by."""

    bbox = django_filters.CharFilter(method="by_box", label="west,south,east,north in degrees")
    id = django_filters.CharFilter(method="by_ids", label="comma-separated, at most 1000")

    class Meta:
        model = LastPosition
        fields: list[str] = []

    def by_box(self, rows: QuerySet[LastPosition], name: str, value: str) -> QuerySet[LastPosition]:
        """Narrow to what was last heard within a box."""
        west, south, east, north = box(value)
        return rows.filter(lon_deg__gte=west, lon_deg__lte=east, lat_deg__gte=south, lat_deg__lte=north)

    def by_ids(self, rows: QuerySet[LastPosition], name: str, value: str) -> QuerySet[LastPosition]:
        """Narrow to drones by number."""
        return rows.filter(drone_id__in=numbers(value))


class TrafficView(ListView):
    """Everything heard within an hour: where it is, how high, how fast, whither; not what it is, nor whose."""

    queryset = LastPosition.objects.order_by("drone_id")
    serializer_class = TrafficSerializer
    filterset_class = TrafficFilter
    ordering_fields = ["drone_id", "at_ms"]
    rights = {"GET": "airspace.view_drone"}
    scopes = {"GET": "drones:read"}

    def get_queryset(self) -> QuerySet[LastPosition]:
        """Return everybody's: who flies must be able to see who else does, which is why there is no more in it.

        Retired and deleted drones are hidden, as in the live picture.
        """
        since_ms = int((timezone.now() - HEARD_WITHIN).timestamp() * 1000)
        rows: QuerySet[LastPosition] = ListAPIView.get_queryset(self)
        return rows.filter(at_ms__gte=since_ms, drone__retired_at=None)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read past the wall between organisations, for these few columns."""
        with unnarrowed():
            return super().list(request, *args, **kwargs)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}
