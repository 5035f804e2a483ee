"""Vehicles of factories over REST: their list, and the states they report."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.actions.idempotency import Answer
from console.rest.idempotency import IDEMPOTENCY_KEY, once_per_key
from console.rest.lists import ListView
from console.rest.parsers import BytesParser, body_of
from console.rest.permissions import find
from industry.actions.transport.vehicle import accept_states, delete_vehicle
from industry.models import Factory, Vehicle
from industry.serializers.vehicle import (
    VehicleAcceptanceSerializer,
    VehicleSerializer,
    VehicleStateSerializer,
    decode,
)


class VehicleFilter(filters.FilterSet):  # type: ignore[misc]
    """Vehicles of a factory, or by a part of maker and serial number."""

    factory = filters.CharFilter(field_name="factory__slug")
    search = filters.CharFilter(method="named")

    class Meta:
        model = Vehicle
        fields: list[str] = []

    def named(self, queryset: QuerySet[Vehicle], name: str, value: str) -> QuerySet[Vehicle]:
        """Return those whose maker or serial number holds the text."""
        return queryset.filter(manufacturer__icontains=value) | queryset.filter(serial__icontains=value)


class VehicleListView(ListView):
    """Vehicles of factories, each with the newest state it reported: `?factory=&search=`."""

    queryset = Vehicle.objects.select_related("factory").order_by("factory__slug", "manufacturer", "serial", "pk")
    serializer_class = VehicleSerializer
    filterset_class = VehicleFilter
    ordering_fields = ["manufacturer", "serial", "at", "battery_pct", "operating_mode"]
    rights = {"GET": "industry.view_factory"}
    scopes = {"GET": "factories:read"}


class VehicleView(APIView):
    """One vehicle of a factory."""

    rights = {"DELETE": "industry.delete_machine"}
    scopes = {"DELETE": "machines:write"}

    @extend_schema(operation_id="vehicles_destroy", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a vehicle that was taken out of service, or registered by mistake."""
        vehicle = find(Vehicle.objects.select_related("factory"), request, self, pk=pk)
        delete_vehicle(actor_of(request), vehicle, timezone.now())
        return Response(status=204)


class VehicleStatesView(APIView):
    """States of a factory's vehicles."""

    parser_classes = [BytesParser]
    rights = {"POST": "industry.add_reading"}
    scopes = {"POST": "telemetry:write"}

    @extend_schema(
        request={"application/json": VehicleStateSerializer(many=True)},
        responses={202: VehicleAcceptanceSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take at most 1000 states of VDA 5050 (256 kB); a vehicle that nobody has named before is registered."""
        factory = find(Factory.objects.all(), request, self, slug=slug)
        body = body_of(request)
        now = timezone.now()
        states, refused = decode(body, now)

        def take() -> Answer:
            outcome = accept_states(actor_of(request), factory, states, now)
            answer: dict[str, Any] = {
                "accepted": outcome.accepted,
                "older": outcome.older,
                "refused": sorted([*refused, *outcome.refused], key=lambda refusal: refusal["index"]),
            }
            return Answer(202, answer)

        return once_per_key(request, body, take)
