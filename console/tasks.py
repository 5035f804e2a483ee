"""Tasks of the console itself."""

from celery import shared_task
from django.utils import timezone

from console import heartbeat


@shared_task(expires=10)
def beat_heartbeat() -> None:
    """Show that the schedule runs and that a worker carries it out."""
    heartbeat.beat("beat", timezone.now())
