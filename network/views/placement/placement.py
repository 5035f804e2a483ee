"""REST: where to put computing, previewed at once."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest import parse
from console.rest.pricing.priced import Priced
from network.actions.placement import placement
from network.models import Region
from network.serializers.placement.placement import PlacementWriteSerializer, ProposalSerializer


class PlacementPreviewView(Priced):
    """POST: a greedy plan with what it may miss. It asks and changes nothing."""

    rights = {"POST": "network.view_site"}
    scopes = {"POST": "network:read"}

    @extend_schema(request=PlacementWriteSerializer, responses=ProposalSerializer)
    def post(self, request: Request) -> Response:
        """Answer with the plan, its share now and after the worst failure, and the bound."""
        asked = parse.body(request, PlacementWriteSerializer)
        region = get_object_or_404(Region, slug=asked.region)
        return Response(ProposalSerializer(placement.preview(region, asked.request)).data)
