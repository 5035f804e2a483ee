"""REST and page: how well the alarms serve those who work with them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest import parse
from console.rest.lists import CsvRenderer
from console.views.pages import Page
from network.actions.alarms.alarm_health import health
from network.serializers.alarms.alarm_health import AlarmHealthSerializer, FigureSerializer, HealthQuerySerializer


class AlarmHealthView(APIView):
    """GET: figures after EEMUA 191 and ISA-18.2 beside their targets; `format=csv` gives the figures alone."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}
    renderer_classes = [JSONRenderer, CsvRenderer]

    @extend_schema(
        parameters=[HealthQuerySerializer],
        responses={(200, "application/json"): AlarmHealthSerializer, (200, "text/csv"): FigureSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Answer with what the alarms of the period tell."""
        asked = parse.query(request, HealthQuerySerializer)
        between = (asked.since, asked.until) if asked.since and asked.until else None
        judged = health(asked.period, asked.operators, timezone.now(), actor_of(request), between=between)
        body = AlarmHealthSerializer(judged).data
        is_csv = request.accepted_renderer.format == "csv"
        return Response(body["figures"] if is_csv else body)


class AlarmHealthPage(Page):
    """The health of the alarm system."""

    right, place, template_name = "network.view_alarm", "alarms", "network/alarm_health.html"
