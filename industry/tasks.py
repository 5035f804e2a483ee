"""What Celery runs for industry."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from industry.actions.jobs import job
from industry.actions.plants import factory_alarms, machine_alarms

JOB_HANGS_AFTER_S = 25
"""So long a job may take: it ends, and the edge node's next job begins, within half a minute."""


@shared_task(ignore_result=True, soft_time_limit=JOB_HANGS_AFTER_S - 5, time_limit=JOB_HANGS_AFTER_S)
def run_job(pk: str) -> None:
    """Run one job of its edge node, organisations in turn."""
    job.run_next(UUID(pk), timezone.now)


@shared_task(ignore_result=True, expires=5)
def requeue_lost_jobs() -> None:
    """Look after jobs whose worker or message was lost."""
    job.requeue_lost(timezone.now())


@shared_task(ignore_result=True, expires=30)
def look_for_alarm_conditions() -> None:
    """Raise and clear the alarms of factories, edge nodes, machines and workloads."""
    factory_alarms.look(timezone.now())
    machine_alarms.look(timezone.now())
