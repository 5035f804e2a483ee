"""Writing the audit trail: an action that changes something for a person or a key records it in its transaction."""

from datetime import datetime
from typing import Any

from console.access.actor import SYSTEM, Actor
from console.access.narrowing import unnarrowed
from console.models import AuditEntry

__all__ = ["SYSTEM", "Actor", "record"]


@unnarrowed()  # what happened is written down, whoever owns the row
def record(actor: Actor, verb: str, subject: str, now: datetime, *, owner: int | None = None, **detail: Any) -> None:
    """Add a row to the audit trail.

    Args:
        actor: who made the change.
        verb: what was done, in the past tense: "acknowledged alarm".
        subject: what it was done to, readable on its own: "site BS-012".
        now: when.
        owner: whose that is; not said, it is of the network or of the organisation for which the actor acts.
        detail: the values that changed, as JSON can carry them. Never a secret.
    """
    AuditEntry.objects.create(
        at=now,
        person=actor.person,
        key_id=actor.key.pk if actor.key else None,
        actor=actor.name,
        verb=verb,
        subject=subject,
        detail=detail,
        address=actor.address,
        organisation_id=actor.trail_of(owner),
    )
