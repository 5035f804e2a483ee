"""What the network operator lets one organisation have instead of the settings' figures."""

from typing import Any, ClassVar

from django.db import models

from console.models.access.organisation import Organisation, ScopedQuerySet


class Quota(models.Model):
    """Limits of an organisation by kind (`console.quota.kinds`); a kind that is not in them has the setting's."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="quota")
    limits: "models.JSONField[Any]" = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    owner_path: ClassVar[str] = "organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"quota of organisation {self.organisation_id}"
