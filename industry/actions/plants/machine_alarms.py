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
from industry.kernels.catalogue.risk import HIGH, NORMAL, level
from industry.models import Job, JobState, Machine, Score, Workload
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import EVERY, ManagedObject, Name, ObjectId
from network.actions.alarms.problem import Problem, register
from network.models import Alarm, AlarmType, Severity

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
    machines = Machine.objects.filter(factory__workloads__enabled=True).distinct().order_by()
    since = now - timedelta(seconds=settings.LOFT_FACTORY_SILENT_S)
    newest = Score.objects.newest_of(machines.values_list("pk", flat=True), since)
    scores = {score.reading.machine_id: score for score in newest.select_related("reading", "version__model")}
    standing = _standing(AT_RISK)
    conditions, unsure = [], set()
    for machine in machines.select_related("factory"):
        score, this = scores.get(machine.pk), ObjectId(MACHINE, str(machine.pk), machine.factory.owner_pk)
        if score is None:
            unsure |= {this} & standing
        elif _is_at_risk(score, stands=this in standing):
            conditions.append(_at_risk(machine, score))
    return Look((AT_RISK,), conditions, unsure)


def _is_at_risk(score: Score, *, stands: bool) -> bool:
    judged = level(score.risk, score.version.threshold)
    return judged == HIGH or (stands and judged != NORMAL)


def _standing(problem: Problem) -> set[ObjectId]:
    """Return what the alarms of a problem that stand are about; one that stands for many, each that it named."""
    rows = Alarm.objects.active().filter(problem=problem.code).values_list("object_key", "organisation", "detail")
    kind = MACHINE if problem == AT_RISK else WORKLOAD
    standing = set()
    for key, owner, detail in rows:
        keys = detail.get("objects", []) if key == EVERY else [key]
        standing |= {ObjectId(kind, of_it, owner) for of_it in keys}
    return standing


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
    """Find the workloads of which many answers came too late; nothing is said shortly after Loft was away.

    Answers of which nobody knows how long they took count neither way. A workload that is gone is late no more.
    """
    if not starts.has_listened_for(WINDOW, now):
        return None
    total, late, budgets = Counter[int](), Counter[int](), dict[int, float]()
    for job in _answered(now):
        if job.workload_id and (judged := job.deadline) != "unknown":
            total[job.workload_id] += 1
            late[job.workload_id] += judged == "missed"
            budgets.setdefault(job.workload_id, job.latency_budget_ms or 0.0)
    standing = _standing(TOO_LATE)
    conditions, unsure = [], set()
    for workload in Workload.objects.filter(enabled=True).select_related("factory", "model"):
        pk, about = workload.pk, _about(workload)
        if not total[pk]:
            unsure |= {ObjectId(WORKLOAD, about.key, workload.factory.owner_pk)} & standing
        elif late[pk] >= LEAST_LATE and late[pk] >= LATE_SHARE * total[pk]:
            detail = Late(late[pk], total[pk], budgets[pk], WINDOW.total_seconds())
            conditions.append(AlarmCondition(about, TOO_LATE, detail, organisation=workload.factory.owner_pk))
    return Look((TOO_LATE,), conditions, unsure)


def _answered(now: datetime) -> Iterable[Job]:
    """Return the jobs of workloads with a promise that were answered lately, the newest first, without their rows."""
    rows = Job.objects.filter(
        state=JobState.DONE, ended_at__gte=now - WINDOW, ended_at__lte=now, workload__isnull=False,
        latency_budget_ms__isnull=False,
    )  # fmt: skip
    fields = (
        "workload_id", "state", "created_at", "started_at", "ended_at", "network_ms", "inference_ms",
        "latency_budget_ms",
    )  # fmt: skip
    return rows.order_by("-ended_at").only(*fields)[:MOST_JOBS].iterator(chunk_size=2_000)


def _about(workload: Workload) -> ManagedObject:
    factory, model = workload.factory, workload.model
    name = Name(f"{factory.name_en}: {model.title_en}", f"{factory.name_zh}：{model.title_zh}")
    return ManagedObject(WORKLOAD, f"{factory.slug}~{model.name}", name)


SOURCES = [
    register_source(AlarmSource((AT_RISK,), _machines)),
    register_source(AlarmSource((TOO_LATE,), _workloads)),
]
