"""Saved filters of the alarm list."""

from datetime import datetime
from typing import Any

from console.access.actor import Actor
from console.errors import Refused
from console.models import Person
from network.models import AlarmView

MOST_VIEWS = 50


def save_view(actor: Actor, person: Person, values: dict[str, Any], now: datetime) -> AlarmView:
    """Keep a filter under a name; one of the same name is replaced.

    Args:
        actor: the person as the actor; what they share is for their organisation.
        person: whose it is.
        values: `name`, `query` as in the address bar, `is_shared`.
        now: when.

    Raises:
        Refused: the person keeps too many already.
    """
    kept = AlarmView.objects.filter(person=person)
    if not kept.filter(name=values["name"]).exists() and kept.count() >= MOST_VIEWS:
        raise Refused(f"you keep {MOST_VIEWS} views already; remove some first")
    fields: dict[str, Any] = {
        "query": values.get("query", ""),
        "is_shared": values.get("is_shared", False),
        "made_at": now,
    }
    fields["organisation_id"] = actor.organisation
    return AlarmView.objects.update_or_create(person=person, name=values["name"], defaults=fields)[0]
