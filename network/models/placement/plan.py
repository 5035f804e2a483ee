"""Stored plans of where to put computing: asked for, proven by a worker, compared, adopted.

One plan is proven at a time, so that a long proof leaves the other workers free.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models.access.organisation import Owned
from console.models.leased import LeasedOrder, LeasedQuerySet
from network.models.inventory.inventory import Region

LEASE = timedelta(seconds=10)
MAX_ATTEMPTS = 2
"""Taken up again once: what loses its worker twice would lose it a third time."""


class PlanState(models.TextChoices):
    """Where a plan is. Proven, failed and cancelled are ends."""

    QUEUED = "queued", _("queued")
    PROVING = "proving", _("proving")
    PROVEN = "proven", _("proven")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN_STATES = (PlanState.QUEUED, PlanState.PROVING)


class PlanQuerySet(LeasedQuerySet["PlacementPlan"]):
    """Plans, picked as leased rows are."""


class PlacementPlan(Owned, LeasedOrder):
    """A request, and what came of it."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    region = models.ForeignKey(Region, models.CASCADE, related_name="placement_plans")
    name = models.CharField(max_length=80)
    request: "models.JSONField[Any]" = models.JSONField(db_column="wish")
    state = models.CharField(max_length=9, choices=PlanState.choices, default=PlanState.QUEUED)
    progress_share = models.FloatField(null=True, blank=True)  # of the first gap, closed; null: not known
    bound = models.FloatField(null=True, blank=True)
    gap = models.FloatField(null=True, blank=True)  # relative; null: not known
    proposal: "models.JSONField[Any]" = models.JSONField(null=True, blank=True)  # the best plan so far
    cost = models.FloatField(null=True, blank=True)
    inventory_version = models.CharField(max_length=16, blank=True, default="")
    asked_by = models.CharField(max_length=150)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    adopted_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.CharField(max_length=150, blank=True, default="")
    adopted_from = models.DateTimeField(null=True, blank=True)  # when its edge nodes become real
    problem = models.CharField(max_length=400, blank=True, default="")

    lease, most_attempts = LEASE, MAX_ATTEMPTS
    waiting, under_way, given_up = PlanState.QUEUED, PlanState.PROVING, PlanState.FAILED
    open_if = Q(state__in=OPEN_STATES)
    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-uuid"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="proving"), name="one_plan_is_proven_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def at_start(self, now: datetime) -> dict[str, Any]:
        """Return that its proof begins."""
        return {**super().at_start(now), "started_at": now}

    def seize(self, now: datetime) -> bool:
        """Claim it as it was read; return False when somebody was quicker, or another plan is being proven."""
        try:
            with transaction.atomic():
                return super().seize(now)
        except IntegrityError:
            return False

    def cancel(self, now: datetime) -> bool:
        """Cancel the plan; False when it ended meanwhile."""
        return self._change(self.open_if, **self.at_end(PlanState.CANCELLED, now))

    def adopt(self, now: datetime, who: str, valid_from: datetime) -> bool:
        """Mark the plan as adopted; False when somebody was quicker."""
        return self._change(Q(adopted_at=None), adopted_at=now, adopted_by=who, adopted_from=valid_from)
