"""Inference jobs: submitting, running, looking after lost ones.

A job that a key causes by posting readings gets no audit row of its own: the job row names its caller, and at the rate
of readings the audit trail would drown. A person's request is audited.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Count

from console.actions import leased
from console.actions.audit.audit import Actor, record
from console.actions.idempotency import caller_of
from console.after_commit import after_commit
from console.database import condition_of
from console.door import intake
from console.errors import Refused, problem_of
from console.live import hub
from console.quota.counters import OverQuota, take
from console.quota.kinds import JOBS_OPEN, JOBS_PER_DAY
from console.quota.leases import buckets_of
from console.quota.limits import book
from industry import runtimes
from industry.actions.jobs.placement import Placement, place
from industry.actions.jobs.rotation import Rotation
from industry.actions.plants.machine import tell_machines
from industry.events import JobChanged
from industry.kernels.catalogue.features import INPUTS, TYPES, failure_features
from industry.kernels.jobs.retry import next_look_s
from industry.models import Factory, Job, JobKind, JobState, Model, ModelVersion, Reading, Score, Workload
from industry.models.job import OPEN_STATES

Clock = Callable[[], datetime]
MOST_REASON = 400
ADD = "industry.add_job"
rotation = Rotation()


@dataclass(frozen=True)
class Request:
    """What is to be scored: a batch of stored readings, or inputs given directly."""

    version: ModelVersion
    rows: int
    factory: Factory | None = None
    workload: Workload | None = None
    batch: UUID | None = None
    inputs: tuple[dict[str, Any], ...] = ()


@transaction.atomic
def submit(actor: Actor, request: Request, placement: Placement, now: datetime) -> Job:
    """Queue a job that was counted for the chosen edge node; without one the job has failed, and says so."""
    owner = request.factory.owner_pk if request.factory else actor.organisation
    job = Job(
        kind=JobKind.READINGS if request.batch else JobKind.DIRECT,
        caller=caller_of(actor),
        organisation_id=owner,
        version=request.version,
        factory=request.factory,
        workload=request.workload,
        batch=request.batch,
        inputs=list(request.inputs),
        rows=request.rows,
        node_slug=placement.node_slug or "",
        candidates=placement.candidates,
        network_ms=placement.network_ms,
        latency_budget_ms=request.workload.latency_budget_ms if request.workload else None,
        created_at=now,
        look_again_at=now + timedelta(seconds=next_look_s(1)),
    )
    if placement.node_slug is None:
        job.state, job.ended_at, job.reason = JobState.FAILED, now, "no edge node can be reached from the factory"
    job.save(force_insert=True)
    if job.state == JobState.QUEUED:
        _send(job, now)
    _tell(job, now)
    return job


@transaction.atomic
def request_inference(actor: Actor, name: str, inputs: list[dict[str, Any]], slug: str | None, now: datetime) -> Job:
    """Queue a job for inputs given directly.

    Raises:
        Refused: the model has no version, or the model or the factory is unknown or not one's own to work for.
        OverQuota: its organisation has too many open, or has had its jobs of the day.
        Unavailable: this installation has no room for more.
    """
    intake.admit(intake.Work.STREAM)
    model = Model.objects.visible_to(actor).filter(name=name).first()
    version = model.newest() if model else None
    if version is None:
        raise Refused(f"model: {name} given; expected a registered model, see GET /api/v1/models")
    if not version.model.is_for_all and not actor.may_change(version.model.owner_pk, ADD):  # it is seen, not lent
        raise Refused(f"model: {name} belongs to another organisation; expected one that you may call")
    factory = Factory.objects.visible_to(actor).filter(slug=slug).first() if slug else None
    if slug and factory is None:
        raise Refused(f"factory: {slug} given; expected a factory, see GET /api/v1/factories")
    if factory and not actor.may_change(factory.owner_pk, ADD):  # who pays for the job has to be who wants it
        raise Refused(f"factory: {slug} belongs to another organisation; expected one in which you may add jobs")
    count_jobs(factory.owner_pk if factory else actor.organisation, 1)
    workload = factory.workloads.filter(model=version.model).first() if factory else None
    request = Request(version, len(inputs), factory, workload, inputs=tuple(inputs))
    job = submit(actor, request, place(factory), now)
    if actor.person:
        details = {"model": str(version), "rows": len(inputs)}
        record(actor, "requested inference", f"job {job.pk}", now, owner=job.organisation_id, **details)
    return job


def count_jobs(organisation: int, count: int) -> None:
    """Count jobs that are to be submitted together, all or none: what is taken back was not had.

    Open ones are counted where they stand: a counter beside them would go astray with a lost worker.

    Raises:
        OverQuota: the organisation has too many open, or has had its jobs of the day.
    """
    if not count:
        return
    book.read()
    most, are_open = book.of(organisation, JOBS_OPEN), open_jobs([organisation]).get(organisation, 0)
    if are_open + count > most:
        raise OverQuota(JOBS_OPEN, "organisation", most, are_open, 1.0)
    take(buckets_of([JOBS_PER_DAY], organisation), count)


def open_jobs(organisations: list[int]) -> dict[int, int]:
    """Return how many jobs of each of the organisations are queued or running."""
    rows = Job.objects.filter(state__in=OPEN_STATES, organisation__in=organisations).order_by()
    return dict(rows.values_list("organisation").annotate(count=Count("pk")))


def run_next(sent: UUID, clock: Clock) -> None:
    """Run one job of the edge node that a message is for: not the one it names, but the one whose turn it is.

    There are as many messages as jobs, so each runs in the end; an organisation that queued a thousand does not stand
    before one that queued a single one.
    """
    job = Job.objects.filter(pk=sent).values("node_slug", "organisation", "state").first()
    if job is None:
        return
    rows = Job.objects.with_context().filter(node_slug=job["node_slug"]).order_by("created_at", "pk")
    owners = list(rows.filter(state=JobState.QUEUED).order_by().values_list("organisation", flat=True).distinct())
    owner = rotation.next_of(job["node_slug"], owners)
    if owner is None or (owner == job["organisation"] and job["state"] in OPEN_STATES):
        run(sent, clock)
        return
    now = clock()
    _run(rows.filter(state=JobState.QUEUED, organisation=owner).take_next(now) or rows.take(sent, now), clock)


def run(pk: UUID, clock: Clock) -> None:
    """Run a job, unless somebody else has it or it ended: claim, score, end. Only the claim's holder writes a result.

    A database that is away is not the job's failure: the error passes, the lease runs out, and the job is run again.

    Args:
        pk: of the job.
        clock: tells the time; the run is measured with it.
    """
    _run(Job.objects.with_context().take(pk, clock()), clock)


def _run(job: Job | None, clock: Clock) -> None:
    if job is None:
        return
    readings = list(_readings(job))
    try:
        scored = _score(job, [reading.values for reading in readings] if job.batch else job.inputs)
    except Exception as reason:  # whatever the model's engine raises is this job's failure
        if condition_of(reason):
            raise
        if job.end(JobState.FAILED, clock(), reason=problem_of(reason, str(job))[:MOST_REASON]):
            _tell(job, clock())
        return
    _finish(job, readings, scored, clock())


@transaction.atomic
def _finish(job: Job, readings: list[Reading], scored: runtimes.Scored, now: datetime) -> None:
    risks = scored.risk.tolist()
    result: dict[str, Any] = {
        "threshold": job.version.threshold,
        "highest_risk": round(max(risks), 4) if risks else None,
        "at_risk": sum(risk >= job.version.threshold for risk in risks),
    }
    if not job.batch:
        result["rows"] = [{"failure_risk": round(risk, 6)} for risk in risks]
    if not job.end(JobState.DONE, now, inference_ms=scored.took_ms, result=result):
        return
    Score.objects.bulk_create(
        [
            Score(reading=reading, version=job.version, job=job, risk=risk, scored_at=now)
            for reading, risk in zip(readings, risks, strict=bool(job.batch))
        ],
        ignore_conflicts=True,
    )
    _tell(job, now)
    if job.factory and readings:
        tell_machines(job.factory, {reading.machine_id for reading in readings}, now)


def _readings(job: Job) -> list[Reading]:
    return list(Reading.objects.filter(batch=job.batch).order_by("pk")) if job.batch else []


def _score(job: Job, rows: list[dict[str, Any]]) -> runtimes.Scored:
    codes = np.array([TYPES.index(row["type"]) for row in rows], float)
    inputs = np.array([[row[input_.name] for input_ in INPUTS] for row in rows], float).reshape(-1, len(INPUTS))
    path = runtimes.file_of(job.version.model.name, job.version.number)
    return runtimes.score(path, job.version.sha256, failure_features(codes, inputs))


def requeue_lost(now: datetime) -> int:
    """Send jobs again whose worker or message was lost; those that were lost too often are dead. Return how many."""
    return leased.requeue_lost(Job.objects.with_context(), now, send=partial(_hand_over, now=now), tell=_tell)


def _send(job: Job, now: datetime) -> None:
    after_commit(_hand_over, job, now)


def _hand_over(job: Job, now: datetime) -> None:
    """Send it; what the broker did not take was not sent, so it is tried again as soon as at first."""
    if not runtimes.send_job(str(job.pk), job.node_slug):
        Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
            sends=1, look_again_at=now + timedelta(seconds=next_look_s(1))
        )


def _tell(job: Job, now: datetime) -> None:
    slug = job.factory.slug if job.factory else None
    hub.publish(JobChanged(at=now, organisation=job.organisation_id, factory=slug, job=job.as_plain()))
