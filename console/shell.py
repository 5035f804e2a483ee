"""What every page's frame needs: rail, topics, zone. A context processor."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from console.access.authentication import acting_in, person_actor
from console.access.right_words import Lacking, words_of_all
from console.access.roles import ROLE_WORDS
from console.access.session_rules import what_is_due
from console.navigation import pages_for, rail_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; nothing for pages rendered without a session."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"time_zone": settings.TIME_ZONE}
    due = what_is_due(user, getattr(request, "session", {}))
    return {
        "due": due,
        "rail": [] if due else rail_for(user),  # nothing is open before it, and what the frame asks for is refused
        "pages": [] if due else pages_for(user),
        "time_zone": settings.TIME_ZONE,
        "lacking": Lacking(),
        "right_words": json.dumps(words_of_all(), ensure_ascii=False),
        "may_hear_alarms": user.has_perm("network.view_alarm"),
        "display": {name: getattr(user, name) for name in user.DISPLAY_FIELDS},
        "idle_limit_min": settings.LOFT_IDLE_MIN,
        **_organisations(request, user),
    }


def _organisations(request: HttpRequest, user: Any) -> dict[str, Any]:
    """Return the organisations that a person belongs to, and the one for which they act."""
    acting = person_actor(user, acting=acting_in(request)).organisation
    own = [
        {"slug": row.organisation.slug, "name": row.organisation.display_name,
         "role": ROLE_WORDS.get(row.role, row.role), "is_acting": row.organisation_id == acting,
         "runs_the_network": row.organisation.role(row.role).sees_all}
        for row in user.active_memberships
    ]  # fmt: skip
    return {
        "organisations": own,
        "acting_for": next((organisation for organisation in own if organisation["is_acting"]), None),
    }
