"""REST and page: the table of severities, and what the organisation makes of it."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest import parse
from console.views.pages import Page
from network.actions.alarms.severity import Line, table
from network.actions.alarms.severity_edit import rate
from network.models import Severity
from network.serializers.alarms.severity import RateSerializer, SeverityLineSerializer


class SeveritiesView(APIView):
    """GET: every line of the table of severities as one's organisation has it, the gravest first."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}

    @extend_schema(responses=SeverityLineSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with the lines: as many as there are problems and circumstances that Loft knows."""
        return Response(SeverityLineSerializer(table(actor_of(request).organisation), many=True).data)


class SeverityView(APIView):
    """PATCH: say how grave a line is for one's organisation."""

    rights = {"PATCH": "network.change_severityrule"}

    @extend_schema(request=RateSerializer, responses=SeverityLineSerializer)
    def patch(self, request: Request, key: str) -> Response:
        """Answer with the line as it is now. Open alarms follow at once."""
        severity, actor = parse.body(request, RateSerializer), actor_of(request)
        line = rate(actor, _line(actor.organisation, key), severity, timezone.now())
        return Response(SeverityLineSerializer(line).data)


def _line(organisation: int, key: str) -> Line:
    line = next((line for line in table(organisation) if line.key == key), None)
    if line is None:
        raise Http404
    return line


class SeveritiesPage(Page):
    """The table of severities."""

    right, place, template_name = "network.view_alarm", "alarms", "network/severities.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the severities."""
        return super().get_context_data(severities=Severity.choices, **kwargs)
