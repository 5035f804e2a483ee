"""Whose drones are, over REST: handing on, giving back, deciding disputes, and who claims what."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from airspace.actions.ownership import ownership as actions
from airspace.models import Claim
from airspace.serializers.drone import DroneSerializer
from airspace.serializers.ownership import ClaimSerializer, DecisionSerializer, TransferSerializer
from airspace.views.drones import DRONES, detail
from console.access.authentication import actor_of
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find

ANSWERS = {200: DroneSerializer, 409: OpenApiResponse(description="Problem details: why it is refused")}


class TransferView(APIView):
    """A drone's way to another organisation."""

    rights = {"POST": "airspace.change_drone"}

    @extend_schema(operation_id="drones_transfer", request=TransferSerializer, responses=ANSWERS)
    def post(self, request: Request, pk: int) -> Response:
        """Hand a drone on to another organisation. For those who run the network."""
        drone = find(DRONES, request, self, pk=pk)
        actions.transfer(actor_of(request), drone, parse.body(request, TransferSerializer), timezone.now())
        return Response(detail(DRONES.get(pk=pk)))


class ReleaseView(APIView):
    """A drone that its owner gives up."""

    rights = {"POST": "airspace.change_drone"}

    @extend_schema(operation_id="drones_release", request=None, responses={204: None, 409: ANSWERS[409]})
    def post(self, request: Request, pk: int) -> Response:
        """Give a drone back to those who run the network; they may hand it on."""
        actions.release(actor_of(request), find(DRONES, request, self, pk=pk), timezone.now())
        return Response(status=204)


class DisputeView(APIView):
    """A dispute about a serial."""

    rights = {"POST": "airspace.change_drone"}

    @extend_schema(operation_id="drones_decide_dispute", request=DecisionSerializer, responses=ANSWERS)
    def post(self, request: Request, pk: int) -> Response:
        """Say whether a disputed drone's verification counts again. For those who run the network."""
        drone = find(DRONES, request, self, pk=pk)
        is_verified = parse.body(request, DecisionSerializer)
        actions.decide(actor_of(request), drone, timezone.now(), is_verified=is_verified)
        return Response(detail(DRONES.get(pk=pk)))


class ClaimListView(ListView):
    """Who reports drones of others, by drone and key. For those who run the network, and an authority."""

    queryset = Claim.objects.select_related("drone__organisation", "key__organisation")
    serializer_class = ClaimSerializer
    filterset_fields = {
        "drone": ["exact"], "drone__serial": ["exact"], "key": ["exact"], "key__organisation__slug": ["exact"],
        "disputed_at": ["isnull"], "decided_at": ["isnull"],
    }  # fmt: skip
    ordering_fields = ["last_at", "first_at", "refused"]
    rights = {"GET": "airspace.view_claim"}
    scopes = {"GET": "drones:read"}
