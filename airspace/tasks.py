"""What Celery runs for the airspace."""

from celery import shared_task
from django.utils import timezone

from airspace.actions import drone_alarms, link_alarms
from airspace.actions.ownership import removal


@shared_task(expires=15)
def look_for_alarm_conditions() -> None:
    """Raise and clear the alarms of drones and of the engine."""
    drone_alarms.look(timezone.now())


@shared_task(ignore_result=True, expires=4)
def judge_control_links() -> None:
    """Judge the control link of every drone in flight; raise and clear its alarms."""
    link_alarms.look(timezone.now())


@shared_task(ignore_result=True, expires=10)
def delete_orphans() -> None:
    """Delete what is left of deleted drones, a piece at a time."""
    removal.delete_orphans()
