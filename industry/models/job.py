"""Inference jobs: queued for an edge node, run by its worker, ended once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from console.models import LeasedOrder, LeasedQuerySet, Owned
from industry.kernels.jobs.breakdown import Breakdown, deadline, split
from industry.kernels.jobs.queues import queue_of
from industry.kernels.jobs.retry import MAX_SENDS, next_look_s
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


class JobQuerySet(LeasedQuerySet["Job"]):
    """Ways to pick jobs."""

    def with_context(self) -> "JobQuerySet":
        """Fetch with each job what its plain form names."""
        return self.select_related("version__model", "factory")


class Job(Owned, LeasedOrder):
    """One piece of inference, for the queue of one edge node."""

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
    sends = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    network_ms = models.FloatField(null=True, blank=True)
    inference_ms = models.FloatField(null=True, blank=True)
    latency_budget_ms = models.FloatField(null=True, blank=True)
    result: "models.JSONField[Any]" = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True, default="")

    lease, most_attempts = LEASE, MAX_ATTEMPTS
    waiting, under_way, given_up = JobState.QUEUED, JobState.RUNNING, JobState.DEAD
    open_if = Q(state__in=OPEN_STATES)
    problem_field = "reason"
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

    def at_start(self, now: datetime) -> dict[str, Any]:
        """Return that its run begins."""
        return {**super().at_start(now), "started_at": now}

    def next_look(self, now: datetime) -> datetime:
        """Return by when a worker should have come, if it is sent once more: ever later."""
        return now + timedelta(seconds=next_look_s(self.sends + 1))

    def requeue(self, now: datetime, **fields: Any) -> bool:
        """Put a lost job back into its queue; return False when it ended or went on meanwhile."""
        return super().requeue(now, sends=self.sends + 1, **fields)

    def worn_out(self) -> str:
        """Return why it is not sent again; empty where it is."""
        no_worker = f"no worker took it from queue {queue_of(self.node_slug)}" if self.sends >= MAX_SENDS else ""
        return super().worn_out() or no_worker


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
