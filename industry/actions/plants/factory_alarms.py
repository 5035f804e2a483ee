"""Alarms of industry: factories that fall silent, edge nodes whose worker takes no jobs, jobs that fail."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q

from console.run import process_states, starts
from industry.models import Factory, Job, JobState, Reading
from network.actions.alarms.alarm_condition import AlarmCondition, Detail
from network.actions.alarms.alarm_source import AlarmSource, Look, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import EDGE_NODE, ManagedObject, Name, ObjectId
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, EdgeNode, Severity

SILENT = register(Problem(
    "factory_silent", "No readings from the factory", AlarmType.COMMUNICATIONS, "communicationsSubsystemFailure",
    Severity.MINOR,
))  # fmt: skip
WORKER_AWAY = register(
    Problem(
        "worker_away", "The worker of the edge node takes no jobs", AlarmType.PROCESSING, "outOfService", Severity.MAJOR
    )
)
JOBS_WAIT = register(
    Problem("jobs_waiting", "Jobs wait long at the edge node", AlarmType.PROCESSING, "congestion", Severity.MAJOR)
)
JOBS_FAIL = register(
    Problem("jobs_failing", "Jobs fail for good", AlarmType.PROCESSING, "applicationSubsystemFailure", Severity.MINOR)
)
FACTORY = "factory"
NOWHERE = ManagedObject(EDGE_NODE, "", Name("jobs without an edge node", "没有边缘节点的作业"))
WAITS = timedelta(seconds=60)
FAILED_WITHIN = timedelta(minutes=10)
AHEAD = timedelta(seconds=2)
"""What was received further ahead of the present was noted by a clock that was ahead."""
LEAST_FAILED = 3
"""A single job that its own inputs make fail is no fault of the edge node; one that was given up is."""


@dataclass(frozen=True)
class FactorySilent:
    """Which factory it is, and for how long nothing came at least."""

    factory: str
    silent_for_at_least_s: float


@dataclass(frozen=True)
class Waiting:
    """How many jobs wait too long, and since when."""

    jobs: int
    oldest_at: str


@dataclass(frozen=True)
class Failing:
    """How many jobs failed or were given up lately, and a reason."""

    jobs: int
    given_up: int
    reason: str


def look(now: datetime) -> None:
    """Look at every factory that something is run for, and at every edge node."""
    run(SOURCES, now)


def _factories(now: datetime) -> Look:
    """Find the factories that sent readings within the day and none lately; those without any are not known."""
    limit = timedelta(seconds=settings.LOFT_FACTORY_SILENT_S)
    since = now - limit
    lately = Reading.objects.filter(received_at__gte=since, received_at__lte=now + AHEAD)
    heard = set(lately.values_list("machine__factory", flat=True).distinct())
    sent = Exists(Reading.objects.filter(machine__factory=OuterRef("pk")))
    rows = Factory.objects.filter(workloads__enabled=True).distinct().annotate(sent=sent).exclude(pk__in=heard)
    silent = list(rows)
    if not starts.has_listened_for(limit, now):  # they were silent because nobody was there to hear
        return Look((SILENT,), [], _ids(silent))
    conditions = [_of_factory(factory) for factory in silent if factory.sent]
    return Look((SILENT,), conditions, _ids(factory for factory in silent if not factory.sent))


def _ids(factories: Iterable[Factory]) -> set[ObjectId]:
    return {ObjectId(FACTORY, factory.slug, factory.owner_pk) for factory in factories}


def _of_factory(factory: Factory) -> AlarmCondition:
    about = ManagedObject(FACTORY, factory.slug, Name(factory.name_en, factory.name_zh))
    detail = FactorySilent(factory.slug, settings.LOFT_FACTORY_SILENT_S)
    return AlarmCondition(about, SILENT, detail, organisation=factory.owner_pk)


def factory_names(keys: Collection[str]) -> dict[str, Name]:
    """Return what factories are called."""
    rows = Factory.objects.filter(slug__in=keys).values_list("slug", "name_en", "name_zh")
    return {slug: Name(en, zh) for slug, en, zh in rows}


def _workers(now: datetime) -> Look:
    """Find edge nodes whose worker is away.

    A worker that was away stays so until it has taken a job again: that nothing waits any more says nothing of it.
    """
    nodes, taking = _nodes(), _taking(now)
    waiting = _waiting(now).items()
    away = {slug: row for slug, row in waiting if slug not in taking and not _is_told(slug)}
    conditions = [_condition(nodes, slug, WORKER_AWAY, row) for slug, row in away.items()]
    return Look((WORKER_AWAY,), conditions, {ObjectId(EDGE_NODE, slug) for slug in nodes if slug not in taking})


def _is_told(slug: str) -> bool:
    """Whether the worker of an edge node does not run, which is an alarm by itself."""
    return process_states.is_missed(settings.LOFT_RUN_DIR, f"worker-edge-{slug}")


def _jobs(now: datetime) -> Look:
    """Find edge nodes whose worker is there, and where jobs wait or end badly."""
    nodes, taking, waiting = _nodes(), _taking(now), _waiting(now)
    away = waiting.keys() - taking
    conditions = [_condition(nodes, slug, JOBS_WAIT, row) for slug, row in waiting.items() if slug in taking]
    conditions += [_condition(nodes, slug, JOBS_FAIL, row) for slug, row in _failing(now).items() if slug not in away]
    return Look((JOBS_WAIT, JOBS_FAIL), conditions)


def _nodes() -> dict[str, EdgeNode]:
    return {node.slug: node for node in EdgeNode.objects.select_related("site")}


SOURCES = [
    register_source(AlarmSource((SILENT,), _factories)),
    register_source(AlarmSource((WORKER_AWAY,), _workers)),
    register_source(AlarmSource((JOBS_WAIT, JOBS_FAIL), _jobs)),
]


def _taking(now: datetime) -> set[str]:
    """Return the edge nodes whose worker is at a job, or was lately."""
    is_running = Q(state=JobState.RUNNING, look_again_at__gte=now)
    rows = Job.objects.filter(is_running | Q(ended_at__gte=now - WAITS, started_at__isnull=False)).order_by()
    return set(rows.values_list("node_slug", flat=True).distinct())


def _waiting(now: datetime) -> dict[str, Waiting]:
    """Return how many jobs wait too long, and since when, by edge node."""
    if not starts.has_listened_for(WAITS, now):  # they waited for Loft, not for the edge node
        return {}
    rows = Job.objects.filter(state=JobState.QUEUED, created_at__lt=now - WAITS).order_by()
    jobs = rows.values("node_slug").annotate(jobs=Count("pk"), oldest_at=Min("created_at"))
    return {row["node_slug"]: Waiting(row["jobs"], row["oldest_at"].isoformat()) for row in jobs}


def _failing(now: datetime) -> dict[str, Failing]:
    """Return how many jobs failed or were given up lately, by edge node, where that is more than a few."""
    rows = Job.objects.filter(ended_at__gte=now - FAILED_WITHIN, state__in=(JobState.FAILED, JobState.DEAD)).order_by()
    dead = Count("pk", filter=Q(state=JobState.DEAD))
    counted = rows.values("node_slug").annotate(jobs=Count("pk"), dead=dead, why=Max("reason"))
    jobs = counted.filter(Q(jobs__gte=LEAST_FAILED) | Q(dead__gt=0))
    return {row["node_slug"]: Failing(row["jobs"], row["dead"], row["why"]) for row in jobs}


def _condition(nodes: dict[str, EdgeNode], slug: str, problem: Problem, detail: Detail) -> AlarmCondition:
    node = nodes.get(slug)
    if node is None:
        return AlarmCondition(NOWHERE, problem, detail)
    return AlarmCondition(ManagedObject(EDGE_NODE, slug, Name(node.name_en, node.name_zh), node.site), problem, detail)
