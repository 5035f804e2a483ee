"""Jobs over REST: list, detail, direct requests."""

import msgspec
from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.access.keys import Key
from console.actions.idempotency import Answer, caller_of
from console.rest import parse
from console.rest.idempotency import IDEMPOTENCY_KEY, once_per_key
from console.rest.lists import ListView
from console.rest.parsers import BytesParser, body_of, json_of
from console.rest.permissions import find
from industry.actions.jobs.job import request_inference
from industry.models import Job, JobKind, JobState
from industry.serializers.job import JobDetailSerializer, JobSerializer, NewJobSerializer


class JobFilter(filters.FilterSet):  # type: ignore[misc]
    """Jobs by factory, model, node, state and time."""

    factory = filters.CharFilter(field_name="factory__slug")
    model = filters.CharFilter(field_name="version__model__name")
    node = filters.CharFilter(field_name="node_slug")
    state = filters.MultipleChoiceFilter(choices=JobState.choices)
    kind = filters.ChoiceFilter(choices=JobKind.choices)
    since = filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")

    class Meta:
        model = Job
        fields: list[str] = []


def readable(jobs: QuerySet[Job], request: Request) -> QuerySet[Job]:
    """Narrow jobs to those that a key asked for, where it may read no others."""
    if isinstance(request.auth, Key) and not request.auth.may("jobs:read"):
        return jobs.filter(caller=caller_of(actor_of(request)))
    return jobs


class JobListView(ListView):
    """Inference jobs: list and request."""

    parser_classes = [BytesParser]
    queryset = Job.objects.with_context()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    ordering_fields = ["created_at", "ended_at", "state", "rows", "attempts"]
    rights = {"GET": "industry.view_job", "POST": "industry.add_job"}
    scopes = {"GET": "jobs:read:own", "POST": "models:infer"}

    def get_queryset(self) -> QuerySet[Job]:
        """Return the jobs that the caller may read."""
        return readable(super().get_queryset(), self.request)

    @extend_schema(request=NewJobSerializer, responses={202: JobDetailSerializer}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request) -> Response:
        """Queue inputs for a model. Ask `GET /api/v1/jobs/{id}` for the result."""
        body = body_of(request)
        wanted = parse.value(request, NewJobSerializer, json_of(body))

        def queue() -> Answer:
            actor = actor_of(request)
            job = request_inference(actor, wanted.model, wanted.inputs, wanted.factory, timezone.now())
            return Answer(202, msgspec.to_builtins(JobDetailSerializer(job).data))

        return once_per_key(request, body, queue)


class JobView(APIView):
    """One job."""

    rights = {"GET": "industry.view_job"}
    scopes = {"GET": "jobs:read:own"}

    @extend_schema(responses=JobDetailSerializer)
    def get(self, request: Request, pk: str) -> Response:
        """Return the job with its result, its latency and the edge nodes that were considered."""
        return Response(
            JobDetailSerializer(find(readable(Job.objects.with_context(), request), request, self, pk=pk)).data
        )
