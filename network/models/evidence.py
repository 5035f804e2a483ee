"""Evidence maps: documents that show coverage or circles as they were, kept for a while.

A state is only changed by a conditional update: whoever comes second changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from network.models.inventory import Region

LEASE = timedelta(seconds=60)
QUEUED_FOR = timedelta(seconds=60)
MAX_ATTEMPTS = 2
"""Taken up again once: what loses its worker twice would lose it a third time."""


class EvidenceKind(models.TextChoices):
    """What a map gives evidence of."""

    COVERAGE = "coverage", _("Coverage")
    CIRCLE = "circle", _("One-millisecond circle")


class EvidenceState(models.TextChoices):
    """Where a map is. Ready and failed are ends."""

    QUEUED = "queued", _("queued")
    DRAWING = "drawing", _("drawing")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Ways to pick evidence."""

    def lost(self, now: datetime) -> "EvidenceQuerySet":
        """Return the maps whose worker let its lease run out, and those queued for too long."""
        return self.filter(
            Q(state=EvidenceState.DRAWING, look_again_at__lt=now) | Q(state=EvidenceState.QUEUED, look_again_at__lt=now)
        )

    def good(self, now: datetime) -> "EvidenceQuerySet":
        """Return the maps that can be had, or soon can."""
        return self.exclude(state=EvidenceState.FAILED).filter(expires_at__gt=now)


class Evidence(models.Model):
    """One map document and its picture. `claim` is the token of the worker that draws it, and names its folder."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=EvidenceKind.choices)
    region = models.ForeignKey(Region, models.CASCADE, related_name="evidence")
    inputs: "models.JSONField[Any]" = models.JSONField(default=dict)  # what was asked, as the serializer writes it
    digest = models.CharField(max_length=64, db_index=True)  # of the inputs and the version of what they read
    state = models.CharField(max_length=8, choices=EvidenceState.choices, default=EvidenceState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    look_again_at = models.DateTimeField(null=True, blank=True)
    html_bytes = models.PositiveIntegerField(null=True, blank=True)
    html_sha256 = models.CharField(max_length=64, blank=True, default="")
    png_bytes = models.PositiveIntegerField(null=True, blank=True)
    png_sha256 = models.CharField(max_length=64, blank=True, default="")
    asked_by = models.CharField(max_length=150)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    problem = models.CharField(max_length=400, blank=True, default="")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-uuid"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"evidence {self.uuid}"

    @classmethod
    def take(cls, uuid: UUID, now: datetime) -> "Evidence | None":
        """Claim a map that waits, or whose worker let its lease run out; None when another has it or it ended."""
        claim = uuid4()
        free = Q(state=EvidenceState.QUEUED) | Q(state=EvidenceState.DRAWING, look_again_at__lt=now)
        taken = cls.objects.filter(free, uuid=uuid, attempts__lt=MAX_ATTEMPTS).update(
            state=EvidenceState.DRAWING, claim=claim, look_again_at=now + LEASE, attempts=F("attempts") + 1
        )
        return cls.objects.select_related("region").filter(uuid=uuid, claim=claim).first() if taken else None

    def as_plain(self) -> dict[str, Any]:
        """Return it as lists and events show it. Its region must have been selected."""
        return {
            "id": str(self.uuid), "kind": self.kind, "region": self.region.slug, "inputs": self.inputs,
            "digest": self.digest, "state": str(self.state), "asked_by": self.asked_by, "asked_at": self.asked_at,
            "ready_at": self.ready_at, "expires_at": self.expires_at, "problem": self.problem,
            "html_bytes": self.html_bytes, "html_sha256": self.html_sha256, "png_bytes": self.png_bytes,
            "png_sha256": self.png_sha256,
        }  # fmt: skip

    def end(self, state: EvidenceState, **fields: Any) -> bool:
        """End it, unless the claim was lost meanwhile; return whether it was ended."""
        return self._change(Q(state=EvidenceState.DRAWING, claim=self.claim), state=state, look_again_at=None, **fields)

    def requeue(self, now: datetime) -> bool:
        """Queue it again; return False when it went on meanwhile."""
        return self._change(
            Q(state=self.state, claim=self.claim), state=EvidenceState.QUEUED, look_again_at=now + QUEUED_FOR
        )

    def give_up(self, problem: str) -> bool:
        """End it without a worker; return False when it went on meanwhile."""
        return self._change(
            Q(state=self.state, claim=self.claim), state=EvidenceState.FAILED, look_again_at=None, problem=problem
        )

    def _change(self, condition: Q, **fields: Any) -> bool:
        if not Evidence.objects.filter(condition, uuid=self.uuid).update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True
