"""REST: stored plans of where to put computing."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find
from console.rest.pricing.priced import Priced
from console.views.pages import Page
from network.actions.placement import plan
from network.models import PlacementPlan, PlanState, Region
from network.serializers.placement.placement import (
    AdoptionSerializer,
    AskedPlanSerializer,
    ComparedIdsSerializer,
    ComparisonSerializer,
    PlanDetailSerializer,
    PlanSerializer,
)
from network.tasks import prove_plan


class PlansPage(Page):
    """Where to put computing: requests, previews, and the plans kept."""

    right, place, template_name = "network.view_placementplan", "programme", "network/plans.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the regions with key sites or people, and the states to filter by."""
        counted = Q(sites__is_key_site=True) | Q(sites__people__isnull=False)
        regions = Region.objects.filter(counted).distinct()
        return super().get_context_data(regions=regions, states=PlanState.choices, **kwargs)


class PlansView(ListView):
    """GET: the plans kept, the newest first. POST: have one proven."""

    rights = {"GET": "network.view_placementplan", "POST": "network.add_placementplan"}
    scopes = {"GET": "network:read"}
    queryset = PlacementPlan.objects.select_related("region")
    serializer_class = PlanSerializer
    filterset_fields = ["region__slug", "state", "asked_by"]
    ordering_fields = ["asked_at", "ended_at", "name", "state", "cost"]

    @extend_schema(request=AskedPlanSerializer, responses={202: PlanSerializer})
    def post(self, request: Request) -> Response:
        """Answer 202 with the plan as it waits; a worker proves it."""
        asked = parse.body(request, AskedPlanSerializer)
        region = get_object_or_404(Region, slug=asked.region)
        made = plan.ask(actor_of(request), region, asked.name, asked.request, timezone.now(), prove_plan.delay)
        return Response(PlanSerializer(made).data, status=202)


class PlanView(APIView):
    """GET: one plan, and whether the inventory is still the one it was made for."""

    rights = {"GET": "network.view_placementplan"}
    scopes = {"GET": "network:read"}

    @extend_schema(responses=PlanDetailSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Answer with the plan."""
        return Response(PlanDetailSerializer(_found(request, self, uuid)).data)


class CancelPlanView(APIView):
    """POST: cancel a plan that waits or is being proven."""

    rights = {"POST": "network.change_placementplan"}

    @extend_schema(request=None, responses=PlanSerializer)
    def post(self, request: Request, uuid: UUID) -> Response:
        """Answer with the plan, cancelled."""
        return Response(
            PlanSerializer(plan.cancel(actor_of(request), _found(request, self, uuid), timezone.now())).data
        )


class AdoptPlanView(APIView):
    """POST: plan an edge node for every new site of a plan, to become real at a time."""

    rights = {"POST": "network.change_placementplan"}

    @extend_schema(request=AdoptionSerializer, responses=PlanSerializer)
    def post(self, request: Request, uuid: UUID) -> Response:
        """Answer with the plan, adopted."""
        asked, placement_plan = parse.body(request, AdoptionSerializer), _found(request, self, uuid)
        done = plan.adopt(
            actor_of(request),
            placement_plan,
            asked.valid_from,
            asked.sizing,
            timezone.now(),
            is_old_fine=asked.is_old_fine,
        )
        return Response(PlanSerializer(done).data)


class ComparePlansView(Priced):
    """GET: two to four plans side by side."""

    rights = {"GET": "network.view_placementplan"}
    scopes = {"GET": "network:read"}

    @extend_schema(
        parameters=[OpenApiParameter("id", OpenApiTypes.UUID, many=True, required=True)], responses=ComparisonSerializer
    )
    def get(self, request: Request) -> Response:
        """Answer with the plans, the new sites they share, and those that one alone has."""
        wanted = parse.value(request, ComparedIdsSerializer, {"id": request.query_params.getlist("id")})
        plans: list[Any] = [_found(request, self, uuid) for uuid in wanted]
        return Response(ComparisonSerializer(plan.compared(plans)).data)


def _found(request: Request, view: APIView, uuid: UUID) -> PlacementPlan:
    placement_plan: PlacementPlan = find(PlacementPlan.objects.select_related("region"), request, view, uuid=uuid)
    return placement_plan
