"""REST: what of the network is measured to be up, degraded, down or asleep now, and what is not known."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.rest import parse
from network.actions.topology.live import live
from network.actions.topology.live_overview import overview
from network.models import Region
from network.serializers.topology.live import LiveQuerySerializer, LiveSerializer


class LiveView(APIView):
    """GET: the live twin of a region, or of the whole network. A process looks once a second, whoever asks."""

    rights = {"GET": "network.view_site"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[LiveQuerySerializer], responses=LiveSerializer)
    def get(self, request: Request) -> Response:
        """Answer with what is not known to be up, the worst first."""
        asked = parse.query(request, LiveQuerySerializer)
        region = get_object_or_404(Region, slug=asked.region) if asked.region else None
        return Response(LiveSerializer(overview(live(timezone.now()), region, asked.limit)).data)
