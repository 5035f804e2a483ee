"""REST: one machine of a factory, what was inferred of it, and what happened at it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest import parse
from console.rest.permissions import find, may_see
from console.rest.pricing.bounded import Bounded
from console.rest.pricing.priced import Priced
from industry.actions.plants.machine import delete_machine
from industry.actions.plants.machine_timeline import RIGHTS, machine_timeline
from industry.actions.telemetry.score_history import READING, history
from industry.models import Machine
from industry.serializers.machine import EventSerializer, RiskQuerySerializer, RiskRowSerializer, TimesSerializer

DAY = timedelta(days=1)


class MachineView(APIView):
    """One machine of a factory."""

    rights = {"DELETE": "industry.delete_machine"}
    scopes = {"DELETE": "machines:write"}

    @extend_schema(operation_id="machines_destroy", responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Delete a machine that was registered by mistake, with its readings and risks."""
        delete_machine(actor_of(request), _machine(request, self, slug, pk), timezone.now())
        return Response(status=204)


class RiskHistoryView(Priced):
    """GET: the highest risk of a machine by the reading, minute or hour; a time without a row is unknown."""

    rights = {"GET": "industry.view_score"}
    scopes = {"GET": "factories:read"}

    @extend_schema(parameters=[RiskQuerySerializer], responses=RiskRowSerializer(many=True))
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Answer with the rows a chart draws, the oldest first; the newest `limit` of them."""
        asked, now = parse.query(request, RiskQuerySerializer), timezone.now()
        usual = timedelta(hours=1) if asked.span == READING else DAY
        until = asked.until or now
        times = asked.since or until - usual, until
        rows = history(_machine(request, self, slug, pk), asked.span, times, asked.limit)
        return Response(RiskRowSerializer(rows, many=True).data)


class MachineTimelineView(Bounded):
    """GET: what happened at a machine: alarms of it and its factory, and maintenance, as far as one may see them."""

    rights = {"GET": "industry.view_factory"}
    scopes = {"GET": "factories:read"}

    @extend_schema(parameters=[TimesSerializer], responses=EventSerializer(many=True))
    def get(self, request: Request, slug: str, pk: int) -> Response:
        """Answer with the rows, the oldest first; at most the newest thousand."""
        asked, now = parse.query(request, TimesSerializer), timezone.now()
        until = asked.until or now
        kinds = [kind for kind, right in RIGHTS.items() if may_see(request, right)]
        times = asked.since or until - DAY, until
        rows: list[Any] = machine_timeline(_machine(request, self, slug, pk), times, actor_of(request), kinds)
        return Response(EventSerializer(rows, many=True).data)


def _machine(request: Request, view: APIView, slug: str, pk: int) -> Machine:
    return find(Machine.objects.select_related("factory"), request, view, factory__slug=slug, pk=pk)
