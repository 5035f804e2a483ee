"""REST and page: monthly reports on service levels, asked for and downloaded."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from console.access.authentication import actor_of
from console.rest import parse
from console.views.pages import Page
from network.actions.service_levels.report import orders
from network.models import Region, SlaReport
from network.serializers.service_levels.report import SlaReportSerializer, WantedReportSerializer
from network.tasks import make_report
from network.views.order import OrderFileView, OrderListView, OrderView

RIGHTS = {"GET": "network.view_slareport"}
SCOPES = {"GET": "sla:read"}
MOST_REGIONS = 200


@extend_schema_view(
    post=extend_schema(
        description="Answer 202 with the report as it stands; it is made by a worker.",
        request=WantedReportSerializer,
        responses={202: SlaReportSerializer},
    )
)
class ReportListView(OrderListView):
    """GET: the reports kept, the newest first. POST: ask for one; one that is under way already is returned."""

    rights = {**RIGHTS, "POST": "network.add_slareport"}
    scopes = SCOPES
    queryset = SlaReport.objects.select_related("region", "organisation")
    serializer_class = SlaReportSerializer
    filterset_fields = ["region__slug", "month", "state", "language"]
    ordering_fields = ["asked_at", "ready_at", "expires_at", "month", "until_at", "state"]

    def ask(self, request: Request) -> SlaReport:
        """Ask for a report."""
        wanted = parse.body(request, WantedReportSerializer)
        region = get_object_or_404(Region, slug=wanted.region)
        asked_for = orders.ReportRequest(region, wanted.month, wanted.language, wanted.organisation)
        return orders.ask(actor_of(request), asked_for, timezone.now(), make_report.delay)


@extend_schema_view(get=extend_schema(responses=SlaReportSerializer))
class ReportView(OrderView):
    """GET: one report as it stands."""

    rights, scopes = RIGHTS, SCOPES
    kind, serializer_class = orders.REPORTS, SlaReportSerializer


class ReportFileView(OrderFileView):
    """GET: a file of a report that is ready, to be kept; 404 until then."""

    rights, scopes = RIGHTS, SCOPES
    kind = orders.REPORTS

    def title(self, order: SlaReport) -> str:
        """Name the region and the month."""
        return f"loft-sla-{order.region.slug}-{order.month}"


@extend_schema_view(
    get=extend_schema(
        description="Answer with the document as a download.",
        responses={(200, "text/html"): OpenApiTypes.BINARY},
    )
)
class ReportHtmlView(ReportFileView):
    """GET: the document of a report: one file that needs no network."""

    name, content_type = orders.HTML, "text/html; charset=utf-8"


@extend_schema_view(
    get=extend_schema(
        description="Answer with the table as a download.",
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
)
class ReportCsvView(ReportFileView):
    """GET: the table of a report, one line per agreement."""

    name, content_type = orders.CSV, "text/csv; charset=utf-8"


class ReportsPage(Page):
    """The monthly reports: ask for one, download them."""

    right, place, template_name = "network.view_slareport", "network", "network/reports.html"
    names = ("region",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer regions and the present month."""
        month = timezone.now().astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m")
        regions = Region.objects.order_by("radius_m", "slug")[:MOST_REGIONS]
        return super().get_context_data(regions=regions, month=month, languages=settings.LANGUAGES, **kwargs)
