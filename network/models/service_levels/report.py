"""Monthly reports on service levels: a document and a table of what the ledger says of a month."""

from typing import Any

from django.db import models

from network.models.inventory.inventory import Region
from network.models.order import Order


class SlaReport(Order):
    """One report: of a region and a month, up to a time, on the agreements that its organisation may see.

    Equal ledgers give equal files.
    """

    region = models.ForeignKey(Region, models.CASCADE, related_name="sla_reports")
    month = models.CharField(max_length=7)  # "2026-11", in the installation's time zone
    language = models.CharField(max_length=8)
    since_at = models.DateTimeField()
    until_at = models.DateTimeField()  # the end of the month, or of the last whole hour when it was asked for
    digest = models.CharField(max_length=64, blank=True, default="")  # of the figures it shows; empty until ready
    agreements = models.PositiveIntegerField(null=True, blank=True)
    html_bytes = models.PositiveIntegerField(null=True, blank=True)
    html_sha256 = models.CharField(max_length=64, blank=True, default="")
    csv_bytes = models.PositiveIntegerField(null=True, blank=True)
    csv_sha256 = models.CharField(max_length=64, blank=True, default="")

    files = ("report.html", "report.csv")

    class Meta:
        ordering = ["-asked_at", "-uuid"]
        indexes = [models.Index(fields=["region", "month"], name="sla_report_by_month")]

    def __str__(self) -> str:
        return f"report {self.uuid}"

    def as_plain(self) -> dict[str, Any]:
        """Return it as events show it. Its region must have been selected."""
        return {
            "id": str(self.uuid), "region": self.region.slug, "month": self.month, "language": self.language,
            "since_at": self.since_at, "until_at": self.until_at, "state": str(self.state), "problem": self.problem,
            "asked_by": self.asked_by, "asked_at": self.asked_at, "ready_at": self.ready_at,
            "expires_at": self.expires_at,
        }  # fmt: skip
