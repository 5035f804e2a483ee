"""What Celery runs for industry."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from industry.actions import factory_alarms, job, retention


@shared_task(ignore_result=True, soft_time_limit=20, time_limit=30)
def run_job(pk: str) -> None:
    """Run one job of its edge node, organisations in turn."""
    job.run_next(UUID(pk), timezone.now)


@shared_task(ignore_result=True, expires=5)
def requeue_lost_jobs() -> None:
    """Look after jobs whose worker or message was lost."""
    job.requeue_lost(timezone.now())


@shared_task(ignore_result=True, expires=300)
def delete_old_results() -> None:
    """Delete readings, results and jobs past their retention."""
    retention.delete_old(timezone.now(), timedelta(hours=settings.LOFT_READING_RETENTION_H))


@shared_task(ignore_result=True, expires=30)
def look_for_alarm_conditions() -> None:
    """Raise and clear the alarms of factories and edge nodes."""
    factory_alarms.look(timezone.now())
