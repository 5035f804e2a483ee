"""What Celery runs for the airspace."""

from celery import shared_task
from django.utils import timezone

from airspace.actions import troubles


@shared_task(expires=15)
def look_for_troubles() -> None:
    """Raise and clear the alarms of drones and of the engine."""
    troubles.look(timezone.now())
