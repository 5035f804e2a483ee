"""Counts of what workloads were promised, from their jobs: answered, and answered in time.

A job counts in the minute in which it ended, once: done is answered, failed and dead are not. It was in time when its
whole latency, the modelled way to the edge node included, kept the budget that it was sent with. One that failed or was
late because Loft itself was away meanwhile is unknown.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from console import starts
from industry.models import Job, JobState, Workload
from network.actions.sector import region_at
from network.actions.service.sources import MINUTE_S, MinuteCount, Subject
from network.kernels.sla import Metric
from network.models import Agreement

_SEARCHED = (
    "factory__slug", "factory__name_en", "factory__name_zh", "model__name", "model__title_en", "model__title_zh",
)  # fmt: skip
LONGEST_EXCUSED = timedelta(days=1)
Minutes = dict[tuple[int, datetime], list[Job]]


def find(key: str) -> Subject | None:
    """Return a workload by its key, `factory~model`."""
    factory, _, model = key.partition("~")
    one = Workload.objects.select_related("factory", "model").filter(factory__slug=factory, model__name=model).first()
    if one is None:
        return None
    region = region_at(one.factory.lat_deg, one.factory.lon_deg)
    return Subject(key, *_names(one), region.pk if region else None, organisation=one.factory.organisation_id)


def search(words: str, most: int) -> Iterator[Subject]:
    """Yield the workloads whose factory or model is named so."""
    found = Q()
    for column in _SEARCHED:
        found |= Q(**{f"{column}__icontains": words})
    rows = Workload.objects.select_related("factory", "model").filter(found).order_by("factory__slug", "model__name")
    for one in rows[:most]:
        key = f"{one.factory.slug}~{one.model.name}"
        yield Subject(key, *_names(one), organisation=one.factory.organisation_id)


def _names(one: Workload) -> tuple[str, str]:
    return f"{one.factory.name_en}: {one.model.title_en}", f"{one.factory.name_zh}：{one.model.title_zh}"


def counts(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield the counts of workloads. A minute in which no job ended is known, and empty."""
    keys = {one.key for one in agreements}
    rows = Workload.objects.select_related("factory", "model").filter(factory__slug__in=[k.split("~")[0] for k in keys])
    workloads = {f"{one.factory.slug}~{one.model.name}": one.pk for one in rows}
    away = starts.absences(since - LONGEST_EXCUSED, until)
    ended = _ended({workloads[key] for key in keys if key in workloads}, since, until)
    for agreement in agreements:
        pk = workloads.get(agreement.key)
        if pk is None:
            continue
        start = since
        while start < until:
            yield _minute(agreement, start, ended.get((pk, start), []), away)
            start += timedelta(seconds=MINUTE_S)


def _minute(agreement: Agreement, start: datetime, jobs: Sequence[Job], away: Sequence[starts.Absence]) -> MinuteCount:
    of_time = agreement.metric == Metric.DEADLINE
    ours = {job.pk for job in jobs if (_failed(job) or (of_time and _late(job))) and _waited_for_us(job, away)}
    counted = [job for job in jobs if job.pk not in ours and not (of_time and _is_timeless(job))]
    good = sum(not _failed(job) and not (of_time and _late(job)) for job in counted)
    unknown_s = MINUTE_S * (len(jobs) - len(counted)) / len(jobs) if jobs else 0.0
    return MinuteCount(agreement.pk, start, good, len(counted), unknown_s)


def _failed(job: Job) -> bool:
    return job.state != JobState.DONE


def _late(job: Job) -> bool:
    return job.deadline == "missed"


def _is_timeless(job: Job) -> bool:
    """Whether nobody knows if it was in time."""
    return job.state == JobState.DONE and job.deadline == "unknown"


def _waited_for_us(job: Job, away: Sequence[starts.Absence]) -> bool:
    """Whether Loft itself was away between the job's beginning and its end."""
    return any(job.ended_at is not None and start < job.ended_at and end > job.created_at for start, end in away)


def _ended(workloads: set[int], since: datetime, until: datetime) -> Minutes:
    found: Minutes = defaultdict(list)
    fields = (
        "workload_id", "state", "created_at", "started_at", "ended_at", "network_ms", "inference_ms",
        "latency_budget_ms",
    )  # fmt: skip
    rows = Job.objects.filter(workload__in=workloads, ended_at__gte=since, ended_at__lt=until).order_by().only(*fields)
    for job in rows.iterator(chunk_size=2_000):
        if job.ended_at and job.workload_id:
            start = datetime.fromtimestamp(job.ended_at.timestamp() // MINUTE_S * MINUTE_S, UTC)
            found[job.workload_id, start].append(job)
    return found
