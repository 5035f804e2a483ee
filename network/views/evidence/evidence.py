"""REST: evidence maps, asked for and downloaded."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from console.access.authentication import actor_of
from console.rest import parse
from network.actions.evidence import orders
from network.models import Evidence, Region
from network.serializers.evidence.evidence import EvidenceSerializer, WantedEvidenceSerializer
from network.tasks import draw_evidence
from network.views.order import OrderFileView, OrderListView, OrderView

RIGHTS = {"GET": "network.view_evidence"}
SCOPES = {"GET": "evidence:read"}


@extend_schema_view(
    post=extend_schema(
        description="Answer 202 with the map as it stands; it is drawn by a worker.",
        request=WantedEvidenceSerializer,
        responses={202: EvidenceSerializer},
    )
)
class EvidenceListView(OrderListView):
    """GET: the maps kept, the newest first. POST: ask for one; the same over the same inventory is drawn once."""

    rights = {**RIGHTS, "POST": "network.add_evidence"}
    scopes = SCOPES
    queryset = Evidence.objects.select_related("region")
    serializer_class = EvidenceSerializer
    filterset_fields = ["kind", "region__slug", "state"]
    ordering_fields = ["asked_at", "ready_at", "expires_at", "kind", "state"]

    def ask(self, request: Request) -> Evidence:
        """Ask for a map."""
        wanted = parse.body(request, WantedEvidenceSerializer)
        region = get_object_or_404(Region, slug=wanted.region)
        return orders.ask(actor_of(request), region, wanted.request, timezone.now(), draw_evidence.delay)


@extend_schema_view(get=extend_schema(responses=EvidenceSerializer))
class EvidenceView(OrderView):
    """GET: one map as it stands."""

    rights, scopes = RIGHTS, SCOPES
    kind, serializer_class = orders.MAPS, EvidenceSerializer


class EvidenceFileView(OrderFileView):
    """GET: a file of a map that is ready, to be kept; 404 until then."""

    rights, scopes = RIGHTS, SCOPES
    kind = orders.MAPS

    def title(self, order: Evidence) -> str:
        """Name what it shows, where, and when it was drawn."""
        at = f"{order.ready_at:%Y%m%d-%H%M}" if order.ready_at else "map"
        return f"loft-{order.kind}-{order.region.slug}-{at}"


@extend_schema_view(
    get=extend_schema(
        description="Answer with the document as a download.",
        responses={(200, "text/html"): OpenApiTypes.BINARY},
    )
)
class EvidenceHtmlView(EvidenceFileView):
    """GET: the document of a map: one file that needs no network."""

    name, content_type = orders.HTML, "text/html; charset=utf-8"


@extend_schema_view(
    get=extend_schema(
        description="Answer with the picture as a download.",
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
)
class EvidencePngView(EvidenceFileView):
    """GET: the picture of a map."""

    name, content_type = orders.PNG, "image/png"
