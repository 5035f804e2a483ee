"""REST: evidence maps, asked for and downloaded."""

from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from console.authentication import actor_of
from console.rest import parse
from console.rest.lists import ListView
from console.rest.permissions import find
from network.actions.evidence import html, orders, store
from network.models import Evidence, EvidenceState, Region
from network.serializers.evidence import EvidenceSerializer, WantedEvidenceSerializer
from network.tasks import draw_evidence


class EvidenceListView(ListView):
    """GET: the maps kept, the newest first. POST: ask for one; the same over the same inventory is drawn once."""

    rights = {"GET": "network.view_evidence", "POST": "network.add_evidence"}
    scopes = {"GET": "evidence:read"}
    queryset = Evidence.objects.select_related("region")
    serializer_class = EvidenceSerializer
    filterset_fields = ["kind", "region__slug", "state"]
    ordering_fields = ["asked_at", "ready_at", "expires_at", "kind", "state"]

    @extend_schema(request=WantedEvidenceSerializer, responses={202: EvidenceSerializer})
    def post(self, request: Request) -> Response:
        """Answer 202 with the map as it stands; it is drawn by a worker."""
        wanted = parse.body(request, WantedEvidenceSerializer)
        region = get_object_or_404(Region, slug=wanted.region)
        made = orders.ask(actor_of(request), region, wanted.wish, timezone.now(), draw_evidence.delay)
        return Response(EvidenceSerializer(made).data, status=202)


class EvidenceView(APIView):
    """GET: one map as it stands."""

    rights = {"GET": "network.view_evidence"}
    scopes = {"GET": "evidence:read"}

    @extend_schema(responses=EvidenceSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Answer with state, sizes and where its files are."""
        return Response(EvidenceSerializer(_found(request, self, uuid)).data)


class EvidenceFileView(APIView):
    """GET: a file of a map that is ready, to be kept; 404 until then."""

    rights = {"GET": "network.view_evidence"}
    scopes = {"GET": "evidence:read"}
    name = ""
    content_type = ""

    def answer(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the file as a download. Opened all the same, it may reach nothing of ours and no network."""
        one = _found(request, self, uuid)
        if one.state != EvidenceState.READY or one.claim is None:
            raise Http404(f"the map is {one.state}")
        try:
            file = store.path_of(one.claim, self.name).open("rb")
        except FileNotFoundError:
            raise Http404("the file is gone") from None
        at = f"{one.ready_at:%Y%m%d-%H%M}" if one.ready_at else "map"
        name = f"loft-{one.kind}-{one.region.slug}-{at}{store.path_of(one.claim, self.name).suffix}"
        answer = FileResponse(file, as_attachment=True, filename=name, content_type=self.content_type)
        answer["Content-Security-Policy"] = f"sandbox allow-scripts; {html.POLICY}"
        answer["ETag"] = f'"{one.html_sha256 if self.name == store.HTML else one.png_sha256}"'
        answer["Cache-Control"] = "private, max-age=0, must-revalidate"
        return answer


class EvidenceHtmlView(EvidenceFileView):
    """GET: the document of a map: one file that needs no network."""

    name, content_type = store.HTML, "text/html; charset=utf-8"

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.BINARY})
    def get(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the document as a download."""
        return self.answer(request, uuid)


class EvidencePngView(EvidenceFileView):
    """GET: the picture of a map."""

    name, content_type = store.PNG, "image/png"

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the picture as a download."""
        return self.answer(request, uuid)


def _found(request: Request, view: APIView, uuid: UUID) -> Evidence:
    found: Evidence = find(Evidence.objects.select_related("region"), request, view, uuid=uuid)
    return found
