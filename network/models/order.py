"""Documents that somebody asked for and a worker makes: claimed with a lease, kept for a while.

A state is only changed by a conditional update: whoever comes second changes nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from console.models.organisation import Owned, ScopedQuerySet

LEASE = timedelta(seconds=60)
QUEUED_FOR = timedelta(seconds=60)
MAX_ATTEMPTS = 2
"""Taken up again once: what loses its worker twice would lose it a third time."""


class EvidenceState(models.TextChoices):
    """Where a document is. Ready and failed are ends."""

    QUEUED = "queued", _("queued")
    DRAWING = "drawing", _("drawing")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class OrderQuerySet(ScopedQuerySet[Any]):
    """Ways to pick documents."""

    def lost(self, now: datetime) -> Self:
        """Return those whose worker let its lease run out, and those queued for too long."""
        return self.filter(
            Q(state=EvidenceState.DRAWING, look_again_at__lt=now) | Q(state=EvidenceState.QUEUED, look_again_at__lt=now)
        )

    def good(self, now: datetime) -> Self:
        """Return those that can be had, or soon can."""
        return self.exclude(state=EvidenceState.FAILED).filter(expires_at__gt=now)


class Order(Owned):
    """One document under way or ready. `claim` is the token of the worker that makes it, and names its folder."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    state = models.CharField(max_length=8, choices=EvidenceState.choices, default=EvidenceState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    look_again_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.CharField(max_length=150)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    problem = models.CharField(max_length=400, blank=True, default="")

    objects = OrderQuerySet.as_manager()

    class Meta(Owned.Meta):
        abstract = True

    @classmethod
    def take(cls, uuid: UUID, now: datetime) -> Self | None:
        """Claim one that waits, or whose worker let its lease run out; None when another has it or it ended."""
        claim = uuid4()
        free = Q(state=EvidenceState.QUEUED) | Q(state=EvidenceState.DRAWING, look_again_at__lt=now)
        taken = cls.objects.filter(free, uuid=uuid, attempts__lt=MAX_ATTEMPTS).update(
            state=EvidenceState.DRAWING, claim=claim, look_again_at=now + LEASE, attempts=F("attempts") + 1
        )
        return cls.objects.select_related("region").filter(uuid=uuid, claim=claim).first() if taken else None

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
        if not type(self).objects.filter(condition, uuid=self.uuid).update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True
