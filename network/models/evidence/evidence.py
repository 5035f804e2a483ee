"""Evidence maps: documents that show coverage or circles as they were, kept for a while."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from network.models.inventory.inventory import Region
from network.models.order import Order


class EvidenceKind(models.TextChoices):
    """What a map gives evidence of."""

    COVERAGE = "coverage", _("Coverage")
    CIRCLE = "circle", _("One-millisecond circle")


class Evidence(Order):
    """One map document and its picture."""

    kind = models.CharField(max_length=8, choices=EvidenceKind.choices)
    region = models.ForeignKey(Region, models.CASCADE, related_name="evidence")
    inputs: "models.JSONField[Any]" = models.JSONField(default=dict)  # what was asked, as the serializer writes it
    digest = models.CharField(max_length=64, db_index=True)  # of the inputs and the version of what they read
    html_bytes = models.PositiveIntegerField(null=True, blank=True)
    html_sha256 = models.CharField(max_length=64, blank=True, default="")
    png_bytes = models.PositiveIntegerField(null=True, blank=True)
    png_sha256 = models.CharField(max_length=64, blank=True, default="")

    files = ("map.html", "map.png")

    class Meta:
        ordering = ["-asked_at", "-uuid"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"evidence {self.uuid}"

    def as_plain(self) -> dict[str, Any]:
        """Return it as lists and events show it. Its region must have been selected."""
        return {
            "id": str(self.uuid), "kind": self.kind, "region": self.region.slug, "inputs": self.inputs,
            "digest": self.digest, "state": str(self.state), "asked_by": self.asked_by, "asked_at": self.asked_at,
            "ready_at": self.ready_at, "expires_at": self.expires_at, "problem": self.problem,
            "html_bytes": self.html_bytes, "html_sha256": self.html_sha256, "png_bytes": self.png_bytes,
            "png_sha256": self.png_sha256,
        }  # fmt: skip
