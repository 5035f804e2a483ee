"""Factories over REST: list, detail, readings, workloads, scores."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.actions.idempotency import Answer
from console.rest import parse
from console.rest.idempotency import IDEMPOTENCY_KEY, once_per_key
from console.rest.lists import ListView
from console.rest.parsers import BytesParser, LinesParser, body_of
from console.rest.permissions import find
from industry.actions.plants.machine import machines_of, overviews
from industry.actions.plants.workload import change_workload
from industry.actions.telemetry.reading import accept
from industry.actions.transport.vehicle import plan_of
from industry.models import Factory, Machine, Score, Workload
from industry.serializers.factory import (
    FactoryDetailSerializer,
    FactorySerializer,
    ScoreSerializer,
    WorkloadSerializer,
)
from industry.serializers.reading import AcceptanceSerializer, ReadingSerializer, decode

FACTORIES = Factory.objects.select_related("organisation").order_by("slug")


class ScoreFilter(filters.FilterSet):  # type: ignore[misc]
    """Scores of a factory or machine, between two times."""

    factory = filters.CharFilter(field_name="reading__machine__factory__slug")
    machine = filters.CharFilter(field_name="reading__machine__name")
    since = filters.IsoDateTimeFilter(field_name="reading__at", lookup_expr="gte")
    until = filters.IsoDateTimeFilter(field_name="reading__at", lookup_expr="lt")

    class Meta:
        model = Score
        fields: list[str] = []


class FactoryFilter(filters.FilterSet):  # type: ignore[misc]
    """Factories by organisation, or by a part of their names."""

    organisation = filters.CharFilter(field_name="organisation__slug")
    tenant = filters.CharFilter(field_name="organisation__name_en")
    search = filters.CharFilter(method="named")

    class Meta:
        model = Factory
        fields: list[str] = []

    def named(self, queryset: QuerySet[Factory], name: str, value: str) -> QuerySet[Factory]:
        """Return those whose slug or name holds the text."""
        return queryset.filter(Q(slug__icontains=value) | Q(name_en__icontains=value) | Q(name_zh__icontains=value))


_MACHINES = Coalesce(
    Subquery(
        Machine.objects.filter(factory=OuterRef("pk"))
        .order_by()
        .values("factory")
        .annotate(count=Count("pk"))
        .values("count"),
        output_field=IntegerField(),
    ),
    0,
)


class FactoryListView(ListView):
    """Factories."""

    queryset = FACTORIES
    serializer_class = FactorySerializer
    filterset_class = FactoryFilter
    ordering_fields = ["slug", "name_en", "name_zh", "organisation__slug", "machines"]
    orders = {"machines": [OrderBy(_MACHINES)]}
    rights = {"GET": "industry.view_factory"}
    scopes = {"GET": "factories:read"}

    def paginate_queryset(self, queryset: Any) -> Any:
        """Add to each factory of the page its overview."""
        page = super().paginate_queryset(queryset)
        with_overview(page or [])
        return page


class FactoryView(APIView):
    """One factory."""

    rights = {"GET": "industry.view_factory"}
    scopes = {"GET": "factories:read"}

    @extend_schema(responses=FactoryDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Return the factory with its workloads and machines, each with its newest reading and risk."""
        factory = find(FACTORIES, request, self, slug=slug)
        with_overview([factory])
        workloads = factory.workloads.select_related("model")
        body = {
            "at": timezone.now(),
            "factory": FactorySerializer(factory).data,
            "workloads": [workload.as_plain() for workload in workloads],
            "machines": machines_of(factory),
        }
        return Response(body)


class ReadingsView(APIView):
    """Readings of a factory's machines."""

    parser_classes = [BytesParser, LinesParser]
    rights = {"POST": "industry.add_reading"}
    scopes = {"POST": "telemetry:write"}

    @extend_schema(
        request={
            "application/json": ReadingSerializer(many=True),
            "application/x-ndjson": ReadingSerializer,
        },
        responses={202: AcceptanceSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take a batch of at most 1000 readings (256 kB) and queue the factory's models to work on the new ones."""
        factory = find(Factory.objects.all(), request, self, slug=slug)
        body = body_of(request)
        now = timezone.now()
        items, refused = decode(body, now, is_ndjson=_is_ndjson(request))

        def take() -> Answer:
            outcome = accept(actor_of(request), factory, items, now)
            answer: dict[str, Any] = {
                "accepted": outcome.accepted,
                "repeated": outcome.repeated,
                "refused": sorted([*refused, *outcome.refused], key=lambda refusal: refusal["index"]),
                "jobs": [{"id": str(job.pk), "node": job.node_slug or None} for job in outcome.jobs],
            }
            return Answer(202, answer)

        return once_per_key(request, body, take)


class WorkloadView(APIView):
    """One workload of a factory."""

    rights = {"PATCH": "industry.change_workload"}

    @extend_schema(request=WorkloadSerializer, responses=WorkloadSerializer)
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        """Switch the workload on or off, or set its latency budget; null takes the budget away."""
        workloads = Workload.objects.select_related("factory", "model")
        workload = find(workloads, request, self, factory__slug=slug, pk=pk)
        if changes := parse.fields(request, WorkloadSerializer):
            change_workload(actor_of(request), workload, changes, timezone.now())
        return Response(workload.as_plain())


class ScoreListView(ListView):
    """Risks over time: `?factory=&machine=&since=&until=`."""

    queryset = Score.objects.select_related("reading__machine__factory", "version__model").order_by(
        "-reading__at", "-pk"
    )
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilter
    ordering_fields = ["risk", "scored_at"]
    rights = {"GET": "industry.view_score"}
    scopes = {"GET": "factories:read"}


def with_overview(factories: list[Any]) -> None:
    """Hang on each factory what the serializer shows of its machines, and its plan."""
    overviews_by_key = overviews(factories)
    for factory in factories:
        factory.overview = overviews_by_key[factory.pk]
        factory.placed_plan = plan_of(factory)


def _is_ndjson(request: Request) -> bool:
    return (request.content_type or "").partition(";")[0].strip().lower() == LinesParser.media_type
