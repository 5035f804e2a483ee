"""REST: what base stations tell of themselves, and pushes of settings to them."""

from datetime import timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.authentication import actor_of
from console.rest import parse
from network.actions.equipment import configuration, counters
from network.models import PmCounters, Site
from network.serializers.equipment.equipment import (
    ConfigurationJobSerializer,
    ConfigurationSerializer,
    ConfigurationWriteSerializer,
    CounterHistoryQuerySerializer,
    CounterRowSerializer,
    CountersSerializer,
)
from network.tasks import push_configuration

USUAL = {"reading": timedelta(hours=1), "hour": timedelta(days=7)}


class CountersView(APIView):
    """GET: what a site counted in the last period that it told of, with its age."""

    rights = {"GET": "network.view_pmcounters"}
    scopes = {"GET": "network:read"}

    @extend_schema(responses=CountersSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Answer with the counters; of a site that never told any, all are null."""
        site = get_object_or_404(Site, slug=slug)
        row = PmCounters.objects.filter(site=site).first()
        return Response(CountersSerializer(counters.latest(row, slug, timezone.now())).data)


class CounterHistoryView(APIView):
    """GET: the counters of a site by the reading or by the hour, the oldest first; what lacks is unknown."""

    rights = {"GET": "network.view_counterreading"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[CounterHistoryQuerySerializer], responses=CounterRowSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Answer with the rows a chart draws; the newest `limit` of them."""
        asked, now = parse.query(request, CounterHistoryQuerySerializer), timezone.now()
        site = get_object_or_404(Site, slug=slug)
        times = asked.since or now - USUAL[asked.span], asked.until or now
        rows = counters.history(site.pk, asked.span, times, asked.limit)
        return Response(CounterRowSerializer(rows, many=True).data)


class ConfigurationView(APIView):
    """GET: which settings a site said were in force, and the newest jobs. POST: push settings."""

    rights = {"GET": "network.view_configurationjob", "POST": "network.add_configurationjob"}
    scopes = {"GET": "network:read", "POST": "equipment:push"}

    @extend_schema(responses=ConfigurationSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Answer with the version and the jobs."""
        return Response(ConfigurationSerializer(configuration.overview(get_object_or_404(Site, slug=slug))).data)

    @extend_schema(request=ConfigurationWriteSerializer, responses={202: ConfigurationJobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Answer 202 with the job; a worker brings it to the site and says what became of it."""
        site = get_object_or_404(Site, slug=slug)
        wanted = _wanted(site, parse.fields(request, ConfigurationWriteSerializer))
        made = configuration.ask(actor_of(request), site, wanted, timezone.now(), push_configuration.delay)
        return Response(ConfigurationJobSerializer(configuration.plain(made)).data, status=202)


def _wanted(site: Site, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return configuration.request_of(site, asked)
    except ValueError as reason:
        name, _, problem = str(reason).partition(": ")
        raise ValidationError({name: [problem]}) from reason
