"""Wire shapes of monthly reports on service levels."""

from dataclasses import dataclass

from django.conf import settings
from rest_framework import serializers

from console.models import Organisation
from console.rest.fields import OwnerField
from console.rest.parse import Typed
from network.models import OrderState, SlaReport

MONTH = r"^20\d\d-(0[1-9]|1[0-2])$"


@dataclass(frozen=True)
class WantedReport:
    """Which report is wanted; without an organisation as its asker may."""

    month: str
    region: str
    language: str
    organisation: Organisation | None = None


class WantedReportSerializer(Typed[WantedReport]):
    """A report to be made. A month that is not over is reported up to the last whole hour counted."""

    month = serializers.RegexField(MONTH, max_length=7, help_text="As 2026-11, by the installation's time zone.")
    region = serializers.SlugField(max_length=40)
    language = serializers.ChoiceField([code for code, _ in settings.LANGUAGES], default="en")
    organisation = OwnerField(help_text="Of whose agreements: slug. Not sent: one's own; who sees all reports all.")
    makes = WantedReport


class SlaReportSerializer(serializers.ModelSerializer[SlaReport]):
    """A report: asked for, under way, ready or failed."""

    id = serializers.UUIDField(source="uuid")
    region = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    organisation = OwnerField(read_only=True)
    state = serializers.ChoiceField(OrderState.choices)
    digest = serializers.CharField(help_text="Of the figures that it shows; empty until it is ready.")
    agreements = serializers.IntegerField(allow_null=True, help_text="How many it reports.")
    html_url = serializers.SerializerMethodField()
    csv_url = serializers.SerializerMethodField()

    class Meta:
        model = SlaReport
        fields = [
            "id", "region", "month", "language", "since_at", "until_at", "state", "problem", "digest",
            "agreements",
            "asked_by", "asked_at", "ready_at", "expires_at", "html_url", "html_bytes", "html_sha256", "csv_url",
            "csv_bytes", "csv_sha256", "organisation",
        ]  # fmt: skip
        read_only_fields = fields

    def get_html_url(self, report: SlaReport) -> str | None:
        """Return where the document is, once it is ready."""
        return f"/api/v1/sla/reports/{report.uuid}/report.html" if report.state == OrderState.READY else None

    def get_csv_url(self, report: SlaReport) -> str | None:
        """Return where the table is, once it is ready."""
        return f"/api/v1/sla/reports/{report.uuid}/report.csv" if report.state == OrderState.READY else None
