"""REST: alarms."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.authentication import actor_of
from console.lists import ListView
from network.actions import alarm as actions
from network.models import Alarm, AlarmState, Severity
from network.serializers.alarm import (
    AcknowledgeManySerializer,
    AcknowledgeSerializer,
    AlarmSerializer,
    SummarySerializer,
)

ACKNOWLEDGE = {"POST": "network.acknowledge_alarm"}


class AlarmFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What alarms can be filtered by."""

    state = django_filters.MultipleChoiceFilter(choices=AlarmState.choices, method="in_states")
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices)
    site = django_filters.CharFilter(field_name="site__slug")
    is_active = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    search = django_filters.CharFilter(method="by_words", max_length=80)

    def in_states(self, alarms: Any, _name: str, states: list[str]) -> QuerySet[Alarm]:
        """Return the alarms in these states of life."""
        found: QuerySet[Alarm] = alarms.in_states(states) if states else alarms
        return found

    def by_words(self, alarms: QuerySet[Alarm], _name: str, words: str) -> QuerySet[Alarm]:
        """Return the alarms whose subject, problem or comment holds the words."""
        found = Q(subject__icontains=words) | Q(specific_problem__icontains=words) | Q(comment__icontains=words)
        return alarms.filter(found)

    class Meta:
        model = Alarm
        fields = ["state", "severity", "site", "is_active", "search"]


class AlarmsView(ListView):
    """GET: alarms, the newest first."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "read"}
    queryset = Alarm.objects.select_related("site")
    serializer_class = AlarmSerializer
    filterset_class = AlarmFilters
    ordering_fields = ["started_at", "changed_at", "ended_at", "severity", "subject", "specific_problem"]
    ordering = ["-started_at", "-id"]


class AlarmSummaryView(APIView):
    """GET: counts of the active alarms, and the newest that nobody has acknowledged."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "read"}

    @extend_schema(responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        """Answer with what the alarm strip shows."""
        return Response(SummarySerializer(actions.summary(timezone.now())).data)


class AcknowledgeView(APIView):
    """POST: acknowledge one alarm."""

    rights = ACKNOWLEDGE

    @extend_schema(request=AcknowledgeSerializer, responses=AlarmSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Answer with the alarm as it is now."""
        said = AcknowledgeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        done = actions.acknowledge(actor_of(request), [pk], said.validated_data["comment"], timezone.now())
        return Response(AlarmSerializer(done[0]).data)


class AcknowledgeManyView(APIView):
    """POST: acknowledge several alarms, all or none."""

    rights = ACKNOWLEDGE

    @extend_schema(
        operation_id="v1_alarms_acknowledge_many",
        request=AcknowledgeManySerializer,
        responses=AlarmSerializer(many=True),
    )
    def post(self, request: Request) -> Response:
        """Answer with the alarms as they are now."""
        said = AcknowledgeManySerializer(data=request.data)
        said.is_valid(raise_exception=True)
        asked = said.validated_data
        done = actions.acknowledge(actor_of(request), asked["ids"], asked["comment"], timezone.now())
        return Response(AlarmSerializer(done, many=True).data)  # type: ignore[arg-type]
