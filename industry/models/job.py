"""Inference jobs. A state is only changed by a conditional update: whoever comes second changes nothing."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from console.models import Owned, ScopedQuerySet
from industry.kernels.breakdown import Breakdown, deadline, split
from industry.models.catalogue import ModelVersion
from industry.models.factory import Factory, Workload

LEASE = timedelta(seconds=10)
MAX_ATTEMPTS = 5


class JobState(models.TextChoices):
    """Where a job is. Done, failed and dead are ends."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    DEAD = "dead", _("dead")


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class JobKind(models.TextChoices):
    """What a job scores."""

    READINGS = "readings", _("readings of machines")
    DIRECT = "direct", _("inputs of a request")


class JobQuerySet(ScopedQuerySet["Job"]):
    """Ways to pick jobs, and the changes of state."""

    def with_context(self) -> "JobQuerySet":
        """Fetch with each job what its plain form names."""
        return self.select_related("version__model", "factory")

    def lost(self, now: datetime) -> "JobQuerySet":
        """Return the jobs to look after: those whose holder let its lease run out, and those queued for too long."""
        return self.filter(
            Q(state=JobState.RUNNING, lease_until__lt=now) | Q(state=JobState.QUEUED, look_again_at__lt=now)
        )

    def ended_before(self, limit: datetime) -> "JobQuerySet":
        """Return the jobs that ended earlier than the limit."""
        return self.filter(ended_at__lt=limit)


class Job(Owned):
    """One piece of inference, for the queue of one edge node.

    `claim` is the token of the worker that runs it, good until `lease_until`. Only its holder may end the job.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=JobKind.choices)
    caller = models.CharField(max_length=60)
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="jobs")
    factory = models.ForeignKey(Factory, models.CASCADE, null=True, blank=True, related_name="jobs")
    workload = models.ForeignKey(Workload, models.SET_NULL, null=True, blank=True, related_name="jobs")
    batch = models.UUIDField(null=True, blank=True)
    inputs: "models.JSONField[Any]" = models.JSONField(default=list, blank=True)
    rows = models.PositiveIntegerField()
    node_slug = models.CharField(max_length=40, blank=True, default="", db_index=True)
    candidates: "models.JSONField[Any]" = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    sends = models.PositiveIntegerField(default=1)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    look_again_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    network_ms = models.FloatField(null=True, blank=True)
    inference_ms = models.FloatField(null=True, blank=True)
    latency_budget_ms = models.FloatField(null=True, blank=True)
    result: "models.JSONField[Any]" = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True, default="")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["factory", "-created_at"], name="jobs_of_a_factory"),
            models.Index(fields=["organisation", "-created_at"], name="jobs_of_an_organisation"),
            models.Index(fields=["state", "created_at"], name="jobs_in_a_state"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"

    @property
    def breakdown(self) -> Breakdown:
        """Where the job's time went. [ms]."""
        return split(
            self.network_ms,
            _ms(self.created_at, self.started_at),
            _ms(self.started_at, self.ended_at),
            self.inference_ms,
        )

    @property
    def deadline(self) -> str:
        """Whether the job kept its workload's latency budget: met, missed or unknown."""
        return deadline(self.breakdown.total_ms if self.state == JobState.DONE else None, self.latency_budget_ms)

    def as_plain(self) -> dict[str, Any]:
        """Return the job as lists and events show it."""
        return {
            "id": str(self.pk),
            "kind": self.kind,
            "state": self.state,
            "factory": self.factory.slug if self.factory else None,
            "model": self.version.model.name,
            "version": self.version.number,
            "node": self.node_slug or None,
            "rows": self.rows,
            "attempts": self.attempts,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "latency": _latency(self.breakdown),
            "latency_budget_ms": self.latency_budget_ms,
            "deadline": self.deadline,
            "highest_risk": (self.result or {}).get("highest_risk"),
            "at_risk": (self.result or {}).get("at_risk"),
            "reason": self.reason,
        }

    @classmethod
    def take(cls, pk: UUID, now: datetime) -> "Job | None":
        """Claim a queued job, or one whose holder let its lease run out; None when somebody else has it or it ended."""
        free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
        token = uuid4()
        taken = cls.objects.filter(free, pk=pk, attempts__lt=MAX_ATTEMPTS).update(
            state=JobState.RUNNING, claim=token, lease_until=now + LEASE, started_at=now, attempts=F("attempts") + 1
        )
        return cls.objects.with_context().get(pk=pk, claim=token) if taken else None

    def end(self, state: JobState, now: datetime, **fields: Any) -> bool:
        """End the job, if this object's claim still holds it; return whether it did."""
        return self._change(state, Q(state=JobState.RUNNING, claim=self.claim), ended_at=now, **fields)

    def give_up(self, now: datetime, reason: str) -> bool:
        """Declare a lost job dead; return False when it ended or went on meanwhile."""
        return self._change(JobState.DEAD, self._unchanged(), ended_at=now, reason=reason)

    def requeue(self, look_again_at: datetime) -> bool:
        """Put a lost job back into its queue; return False when it ended or went on meanwhile."""
        return self._change(JobState.QUEUED, self._unchanged(), look_again_at=look_again_at, sends=self.sends + 1)

    def _unchanged(self) -> Q:
        return Q(state=self.state, claim=self.claim, sends=self.sends)

    def _change(self, state: JobState, condition: Q, **fields: Any) -> bool:
        fields = {"state": state, "claim": None, "lease_until": None, **fields}
        if not Job.objects.filter(condition, pk=self.pk).update(**fields):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        return True


def _ms(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else max(0.0, (end - start).total_seconds() * 1e3)


def _latency(parts: Breakdown) -> dict[str, Any]:
    figures = {
        "network": (parts.network_ms, "modelled"),
        "queue": (parts.queue_ms, "measured"),
        "inference": (parts.inference_ms, "measured"),
        "storage": (parts.storage_ms, "measured"),
        "total": (parts.total_ms, "modelled network + measured rest"),
    }
    return {
        name: {"ms": None if ms is None else round(ms, 3), "source": source} for name, (ms, source) in figures.items()
    }
