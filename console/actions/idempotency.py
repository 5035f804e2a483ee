"""Requests that a caller may send again without effect: `Idempotency-Key`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from console.actions.audit.audit import Actor
from console.errors import Refused
from console.models import IdempotentRequest

KEPT_FOR = timedelta(hours=24)


class KeyReused(Refused):
    """The same key came with another request."""


@dataclass(frozen=True)
class Answer:
    """What the caller gets; `is_replay` when it is the answer of an earlier request."""

    status: int
    body: Any
    is_replay: bool = False


def caller_of(actor: Actor) -> str:
    """Return whose keys are unique among each other: "key:3", "person:7" or "system"."""
    if actor.key:
        return f"key:{actor.key.pk}"
    return f"person:{actor.person.pk}" if actor.person else "system"


def once(actor: Actor, key: str, fingerprint: str, now: datetime, do: Callable[[], Answer]) -> Answer:
    """Do something at most once per caller and key within 24 h; a repeat gets the first answer.

    The row of the key and what `do` writes are one transaction: of two simultaneous duplicates the second waits for the
    first and then finds its answer, and a request that failed leaves no row, so that it may be tried again.

    Raises:
        KeyReused: the key was used for a request with another fingerprint.
    """
    if not key:
        return do()
    with transaction.atomic():
        mine = IdempotentRequest.objects.filter(caller=caller_of(actor), key=key)
        mine.filter(at__lt=now - KEPT_FOR).delete()
        row, is_new = IdempotentRequest.objects.get_or_create(
            caller=caller_of(actor),
            key=key,
            defaults={"fingerprint": fingerprint, "at": now, "organisation_id": actor.organisation},
        )
        if is_new:
            answer = do()
            mine.update(status=answer.status, answer=answer.body)
            return answer
    if row.fingerprint != fingerprint:
        raise KeyReused(
            "Idempotency-Key: it was used within 24 h for another request; expected a new key for a new body"
        )
    return Answer(row.status, row.answer, is_replay=True)
