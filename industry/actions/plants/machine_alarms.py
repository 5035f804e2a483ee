"""Alarms of machines that are likely to fail, and of workloads whose answers come too late.

The risk is inferred by a model from measured readings; how late answers are is measured but for the modelled way to the
edge node. Without fresh readings, or without jobs, nothing is known: what stands stays.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from console.run import starts
from industry.kernels.catalogue.risk import HIGH, NORMAL, is_stale, level
from industry.kernels.jobs.breakdown import deadline
from industry.models import Job, JobState, Machine, Score
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, active_of, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import ManagedObject, Name, ObjectId
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, Severity

AT_RISK = register(Problem(
    "machine_at_risk", "The machine is likely to fail", AlarmType.EQUIPMENT, "equipmentMalfunction", Severity.MAJOR
))  # fmt: skip
TOO_LATE = register(Problem(
    "deadlines_missed", "Answers come later than promised", AlarmType.QUALITY_OF_SERVICE, "responseTimeExcessive",
    Severity.MAJOR,
))  # fmt: skip
MACHINE, WORKLOAD = "machine", "workload"
WINDOW = timedelta(minutes=5)
LEAST_LATE, LATE_SHARE = 3, 0.1
"""A single late answer is no fault of the service; three, and one in ten, are."""
MOST_JOBS = 20_000
"""Of one look, the newest."""


@dataclass(frozen=True)
class Risk:
    """How likely a machine is to fail, from which risk on it counts as high, by which model, of which reading."""

    factory: str
    risk: float
    threshold: float
    model: str
    reading_at: str
    source: str = "inferred"


@dataclass(frozen=True)
class Late:
    """How many of the jobs of the last minutes were answered later than promised."""

    late: int
    jobs: int
    latency_budget_ms: float
    window_s: float


def look(now: datetime) -> None:
    """Look at every machine and at every workload that something is run for."""
    run(SOURCES, now)


def _machines(now: datetime) -> Look:
    """Find the machines at a high risk; one that was stays so until its risk is normal again."""
    machines = list(Machine.objects.select_related("factory").filter(factory__workloads__enabled=True).distinct())
    newest = Score.objects.newest_of([machine.pk for machine in machines]).select_related("reading", "version__model")
    scores = {score.reading.machine_id: score for score in newest}
    active = {(identity.object_key, identity.organisation) for identity in active_of([AT_RISK])}
    conditions, unsure = [], set()
    for machine in machines:
        score, owner = scores.get(machine.pk), machine.factory.owner_pk
        if score is None or is_stale(score.reading.at, now, settings.LOFT_FACTORY_SILENT_S):
            unsure.add(ObjectId(MACHINE, str(machine.pk), owner))
            continue
        judged = level(score.risk, score.version.threshold)
        if judged == HIGH or (judged != NORMAL and (str(machine.pk), owner) in active):
            conditions.append(_at_risk(machine, score))
    return Look((AT_RISK,), conditions, unsure)


def _at_risk(machine: Machine, score: Score) -> AlarmCondition:
    detail = Risk(
        machine.factory.slug, round(score.risk, 4), score.version.threshold, str(score.version),
        score.reading.at.isoformat(),
    )  # fmt: skip
    about = ManagedObject(MACHINE, str(machine.pk), _name(machine))
    return AlarmCondition(about, AT_RISK, detail, organisation=machine.factory.owner_pk)


def _name(machine: Machine) -> Name:
    return Name(f"{machine.factory.name_en}: {machine.name}", f"{machine.factory.name_zh}：{machine.name}")


def machine_names(keys: Collection[str]) -> dict[str, Name]:
    """Return what machines are called, with their factories."""
    rows = Machine.objects.select_related("factory").filter(pk__in=[key for key in keys if key.isdecimal()])
    return {str(machine.pk): _name(machine) for machine in rows}


def _workloads(now: datetime) -> Look | None:
    """Find the workloads of which many answers came too late; nothing is said shortly after Loft was away."""
    if not starts.has_listened_for(WINDOW, now):
        return None
    jobs = list(_answered(now))
    total, late = Counter(job.workload_id for job in jobs), Counter(_late(jobs))
    newest = {job.workload_id: job for job in reversed(jobs)}
    many = [pk for pk, count in late.items() if count >= LEAST_LATE and count >= LATE_SHARE * total[pk]]
    conditions = [_too_late(newest[pk], late[pk], total[pk]) for pk in many]
    heard = {_about(job).key for job in newest.values()}
    unsure = {row.object_id for row in active_of([TOO_LATE]) if row.object_key not in heard}
    return Look((TOO_LATE,), conditions, unsure)


def _answered(now: datetime) -> Iterable[Job]:
    """Return the jobs of workloads with a promise that were answered lately, the newest first."""
    rows = Job.objects.filter(
        state=JobState.DONE, ended_at__gte=now - WINDOW, ended_at__lte=now, workload__isnull=False,
        latency_budget_ms__isnull=False,
    )  # fmt: skip
    return rows.select_related("workload__factory", "workload__model").order_by("-ended_at")[:MOST_JOBS]


def _late(jobs: Iterable[Job]) -> Iterable[int | None]:
    return (job.workload_id for job in jobs if deadline(job.breakdown.total_ms, job.latency_budget_ms) == "missed")


def _about(job: Job) -> ManagedObject:
    assert job.workload is not None, f"job {job.pk} is of no workload"
    factory, model = job.workload.factory, job.workload.model
    name = Name(f"{factory.name_en}: {model.title_en}", f"{factory.name_zh}：{model.title_zh}")
    return ManagedObject(WORKLOAD, f"{factory.slug}~{model.name}", name)


def _too_late(job: Job, late: int, count: int) -> AlarmCondition:
    assert job.workload is not None, f"job {job.pk} is of no workload"
    detail = Late(late, count, job.latency_budget_ms or 0.0, WINDOW.total_seconds())
    return AlarmCondition(_about(job), TOO_LATE, detail, organisation=job.workload.factory.owner_pk)


SOURCES = [
    register_source(AlarmSource((AT_RISK,), _machines)),
    register_source(AlarmSource((TOO_LATE,), _workloads)),
]
