"""Tasks of the console itself."""

import logging

from celery import shared_task
from django.utils import timezone

from console import retention
from console.actions.audit import audit_chain
from console.backup import schedule
from console.errors import Refused, Unavailable
from console.run import heartbeat

log = logging.getLogger(__name__)
MOST_BACKUP_S = 4 * 3_600


@shared_task(expires=10)
def beat_heartbeat() -> None:
    """Show that the schedule runs and that a worker carries it out."""
    heartbeat.beat("beat")


@shared_task(expires=300)
def note_audit_head() -> None:
    """Note the head of the audit trail outside the database."""
    audit_chain.note_head(timezone.now())


@shared_task(expires=300)
def delete_old() -> None:
    """Delete what is past its retention, of every app."""
    retention.walk(timezone.now())


@shared_task(expires=3_600)
def delete_old_daily() -> None:
    """Delete what has ended and is past its retention, where looking for it takes long."""
    retention.walk(timezone.now(), is_daily=True)


@shared_task(expires=300, soft_time_limit=MOST_BACKUP_S, time_limit=MOST_BACKUP_S + 60)
def make_due_backup() -> None:
    """Make a backup when one is due; the next turn tries again, and a watch tells when none comes of it."""
    try:
        schedule.make_due(timezone.now())
    except (Refused, Unavailable) as reason:
        log.error("no backup was made: %s", reason)  # noqa: TRY400  it is a sentence, and says all
