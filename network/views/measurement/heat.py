"""REST: how many sites did by the minute or hour, in one answer."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from console.rest import parse
from console.rest.pricing.priced import Priced
from network.actions.measurement.heat import heat
from network.models import Region
from network.serializers.measurement.heat import HeatQuerySerializer, HeatSerializer


class SampleHeatView(Priced):
    """GET: one letter per site and minute or hour, as the counts of its agreements say."""

    rights = {"GET": "network.view_stampsample"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[HeatQuerySerializer], responses=HeatSerializer)
    def get(self, request: Request) -> Response:
        """Answer with the rows of a strip of sites by time; plain values, a thousand sites at once."""
        asked = parse.query(request, HeatQuerySerializer)
        if asked.region:
            get_object_or_404(Region, slug=asked.region)
        heat_map = heat(asked.region, asked.span_s, asked.since, asked.until)
        rows = [
            {"slug": site.slug, "name_en": site.name_en, "name_zh": site.name_zh, "states": states, "lost": lost}
            for site, states, lost in heat_map.rows
        ]
        whole = {"at": timezone.now(), "span_s": heat_map.span_s, "since": heat_map.since, "columns": heat_map.columns}
        return Response({**whole, "count": heat_map.count, "sites": rows})
