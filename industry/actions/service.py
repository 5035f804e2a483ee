"""Counts of what workloads were promised, from their jobs: answered, and answered in time.

A job counts in the minute in which it ended, once: done is answered, failed and dead are not. It was in time when its
whole latency, the modelled way to the edge node included, kept the budget that it was sent with. One that failed or was
late because Loft itself was away meanwhile is unknown.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from console.run import starts
from industry.models import Job, JobState, Workload
from network.actions.radio.sector import region_at
from network.actions.service_levels.sources import MINUTE_S, MinuteCount
from network.kernels.sla.sla import Metric
from network.models import Agreement
from network.models.subject import FoundSubject, Name

_SEARCHED = (
    "factory__slug", "factory__name_en", "factory__name_zh", "model__name", "model__title_en", "model__title_zh",
)  # fmt: skip
LONGEST_EXCUSED = timedelta(days=1)
Minutes = dict[tuple[int, datetime], list[Job]]


def find(key: str) -> FoundSubject | None:
    """Return a workload by its key, `factory~model`."""
    factory, _, model = key.partition("~")
    workload = (
        Workload.objects.select_related("factory", "model").filter(factory__slug=factory, model__name=model).first()
    )
    if workload is None:
        return None
    region = region_at(workload.factory.lat_deg, workload.factory.lon_deg)
    return FoundSubject(
        key, *_names(workload), region.pk if region else None, organisation=workload.factory.organisation_id
    )


def names(keys: Collection[str]) -> dict[str, Name]:
    """Return what workloads are called, by their keys."""
    pairs = [key.split("~", 1) for key in keys if "~" in key]
    factories, models = ({pair[place] for pair in pairs} for place in (0, 1))
    rows = Workload.objects.select_related("factory", "model").filter(
        factory__slug__in=factories, model__name__in=models
    )
    called = {f"{row.factory.slug}~{row.model.name}": Name(*_names(row)) for row in rows}
    return {key: name for key, name in called.items() if key in keys}


def search(words: str, most: int) -> Iterator[FoundSubject]:
    """Yield the workloads whose factory or model is named so; of `factory~model` both are."""
    rows: QuerySet[Workload] = Workload.objects.select_related("factory", "model")
    for part in words.split("~"):
        condition = Q()
        for column in _SEARCHED:
            condition |= Q(**{f"{column}__icontains": part.strip()})
        rows = rows.filter(condition)
    for workload in rows.order_by("factory__slug", "model__name")[:most]:
        key = f"{workload.factory.slug}~{workload.model.name}"
        yield FoundSubject(key, *_names(workload), organisation=workload.factory.organisation_id)


def _names(workload: Workload) -> tuple[str, str]:
    return (
        f"{workload.factory.name_en}: {workload.model.title_en}",
        f"{workload.factory.name_zh}：{workload.model.title_zh}",
    )


def counts(agreements: Sequence[Agreement], since: datetime, until: datetime) -> Iterator[MinuteCount]:
    """Yield the counts of workloads. A minute in which no job ended is known, and empty."""
    keys = {agreement.key for agreement in agreements}
    rows = Workload.objects.select_related("factory", "model").filter(factory__slug__in=[k.split("~")[0] for k in keys])
    workloads = {f"{workload.factory.slug}~{workload.model.name}": workload.pk for workload in rows}
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
    jobs: Minutes = defaultdict(list)
    fields = (
        "workload_id", "state", "created_at", "started_at", "ended_at", "network_ms", "inference_ms",
        "latency_budget_ms",
    )  # fmt: skip
    rows = Job.objects.filter(workload__in=workloads, ended_at__gte=since, ended_at__lt=until).order_by().only(*fields)
    for job in rows.iterator(chunk_size=2_000):
        if job.ended_at and job.workload_id:
            start = datetime.fromtimestamp(job.ended_at.timestamp() // MINUTE_S * MINUTE_S, UTC)
            jobs[job.workload_id, start].append(job)
    return jobs
