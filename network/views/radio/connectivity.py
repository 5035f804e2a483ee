"""REST: whether a flight keeps its control link."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest import parse
from console.rest.pricing.priced import Priced
from network.actions.radio import connectivity
from network.serializers.radio.connectivity import RouteQuerySerializer, RouteSerializer


class RouteView(Priced):
    """POST: the control link along a flight. It asks and changes nothing."""

    rights = {"POST": "network.view_site"}
    scopes = {"POST": "network:read"}

    @extend_schema(request=RouteQuerySerializer, responses=RouteSerializer)
    def post(self, request: Request) -> Response:
        """Answer with each segment; the weak ones are named again with their reasons."""
        asked = parse.body(request, RouteQuerySerializer)
        route = connectivity.route(asked.flight, asked.need)
        if route is None:
            raise ValidationError({"points": [{"lat_deg": ["a place within the reach of a region's sectors"]}]})
        return Response(RouteSerializer(route).data)
