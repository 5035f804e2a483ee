"""REST and page: monthly reports on service levels, asked for and downloaded."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
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
from console.views.pages import Page
from network.actions.evidence import html, store
from network.actions.report import orders
from network.models import EvidenceState, Region, SlaReport
from network.serializers.report import SlaReportSerializer, WantedReportSerializer
from network.tasks import make_report

RIGHTS = {"GET": "network.view_slareport"}
SCOPES = {"GET": "sla:read"}
MOST_REGIONS = 200


class ReportListView(ListView):
    """GET: the reports kept, the newest first. POST: ask for one; one that is under way already is returned."""

    rights = {**RIGHTS, "POST": "network.add_slareport"}
    scopes = SCOPES
    queryset = SlaReport.objects.select_related("region", "organisation")
    serializer_class = SlaReportSerializer
    filterset_fields = ["region__slug", "month", "state", "language"]
    ordering_fields = ["asked_at", "ready_at", "expires_at", "month", "state"]

    @extend_schema(request=WantedReportSerializer, responses={202: SlaReportSerializer})
    def post(self, request: Request) -> Response:
        """Answer 202 with the report as it stands; it is made by a worker."""
        wanted = parse.body(request, WantedReportSerializer)
        region = get_object_or_404(Region, slug=wanted.region)
        asked_for = orders.Wish(region, wanted.month, wanted.language, wanted.organisation)
        made = orders.ask(actor_of(request), asked_for, timezone.now(), make_report.delay)
        return Response(SlaReportSerializer(made).data, status=202)


class ReportView(APIView):
    """GET: one report as it stands."""

    rights = RIGHTS
    scopes = SCOPES

    @extend_schema(responses=SlaReportSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Answer with state, sizes and where its files are."""
        return Response(SlaReportSerializer(_found(request, self, uuid)).data)


class ReportFileView(APIView):
    """Base of a report's files: as downloads; 404 until it is ready."""

    rights = RIGHTS
    scopes = SCOPES
    name = ""
    content_type = ""

    def answer(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the file as a download. Opened all the same, it may reach nothing of ours and no network."""
        one = _found(request, self, uuid)
        if one.state != EvidenceState.READY or one.claim is None:
            raise Http404(f"the report is {one.state}")
        path = store.path_of(one.claim, self.name, orders.UNDER)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise Http404("the file is gone") from None
        name = f"loft-sla-{one.region.slug}-{one.month}{path.suffix}"
        answer = FileResponse(file, as_attachment=True, filename=name, content_type=self.content_type)
        answer["Content-Security-Policy"] = f"sandbox allow-scripts; {html.POLICY}"
        answer["ETag"] = f'"{one.html_sha256 if self.name == orders.HTML else one.csv_sha256}"'
        answer["Cache-Control"] = "private, max-age=0, must-revalidate"
        return answer


class ReportHtmlView(ReportFileView):
    """GET: the document of a report: one file that needs no network."""

    name, content_type = orders.HTML, "text/html; charset=utf-8"

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.BINARY})
    def get(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the document as a download."""
        return self.answer(request, uuid)


class ReportCsvView(ReportFileView):
    """GET: the table of a report, one line per agreement."""

    name, content_type = orders.CSV, "text/csv; charset=utf-8"

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, uuid: UUID) -> FileResponse:
        """Answer with the table as a download."""
        return self.answer(request, uuid)


class ReportsPage(Page):
    """The monthly reports: ask for one, download them."""

    right, place, template_name = "network.view_slareport", "network", "network/reports.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer regions and the present month."""
        month = timezone.now().astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m")
        regions = Region.objects.order_by("radius_m", "slug")[:MOST_REGIONS]
        return super().get_context_data(regions=regions, month=month, languages=settings.LANGUAGES, **kwargs)


def _found(request: Request, view: APIView, uuid: UUID) -> SlaReport:
    found: SlaReport = find(SlaReport.objects.select_related("region"), request, view, uuid=uuid)
    return found
