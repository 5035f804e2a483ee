"""Writing the audit trail: an action that changes something for a person or a key records it in its transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.keys import Key
from console.models import AuditEntry, Person


@dataclass(frozen=True)
class Actor:
    """Who asks for a change: a person, a key, or the system itself (a command, a schedule)."""

    name: str
    person: Person | None = None
    key: Key | None = None
    address: str | None = None
    system: str = ""  # another system for which it acts, as it says itself


SYSTEM = Actor("system")


def record(actor: Actor, verb: str, subject: str, now: datetime, **detail: Any) -> None:
    """Add a row to the audit trail.

    Args:
        actor: who made the change.
        verb: what was done, in the past tense: "acknowledged alarm".
        subject: what it was done to, readable on its own: "site BS-012".
        now: when.
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
    )
