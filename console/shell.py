"""What every page's frame needs: rail, topics, zone. A context processor."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from console.navigation import pages_for, rail_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; nothing for pages rendered without a session."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"time_zone": settings.TIME_ZONE}
    return {
        "rail": rail_for(user),
        "pages": pages_for(user),
        "time_zone": settings.TIME_ZONE,
        "may_hear_alarms": user.has_perm("network.view_alarm"),
    }
