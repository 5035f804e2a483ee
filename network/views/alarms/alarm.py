"""REST: alarms."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest.lists import ListView
from console.rest.permissions import find
from network.actions.alarms import alarm as actions
from network.actions.alarms import probable_cause, problem
from network.actions.alarms.alarm_condition import root_cause_of
from network.actions.alarms.alarm_root import suspects_of
from network.actions.alarms.runbook import runbook
from network.actions.impact import impact
from network.actions.sla.figures import Figure, figures
from network.models import Alarm, AlarmEntry, AlarmState, Severity
from network.models.alarms.alarm import ORDERS
from network.serializers.alarms.alarm import AlarmEntrySerializer, SummarySerializer
from network.serializers.alarms.figure import AlarmRowSerializer
from network.serializers.alarms.runbook import RunbookSerializer
from network.serializers.impact.impact import AlarmDetailSerializer, ImpactSerializer
from network.views.impact.impact import reader_of


class AlarmFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What alarms can be filtered by."""

    state = django_filters.MultipleChoiceFilter(choices=AlarmState.choices, method="in_states")
    severity = django_filters.MultipleChoiceFilter(choices=Severity.choices)
    site = django_filters.CharFilter(field_name="site__slug")
    is_active = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    is_open = django_filters.BooleanFilter(method="by_openness")
    is_held = django_filters.BooleanFilter(method="by_hold")
    is_consequence = django_filters.BooleanFilter(field_name="root", lookup_expr="isnull", exclude=True)
    root = django_filters.NumberFilter(field_name="root", max_value=2**62, min_value=1)
    assigned_to = django_filters.CharFilter(field_name="assigned_name", max_length=150)
    since = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="lt")
    object_kind = django_filters.CharFilter(max_length=24)
    object_key = django_filters.CharFilter(max_length=120)
    problem = django_filters.CharFilter(max_length=60)
    search = django_filters.CharFilter(method="by_words", max_length=80)

    def in_states(self, alarms: Any, _name: str, states: list[str]) -> QuerySet[Alarm]:
        """Return the alarms in these states of life."""
        rows: QuerySet[Alarm] = alarms.in_states(states) if states else alarms
        return rows

    def by_openness(self, alarms: QuerySet[Alarm], _name: str, is_open: bool) -> QuerySet[Alarm]:  # noqa: FBT001  by name
        """Return the alarms that still ask for a person, being active or not acknowledged; or the others."""
        still = Q(ended_at=None) | Q(acknowledged_at=None)
        return alarms.filter(still if is_open else ~still)

    def by_hold(self, alarms: QuerySet[Alarm], _name: str, is_held: bool) -> QuerySet[Alarm]:  # noqa: FBT001  by name
        """Return the alarms that something keeps from attention, or the others."""
        return alarms.exclude(held="") if is_held else alarms.filter(held="")

    def by_words(self, alarms: QuerySet[Alarm], _name: str, words: str) -> QuerySet[Alarm]:
        """Return the alarms whose object, problem or comment holds the words, in either language."""
        condition = Q(subject__icontains=words) | Q(subject_zh__icontains=words) | Q(object_key__icontains=words)
        condition |= Q(specific_problem__icontains=words) | Q(problem__in=problem.holding(words))
        return alarms.filter(condition | Q(comment__icontains=words))

    class Meta:
        model = Alarm
        fields = [
            "state", "severity", "alarm_type", "object_kind", "object_key", "problem", "site", "is_active", "is_open",
            "is_held", "is_consequence", "root", "assigned_to", "since", "until", "search",
        ]  # fmt: skip


class AlarmsView(ListView):
    """GET: alarms, the newest first; by `priority` active before returned, then the gravest, then the newest."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}
    queryset = Alarm.objects.whole().select_related("site__health")
    serializer_class = AlarmRowSerializer
    filterset_class = AlarmFilters
    ordering_fields = [
        "started_at", "changed_at", "ended_at", "acknowledged_at", "severity", "state", "priority", "subject",
        "specific_problem", "assigned_name",
    ]  # fmt: skip
    orders = ORDERS
    ordering = ["-started_at", "-id"]
    figures: Mapping[int, Figure] = {}

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the rows of the page, having read their present figures at once."""
        rows = super().paginate_queryset(queryset)
        self.figures = figures(rows or [], timezone.now())
        return rows

    def get_serializer_context(self) -> dict[str, Any]:
        """Hand the figures to the rows."""
        return {**super().get_serializer_context(), "figures": self.figures}


class AlarmSummaryView(APIView):
    """GET: counts of the active alarms, and the gravest and the newest that nobody has acknowledged."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}

    @extend_schema(responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        """Answer with what the alarm strip shows."""
        return Response(SummarySerializer(actions.summary(timezone.now(), actor_of(request))).data)


class AlarmView(APIView):
    """GET: one alarm."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}

    @extend_schema(responses=AlarmDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Answer with the alarm as it is now, and with what suffers now while it is active."""
        now, alarm = timezone.now(), find(Alarm.objects.whole().select_related("site__health"), request, self, pk=pk)
        affected = impact.impact_of_alarm(alarm, now, reader_of(request))
        services = None if affected is None else ImpactSerializer(affected).data
        todo = RunbookSerializer(runbook(actor_of(request).organisation, alarm.problem))
        row = AlarmRowSerializer(alarm, context={"figures": figures([alarm], now)})
        return Response({**row.data, **_causes(alarm), "runbook": todo.data, "affected_services": services})


def _causes(alarm: Alarm) -> dict[str, Any]:
    """Return what is known of why, in words."""
    cause, root = root_cause_of(alarm), alarm.root
    return {
        "probable_cause_text": probable_cause.text_of(alarm.probable_cause),
        "suspects": suspects_of(alarm),
        "is_every_suspect": cause is not None and cause.is_every_one,
        "root_title": f"{root.display_subject}: {root.display_problem}" if root else "",
    }


class AlarmEntriesView(ListView):
    """GET: what happened to an alarm, the oldest first."""

    rights = {"GET": "network.view_alarm"}
    scopes = {"GET": "alarms:read"}
    queryset = AlarmEntry.objects.select_related("root")
    serializer_class = AlarmEntrySerializer
    filterset_fields = ["kind"]
    ordering_fields = ["at"]
    ordering = ["at", "id"]

    def get_queryset(self) -> QuerySet[AlarmEntry]:
        """Return the rows of this alarm."""
        return super().get_queryset().filter(alarm__in=Alarm.objects.filter(pk=self.kwargs.get("pk")))
