"""Stored plans of where to put computing: asked for, proven by a worker, compared, adopted.

A state is only changed by a conditional update: whoever comes second changes nothing. One plan is proven at a time, so
that a long proof leaves the other workers free.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from console.models.organisation import Owned, ScopedQuerySet
from network.models.inventory import Region

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


class PlanQuerySet(ScopedQuerySet["PlacementPlan"]):
    """Ways to pick plans."""

    def open(self) -> "PlanQuerySet":
        """Return the plans that have not ended."""
        return self.filter(state__in=OPEN_STATES)

    def lost(self, now: datetime) -> "PlanQuerySet":
        """Return the plans whose worker let its lease run out."""
        return self.filter(state=PlanState.PROVING, lease_until__lt=now)

    def old(self, limit: datetime) -> "PlanQuerySet":
        """Return the plans that ended before the limit and were not adopted."""
        return self.filter(ended_at__lt=limit, adopted_at=None)


class PlacementPlan(Owned):
    """A wish, and what came of it. `claim` is the token of the worker that proves it, good until `lease_until`."""

    uuid = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    region = models.ForeignKey(Region, models.CASCADE, related_name="placement_plans")
    name = models.CharField(max_length=80)
    wish: "models.JSONField[Any]" = models.JSONField()
    state = models.CharField(max_length=9, choices=PlanState.choices, default=PlanState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
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

    @classmethod
    def take(cls, uuid: UUID, now: datetime) -> "PlacementPlan | None":
        """Claim a queued plan; None when somebody else has it, it ended, or another plan is being proven."""
        token = uuid4()
        try:
            with transaction.atomic():
                taken = cls.objects.filter(uuid=uuid, state=PlanState.QUEUED, attempts__lt=MAX_ATTEMPTS).update(
                    state=PlanState.PROVING, claim=token, lease_until=now + LEASE, started_at=now,
                    attempts=F("attempts") + 1,
                )  # fmt: skip
        except IntegrityError:
            return None
        return cls.objects.select_related("region").get(uuid=uuid, claim=token) if taken else None

    def hold(self, now: datetime, **news: Any) -> bool:
        """Keep the claim for another while, and what is new; False when the plan was cancelled or lost."""
        return self._change(self._is_mine(), lease_until=now + LEASE, **news)

    def end(self, state: PlanState, now: datetime, **news: Any) -> bool:
        """End the plan, if this object's claim still holds it; return whether it did."""
        return self._change(self._is_mine(), state=state, ended_at=now, claim=None, lease_until=None, **news)

    def cancel(self, now: datetime) -> bool:
        """Cancel the plan; False when it ended meanwhile."""
        is_open = Q(state__in=OPEN_STATES)
        return self._change(is_open, state=PlanState.CANCELLED, ended_at=now, claim=None, lease_until=None)

    def give_back(self, now: datetime) -> bool:
        """Put a lost plan back into the queue, or fail it when it was lost too often; False when it went on."""
        is_lost = self._is_mine() & Q(lease_until__lt=now)
        if self.attempts >= MAX_ATTEMPTS:
            problem = f"its worker was lost {self.attempts} times"
            return self._change(
                is_lost, state=PlanState.FAILED, ended_at=now, claim=None, lease_until=None, problem=problem
            )
        return self._change(is_lost, state=PlanState.QUEUED, claim=None, lease_until=None)

    def adopt(self, now: datetime, who: str, valid_from: datetime) -> bool:
        """Mark the plan as adopted; False when somebody was quicker."""
        return self._change(Q(adopted_at=None), adopted_at=now, adopted_by=who, adopted_from=valid_from)

    def _is_mine(self) -> Q:
        return Q(state=PlanState.PROVING, claim=self.claim)

    def _change(self, condition: Q, **fields: Any) -> bool:
        if not PlacementPlan.objects.filter(condition, pk=self.pk).update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True
