"""What the inventory was, is and will be: one row per change of a record."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RecordKind(models.TextChoices):
    """What kinds of records the inventory holds."""

    REGION = "region", _("Region")
    SITE = "site", _("Site")
    SECTOR = "sector", _("Sector")
    LINK = "link", _("Link")
    EDGE_NODE = "edge_node", _("Edge node")
    CORRIDOR = "corridor", _("Corridor")


class ChangeQuerySet(models.QuerySet["Change"]):
    """Ways to pick changes."""

    def planned(self) -> "ChangeQuerySet":
        """Return the changes whose time has not come, or that could not be applied when it came."""
        return self.filter(applied_at__isnull=True, withdrawn_at__isnull=True)

    def due(self, now: datetime) -> "ChangeQuerySet":
        """Return planned changes whose time has come, the oldest first."""
        return self.planned().filter(valid_from__lte=now, problem="").order_by("valid_from", "pk")


class Change(models.Model):
    """A record's whole values from a time on. A change in the future is a plan until it is applied."""

    shared_because: ClassVar[str] = "of the shared inventory; the right to see it is with those who run the network"

    kind = models.CharField(max_length=12, choices=RecordKind.choices)
    key = models.CharField(max_length=100)  # natural: the slug; of a link the slugs of both ends, "a~b"
    valid_from = models.DateTimeField(db_index=True)
    values = models.JSONField(null=True)  # as the serializer of the kind writes them; null: removed
    before = models.JSONField(null=True, blank=True)  # the values that these replace; null: there was no record
    recorded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, default="")  # why it could not be applied when due
    actor = models.CharField(max_length=150)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")  # "import of sites.csv", "plan 7f3a"

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        indexes = [
            models.Index(fields=["kind", "key", "valid_from"], name="change_by_record"),
            models.Index(fields=["valid_from"], condition=Q(applied_at__isnull=True), name="change_planned"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} from {self.valid_from:%Y-%m-%d %H:%M}"
