"""API keys of drone and factory systems."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from console.access.keys import Key
from console.models.access.organisation import Owned, ScopedQuerySet


class ApiKeyQuerySet(ScopedQuerySet["ApiKey"]):
    """Ways to pick keys."""

    def good_at(self, now: datetime) -> "ApiKeyQuerySet":
        """Return the keys that are neither revoked nor expired, of organisations that are active."""
        return self.filter(revoked_at=None, organisation__is_active=True).exclude(expires_at__lte=now)


class ApiKey(Owned):
    """A key with which a system calls the API. Only its prefix and a hash are kept."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=Q(revoked_at=None), name="one_good_key_per_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} (loft_{self.prefix}_…)"

    def why_not_good_at(self, now: datetime) -> str:
        """Return why the key is refused, an empty text for a good one; see `good_at`."""
        if self.revoked_at:
            return "revoked"
        if self.expires_at and self.expires_at <= now:
            return "expired"
        return "" if self.organisation.is_active else "ended"

    def as_key(self) -> Key:
        """Return what the key ring keeps of it."""
        role = self.organisation.role("key")
        return Key(self.pk, self.name, self.prefix, frozenset(self.scopes), self.expires_at, self.organisation.pk, role)
