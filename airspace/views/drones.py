"""Drones over REST: list, detail, change, trail."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Case, F, OrderBy, Q, QuerySet, When
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from airspace.actions.ownership import removal
from airspace.actions.tracking import drone as actions
from airspace.actions.tracking.control_link import Known
from airspace.actions.tracking.trail import trail
from airspace.kernels.tracking import LOST_AFTER_S, STALE_AFTER_S, STATES
from airspace.models import HEARD_FOR_ANOTHER, HEARD_FOR_OWNER, Drone
from airspace.serializers.drone import (
    DeletedSerializer,
    DroneChangeSerializer,
    DroneSerializer,
    LinkWithRadioSerializer,
    NewDroneSerializer,
    TrailQuerySerializer,
    TrailSerializer,
    last_of,
)
from console.access.authentication import actor_of
from console.rest import parse
from console.rest.filters import Filters
from console.rest.lists import ListView
from console.rest.permissions import find
from network.actions.radio.radio_link import modelled_link
from network.actions.topology.live import live

TRAIL = timedelta(minutes=10)
MAX_IDS = 1_000
LINKS = ("heard", "stale", "lost", "unknown")
CONTROL_LINKS = ("bad", "below", "gap_ahead")
DRONES = Drone.objects.select_related("last_position", "organisation")


class DroneFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What a list of drones can be narrowed by."""

    serial = django_filters.CharFilter()
    search = django_filters.CharFilter(method="by_words", label="part of serial, name or operator")
    state = django_filters.ChoiceFilter(choices=[(name, name) for name in STATES], method="by_state")
    link = django_filters.ChoiceFilter(choices=[(name, name) for name in LINKS], method="by_link")
    control = django_filters.ChoiceFilter(
        choices=[(name, name) for name in CONTROL_LINKS],
        method="by_control_link",
        label="below: their control link is below its need; gap_ahead: it soon will be; bad: either",
    )
    organisation = django_filters.CharFilter(field_name="organisation__slug")
    disputed = django_filters.BooleanFilter(field_name="disputed_at", lookup_expr="isnull", exclude=True)
    verified = django_filters.BooleanFilter(field_name="is_verified")
    retired = django_filters.BooleanFilter(method="by_retirement", label="true: retired ones instead of the others")
    bbox = django_filters.CharFilter(method="by_box", label="west,south,east,north in degrees")
    id = django_filters.CharFilter(method="by_ids", label="comma-separated, at most 1000")

    class Meta:
        model = Drone
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Drone]) -> QuerySet[Drone]:
        """Hide retired drones from who does not ask for them."""
        rows: QuerySet[Drone] = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("retired") is not None else rows.filter(retired_at=None)

    def by_retirement(self, rows: QuerySet[Drone], name: str, value: bool) -> QuerySet[Drone]:  # noqa: FBT001
        """Narrow to retired drones, or to the others."""
        return rows.exclude(retired_at=None) if value else rows.filter(retired_at=None)

    def by_words(self, rows: QuerySet[Drone], name: str, value: str) -> QuerySet[Drone]:
        """Narrow to drones that carry the text."""
        return rows.filter(Q(serial__icontains=value) | Q(name__icontains=value) | Q(operator__icontains=value))

    def by_state(self, rows: QuerySet[Drone], name: str, value: str) -> QuerySet[Drone]:
        """Narrow to one state."""
        return rows.filter(last_position__state=STATES.index(value)).filter(HEARD_FOR_OWNER)

    def by_link(self, rows: QuerySet[Drone], name: str, value: str) -> QuerySet[Drone]:
        """Narrow to one freshness, by the limits that the map draws by."""
        now_ms = timezone.now().timestamp() * 1000
        stale_ms, lost_ms = int(now_ms - STALE_AFTER_S * 1000), int(now_ms - LOST_AFTER_S * 1000)
        wanted = {
            "heard": Q(last_position__at_ms__gte=stale_ms),
            "stale": Q(last_position__at_ms__gte=lost_ms, last_position__at_ms__lt=stale_ms),
            "lost": Q(last_position__at_ms__lt=lost_ms),
        }
        if value == "unknown":
            return rows.filter(Q(last_position=None) | HEARD_FOR_ANOTHER)
        return rows.filter(wanted[value]).filter(HEARD_FOR_OWNER)

    def by_control_link(self, rows: QuerySet[Drone], name: str, value: str) -> QuerySet[Drone]:
        """Narrow to drones whose control link is below its need, or soon will be."""
        known = Known()
        states = CONTROL_LINKS[1:] if value == "bad" else (value,)
        return rows.filter(pk__in=[drone for state in states for drone in known.in_state(state)]).filter(
            HEARD_FOR_OWNER
        )

    def by_box(self, rows: QuerySet[Drone], name: str, value: str) -> QuerySet[Drone]:
        """Narrow to drones last heard within a box."""
        west, south, east, north = box(value)
        inside = rows.filter(
            last_position__lon_deg__gte=west,
            last_position__lon_deg__lte=east,
            last_position__lat_deg__gte=south,
            last_position__lat_deg__lte=north,
        )
        return inside.filter(HEARD_FOR_OWNER)

    def by_ids(self, rows: QuerySet[Drone], name: str, value: str) -> QuerySet[Drone]:
        """Narrow to drones by primary key."""
        return rows.filter(pk__in=numbers(value))


class OwnOrdering(OrderingFilter):
    """Order by what a drone's owner sent: what a former one did is hidden, and so is its place among the others."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Order by the columns asked for, then by key; of values that are not shown there are none to order by."""
        wanted = self.get_ordering(request, queryset, view) or []
        if not wanted:
            return queryset
        return queryset.order_by(*(_shown(name) for name in wanted), "-pk" if wanted[-1].startswith("-") else "pk")


def _shown(name: str) -> OrderBy | str:
    column = name.removeprefix("-")
    if not column.startswith("last_position__"):
        return name
    value = Case(When(HEARD_FOR_ANOTHER, then=None), default=F(column))
    return OrderBy(value, descending=name != column)


def numbers(text: str) -> list[str]:
    """Return the numbers of a list separated by commas.

    Raises:
        ValidationError: it is none, or too long.
    """
    parts = text.split(",")
    if len(parts) > MAX_IDS or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise ValidationError({"id": [f"at most {MAX_IDS} numbers, separated by commas"]})
    return parts


def box(text: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north in degrees.

    Raises:
        ValidationError: it is no box.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValidationError({"bbox": ["west,south,east,north in degrees, west <= east, south <= north"]})
    return west, south, east, north


class DroneListView(ListView):
    """Every registered drone of one's organisation with its last position; others' are `/api/v1/traffic`."""

    queryset = DRONES
    serializer_class = DroneSerializer
    filterset_class = DroneFilter
    filter_backends = [Filters, OwnOrdering]
    ordering_fields = [
        "id", "serial", "name", "operator", "is_verified", "registered_at",
        "last_position__at_ms", "last_position__battery_pct", "last_position__state", "last_position__altitude_wgs84_m",
    ]  # fmt: skip
    rights = {"GET": "airspace.view_drone", "POST": "airspace.add_drone", "DELETE": "airspace.delete_drone"}
    scopes = {"GET": "drones:read", "POST": "reports:write", "DELETE": "drones:write"}

    @extend_schema(
        operation_id="drones_register",
        request=NewDroneSerializer,
        responses={201: DroneSerializer, 409: OpenApiResponse(description="The serial is registered already")},
    )
    def post(self, request: Request) -> Response:
        """Claim a serial for one's organisation before it reports."""
        wanted = parse.fields(request, NewDroneSerializer)
        drone = actions.register_by_hand(actor_of(request), now=timezone.now(), **wanted)
        return Response(detail(DRONES.get(pk=drone.pk)), status=201)

    @extend_schema(operation_id="drones_delete", responses={200: DeletedSerializer})
    def delete(self, request: Request) -> Response:
        """Delete the drones that fit the filter, with their history; only unverified ones: say `verified=false`."""
        if request.query_params.get("verified", "").lower() != "false":
            raise ValidationError({"verified": ["false: only unverified drones are deleted by filter"]})
        meant = list(self.filter_queryset(self.get_queryset()).order_by("pk")[: removal.MOST_AT_ONCE + 1])
        return Response({"deleted": removal.delete_unverified(actor_of(request), meant, timezone.now())})

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now(), "control_links": Known()}


class DroneView(APIView):
    """One drone."""

    rights = {
        "GET": "airspace.view_drone",
        "PATCH": "airspace.change_drone",
        "DELETE": "airspace.delete_drone",
    }
    scopes = {"GET": "drones:read", "PATCH": "drones:write", "DELETE": "drones:write"}

    @extend_schema(operation_id="drones_retrieve", responses=DroneSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Return a drone with its last position and its link, radio as modelled."""
        return Response(detail(find(DRONES, request, self, pk=pk)))

    @extend_schema(
        operation_id="drones_change",
        request=DroneChangeSerializer(partial=True),
        responses={200: DroneSerializer, 400: OpenApiResponse(description="Problem details")},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Name a drone or retire it; those who run the network say whether it was checked, and for whom it flies."""
        drone = find(DRONES, request, self, pk=pk)
        changes, now = parse.fields(request, DroneChangeSerializer, drone), timezone.now()
        is_retired = changes.pop("is_retired", None)
        actions.change(actor_of(request), drone, now, **changes)
        if is_retired is not None:
            removal.retire(actor_of(request), drone, now, is_retired=is_retired)
        return Response(detail(DRONES.get(pk=pk)))

    @extend_schema(operation_id="drones_destroy", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a drone with its history. If it reports again, it is registered again, as unverified."""
        removal.delete(actor_of(request), find(DRONES, request, self, pk=pk), timezone.now())
        return Response(status=204)


class TrailView(APIView):
    """Where a drone has been."""

    rights = {"GET": "airspace.view_drone"}
    scopes = {"GET": "drones:read"}

    @extend_schema(operation_id="drones_trail", parameters=[TrailQuerySerializer], responses=TrailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Return the trail since a time as at most `limit` points, oldest first, gaps kept as gaps."""
        asked = parse.query(request, TrailQuerySerializer)
        drone = find(DRONES, request, self, pk=pk)
        since = asked.since or timezone.now() - TRAIL
        since = max(since, drone.owned_since or since)  # what it flew for another is that one's
        track = trail(drone.pk, int(since.timestamp() * 1000), asked.limit)
        for position, after_gap in track.points:
            position.after_gap = after_gap  # type: ignore[attr-defined]
        points = [position for position, _ in track.points]
        body = {"drone": pk, "since": since, "reports": track.reports, "is_cut": track.is_cut, "points": points}
        return Response(TrailSerializer(body).data)


def detail(drone: Drone) -> dict[str, Any]:
    """Return a drone with its last position and its link, radio as modelled by the live twin."""
    now = timezone.now()
    body = dict(DroneSerializer(drone, context={"now": now, "control_links": Known()}).data)
    last = last_of(drone)
    radio = (
        modelled_link(last.lat_deg, last.lon_deg, last.height_agl_m, live(now))
        if last and last.height_agl_m is not None
        else None
    )
    body["link"] = LinkWithRadioSerializer({**body["link"], "radio": asdict(radio) if radio else None}).data
    return body
