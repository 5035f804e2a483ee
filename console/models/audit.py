"""The audit trail: one row per change that a person or a key made."""

from django.conf import settings
from django.db import models

from console.models.organisation import Owned, ScopedQuerySet


class AuditEntry(Owned):
    """Who changed what, when, and from where. Rows are only ever added."""

    at = models.DateTimeField(db_index=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.ForeignKey("console.ApiKey", models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.CharField(max_length=160)
    verb = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=200, db_index=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.verb} {self.subject}"
