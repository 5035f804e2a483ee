"""REST: what the samples of a site came to by the minute or hour."""

from datetime import timedelta

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest import parse
from console.rest.pricing.priced import Priced
from network.actions.measurement import latency_histogram
from network.models import Site, Span
from network.serializers.measurement.latency_histogram import HistoryQuerySerializer, HistoryRowSerializer

SPANS = {"minute": (Span.MINUTE, timedelta(days=1)), "hour": (Span.HOUR, timedelta(days=30))}


class SampleHistoryView(Priced):
    """GET: counts and percentiles of one site by the minute or hour, the oldest first; what lacks is unknown."""

    rights = {"GET": "network.view_stampsample"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[HistoryQuerySerializer], responses=HistoryRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Answer with the rows a chart draws."""
        asked, now = parse.query(request, HistoryQuerySerializer), timezone.now()
        span, usual = SPANS[asked.span]
        site = get_object_or_404(Site, slug=asked.site)
        rows = latency_histogram.history(site.pk, span, asked.since or now - usual, asked.until or now, asked.limit)
        return Response(HistoryRowSerializer(rows, many=True).data)
