"""Tasks of the console itself."""

from celery import shared_task
from django.utils import timezone

from console import heartbeat
from console.actions import account, audit_chain, sign_in


@shared_task(expires=10)
def beat_heartbeat() -> None:
    """Show that the schedule runs and that a worker carries it out."""
    heartbeat.beat("beat", timezone.now())


@shared_task(expires=300)
def note_audit_head() -> None:
    """Note the head of the audit trail outside the database."""
    audit_chain.note_head(timezone.now())


@shared_task(expires=300)
def delete_old_sign_ins() -> None:
    """Forget sign-ins that are older than people are shown, and sessions whose time is over."""
    sign_in.delete_old_attempts(timezone.now())
    account.delete_over(timezone.now())
