"""The programme: its targets over REST, and the pages of programme and evidence."""

from typing import Any

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from console.access.authentication import actor_of
from console.after_commit import after_commit
from console.rest import parse
from console.rest.pricing.priced import Priced
from console.views.pages import Page
from network.actions.radio.raster import DEFINITIONS
from network.actions.targets import programme
from network.kernels.radio.raster.coverage import LAYERS_M
from network.kernels.topology.definition import Direction, Layer
from network.models import EvidenceKind, Region
from network.serializers.targets.programme import ProgrammeQuerySerializer, ProgrammeSerializer
from network.tasks import record_programme


class ProgrammeView(Priced):
    """GET: each target of the plan with its definition, what it stands at, its trend and its evidence."""

    rights = {"GET": "network.view_programmevalue"}
    scopes = {"GET": "network:read"}

    @extend_schema(parameters=[ProgrammeQuerySerializer], responses=ProgrammeSerializer)
    def get(self, request: Request) -> Response:
        """Answer with modelled and counted figures; what nobody measures is unknown."""
        asked, now = parse.query(request, ProgrammeQuerySerializer), timezone.now()
        region = get_object_or_404(Region, slug=asked.region)
        between = (asked.since, asked.until) if asked.since and asked.until else None
        if programme.is_due(region, now):
            after_commit(record_programme.delay)  # a new region waits for no schedule
        rows = programme.rows(region, now, actor_of(request), between=between)
        document = {"region": region.slug, "at": now, "rows": rows}
        return Response(ProgrammeSerializer(document).data)


class ProgrammePage(Page):
    """The targets of the plan."""

    right, place, template_name = "network.view_programmevalue", "programme", "network/programme.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the regions."""
        return super().get_context_data(regions=_regions(), **kwargs)


class EvidencePage(Page):
    """The evidence maps: ask for one, download them."""

    right, place, template_name = "network.view_evidence", "programme", "network/evidence.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer what a map can show."""
        return super().get_context_data(
            regions=_regions(),
            kinds=EvidenceKind.choices,
            heights_m=LAYERS_M,
            values=list(DEFINITIONS),
            layers=[str(layer) for layer in Layer],
            directions=[str(direction) for direction in Direction],
            **kwargs,
        )


def _regions() -> list[Region]:
    """Return the regions, the one with the most key sites first."""
    counted = Region.objects.annotate(key_sites=Count("sites", filter=Q(sites__is_key_site=True)))
    return list(counted.order_by("-key_sites", "slug")[: programme.MOST_REGIONS])
