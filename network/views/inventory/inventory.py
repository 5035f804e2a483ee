"""REST: sites, breaches and samples."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.access.actor import Actor
from console.rest import parse
from console.rest.lists import ListView
from network.actions.inventory.kinds import KINDS, hidden_from
from network.actions.topology.path import probe_latency
from network.kernels.sla.sla import State
from network.models import Breach, Site, SiteKind, StampSample, stale_after_s
from network.serializers.inventory.inventory import (
    BreachSerializer,
    SampleSerializer,
    SamplesQuerySerializer,
    SiteDetailSerializer,
    SiteSerializer,
)
from network.views.inventory.inventory_records import RecordsView, RecordView, described

STATES = [(state.value, state.value) for state in State]


class StateFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    """`?state=breached&state=unknown`, judged by age as well: stale rows are unknown and nothing else."""

    def __init__(self, prefix: str, at: str) -> None:
        super().__init__(choices=STATES)
        self._state, self._at = f"{prefix}state", f"{prefix}{at}"

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """Return the rows in one of the states."""
        if not value:
            return qs
        fresh = Q(**{f"{self._at}__gte": timezone.now() - timedelta(seconds=stale_after_s())})
        wanted = fresh & Q(**{f"{self._state}__in": value})
        if State.UNKNOWN in value:
            wanted |= ~fresh | Q(**{f"{self._at}__isnull": True})
        return qs.filter(wanted)


class SiteFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What sites can be filtered by."""

    state = StateFilter("health__", "measured_at")
    kind = django_filters.MultipleChoiceFilter(choices=SiteKind.choices)
    region = django_filters.CharFilter(field_name="region__slug")
    is_probed = django_filters.BooleanFilter(field_name="probe_port", lookup_expr="isnull", exclude=True)
    search = django_filters.CharFilter(method="by_words", max_length=80)

    def by_words(self, sites: QuerySet[Site], _name: str, words: str) -> QuerySet[Site]:
        """Return the sites whose name or slug holds the words."""
        return sites.filter(Q(slug__icontains=words) | Q(name_en__icontains=words) | Q(name_zh__icontains=words))

    class Meta:
        model = Site
        fields = ["state", "kind", "region", "is_key_site", "is_probed", "search"]


def site_answer(site: Site, actor: Actor) -> Any:
    """Return what the actor may know of a site, measured and modelled values side by side, never mixed."""
    whole = SiteDetailSerializer(site, context={"latency": probe_latency(site.pk)}).data
    hidden = hidden_from(actor)
    return {name: value for name, value in whole.items() if name not in hidden}


@described(KINDS["site"], SiteDetailSerializer)
class SitesView(RecordsView):
    """GET: sites with how they were last measured. POST: add one, or plan to."""

    record = KINDS["site"]
    answer = staticmethod(site_answer)
    queryset = Site.objects.select_related("region", "health")
    serializer_class = SiteSerializer
    filterset_class = SiteFilters
    ordering_fields = [
        "slug", "name_en", "name_zh", "kind", "is_key_site", "region__slug", "height_m", "valid_from",
        "health__state", "health__rtt_ms", "health__measured_at",
    ]  # fmt: skip
    ordering = ["slug"]


@described(KINDS["site"], SiteDetailSerializer)
class SiteView(RecordView):
    """GET: everything known of one site. PATCH: change it. DELETE: remove it with its sectors and links."""

    record = KINDS["site"]
    answer = staticmethod(site_answer)


class BreachFilters(django_filters.FilterSet):  # type: ignore[misc]
    """What breaches can be filtered by."""

    agreement = django_filters.NumberFilter(field_name="agreement", min_value=1, max_value=2**62)
    site = django_filters.CharFilter(field_name="agreement__site__slug")
    is_open = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = Breach
        fields = ["agreement", "site", "is_open"]


class BreachesView(ListView):
    """GET: when agreements were breached."""

    rights = {"GET": "network.view_breach"}
    scopes = {"GET": "network:read"}
    queryset = Breach.objects.select_related("agreement__site")
    serializer_class = BreachSerializer
    filterset_class = BreachFilters
    ordering_fields = ["started_at", "ended_at", "worst_value"]
    ordering = ["-started_at", "-id"]


class SamplesView(APIView):
    """GET: the measured rounds of one site, oldest first; the newest `limit` of them."""

    rights = {"GET": "network.view_stampsample"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[SamplesQuerySerializer], responses=SampleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with the rows a chart draws."""
        asked = parse.query(request, SamplesQuerySerializer)
        site = get_object_or_404(Site, slug=asked.site)
        samples = StampSample.objects.filter(site=site).order_by("-sent_at")
        if asked.since:
            samples = samples.filter(sent_at__gt=asked.since)
        if asked.until:
            samples = samples.filter(sent_at__lt=asked.until)
        return Response(SampleSerializer(list(samples[: asked.limit])[::-1], many=True).data)
