"""Industry's part of a soak: readings, and jobs that have scored them."""

from datetime import datetime, timedelta
from uuid import uuid4

from console.soak.part import Part, Size, register
from industry.actions.jobs import job as jobs
from industry.actions.plants import factory_alarms
from industry.models import Factory, Job, Machine, ModelVersion, Reading, Score
from industry.models.job import JobKind, JobState

PERIOD = timedelta(minutes=10)
MACHINES = 5


def fill(start: datetime, end: datetime, size: Size) -> None:
    """Let a factory's machines report every few minutes, and a job score each batch."""
    factory, version = Factory.objects.order_by("pk").first(), ModelVersion.objects.order_by("pk").first()
    if factory is None or version is None:
        return
    machines = [
        Machine.objects.get_or_create(factory=factory, name=f"SOAK-{number}", defaults={"registered_at": start})[0]
        for number in range(MACHINES)
    ]
    times = [start + number * PERIOD for number in range((end - start) // PERIOD)]
    batches = [(uuid4(), at) for at in times]
    readings = Reading.objects.bulk_create(
        Reading(machine=machine, at=at, received_at=at, batch=batch, values={"torque_nm": 42.0})
        for batch, at in batches
        for machine in machines
    )
    made = Job.objects.bulk_create(
        Job(
            kind=JobKind.READINGS, caller="soak", version=version, factory=factory, batch=batch, rows=MACHINES,
            state=JobState.DONE, created_at=at, started_at=at, ended_at=at, organisation=factory.organisation,
        )
        for batch, at in batches
    )  # fmt: skip
    by_batch = {job.batch: job for job in made}
    Score.objects.bulk_create(
        Score(reading=reading, version=version, job=by_batch[reading.batch], risk=0.1, scored_at=reading.at)
        for reading in readings
    )


def act(now: datetime) -> None:
    """Look after jobs that were lost, and for alarms."""
    jobs.requeue_lost(now)
    factory_alarms.look(now)


register(
    Part(
        name="industry",
        fill=fill,
        act=act,
        queries={
            "the newest jobs": lambda _: list(Job.objects.with_context()[:50]),
            "the newest readings": lambda _: list(
                Reading.objects.newest_of(Machine.objects.filter(name__startswith="SOAK-").values_list("pk", flat=True))
            ),
        },
    )
)
