"""Alarms of industry: factories that fall silent, edge nodes whose worker takes no jobs, jobs that fail."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q

from console import starts
from industry.models import Factory, Job, JobState, Reading
from network.actions.alarms.alarm import Trouble
from network.actions.alarms.alarm_source import Look, settle
from network.models import AlarmType, EdgeNode, Severity

SILENT = "No readings from the factory"
WORKER_AWAY = "The worker of the edge node takes no jobs"
JOBS_WAIT = "Jobs wait long at the edge node"
JOBS_FAIL = "Jobs fail for good"
PROBLEMS = (SILENT, WORKER_AWAY, JOBS_WAIT, JOBS_FAIL)
FACTORIES, NODES, NOWHERE = "factories", "edge nodes", "jobs without an edge node"
WAITS = timedelta(seconds=60)
FAILED_WITHIN = timedelta(minutes=10)
LEAST_FAILED = 3
"""A single job that its own inputs make fail is no trouble of the edge node; one that was given up is."""


def look(now: datetime) -> None:
    """Look at every factory that something is run for, and at every edge node."""
    settle(_factories(now), now)
    for one in _nodes(now):
        settle(one, now)


def _factories(now: datetime) -> Look:
    """Find the factories that sent readings within the day and none lately; those without any are not known."""
    limit = timedelta(seconds=settings.LOFT_FACTORY_SILENT_S)
    since = now - limit
    heard = set(Reading.objects.filter(received_at__gte=since).values_list("machine__factory", flat=True).distinct())
    sent = Exists(Reading.objects.filter(machine__factory=OuterRef("pk")))
    rows = Factory.objects.filter(workloads__enabled=True).distinct().annotate(sent=sent).exclude(pk__in=heard)
    silent = list(rows)
    if not starts.has_listened_for(limit, now):  # they were silent because nobody was there to hear
        return Look(FACTORIES, (SILENT,), [], {(one.name_en, one.owner_pk) for one in silent})
    found = [_of_factory(one) for one in silent if one.sent]
    return Look(FACTORIES, (SILENT,), found, {(one.name_en, one.owner_pk) for one in silent if not one.sent})


def _of_factory(one: Factory) -> Trouble:
    return Trouble(
        one.name_en, SILENT, Severity.MINOR, AlarmType.COMMUNICATIONS, "communicationsSubsystemFailure",
        detail={"factory": one.slug, "silent_for_at_least_s": settings.LOFT_FACTORY_SILENT_S},
        organisation=one.owner_pk,
    )  # fmt: skip


def _nodes(now: datetime) -> tuple[Look, Look]:
    """Find edge nodes whose worker is away, and those where jobs wait or end badly.

    A worker that was away stays so until it has taken a job again: that nothing waits any more says nothing of it.
    """
    nodes = {node.slug: node for node in EdgeNode.objects.select_related("site")}
    taking, waiting = _taking(now), _waiting(now)
    away = {slug: row for slug, row in waiting.items() if slug not in taking}
    found = [_trouble(nodes.get(slug), WORKER_AWAY, Severity.MAJOR, "outOfService", row) for slug, row in away.items()]
    unsure = {node.name_en for slug, node in nodes.items() if slug not in taking}
    bad = [
        _trouble(nodes.get(slug), JOBS_WAIT, Severity.WARNING, "congestion", row)
        for slug, row in waiting.items() if slug in taking
    ]  # fmt: skip
    bad += [
        _trouble(nodes.get(slug), JOBS_FAIL, Severity.MINOR, "applicationSubsystemFailure", row)
        for slug, row in _failing(now).items() if slug not in away
    ]  # fmt: skip
    return Look(NODES, (WORKER_AWAY,), found, unsure), Look(NODES, (JOBS_WAIT, JOBS_FAIL), bad)


def _taking(now: datetime) -> set[str]:
    """Return the edge nodes whose worker is at a job, or was lately."""
    is_running = Q(state=JobState.RUNNING, lease_until__gte=now)
    rows = Job.objects.filter(is_running | Q(ended_at__gte=now - WAITS, started_at__isnull=False)).order_by()
    return set(rows.values_list("node_slug", flat=True).distinct())


def _waiting(now: datetime) -> dict[str, dict[str, Any]]:
    """Return how many jobs wait too long, and since when, by edge node."""
    if not starts.has_listened_for(WAITS, now):  # they waited for Loft, not for the edge node
        return {}
    rows = Job.objects.filter(state=JobState.QUEUED, created_at__lt=now - WAITS).order_by()
    found = rows.values("node_slug").annotate(jobs=Count("pk"), oldest_at=Min("created_at"))
    return {row["node_slug"]: {"jobs": row["jobs"], "oldest_at": row["oldest_at"].isoformat()} for row in found}


def _failing(now: datetime) -> dict[str, dict[str, Any]]:
    """Return how many jobs failed or were given up lately, by edge node, where that is more than a few."""
    rows = Job.objects.filter(ended_at__gte=now - FAILED_WITHIN, state__in=(JobState.FAILED, JobState.DEAD)).order_by()
    dead = Count("pk", filter=Q(state=JobState.DEAD))
    counted = rows.values("node_slug").annotate(jobs=Count("pk"), dead=dead, why=Max("reason"))
    found = counted.filter(Q(jobs__gte=LEAST_FAILED) | Q(dead__gt=0))
    return {row["node_slug"]: {"jobs": row["jobs"], "given_up": row["dead"], "reason": row["why"]} for row in found}


def _trouble(node: EdgeNode | None, problem: str, severity: Severity, cause: str, detail: dict[str, Any]) -> Trouble:
    return Trouble(
        node.name_en if node else NOWHERE, problem, severity, AlarmType.PROCESSING, cause, node.site if node else None,
        detail,
    )  # fmt: skip
