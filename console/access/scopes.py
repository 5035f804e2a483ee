"""What an API key may be allowed: each scope grants one thing. A view names the narrowest; `grants` decides."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _

GROUPS: dict[Any, dict[str, Any]] = {
    _("Drones"): {
        "reports:write": _("post drone positions"),
        "drones:read": _("read drones and their trails"),
        "drones:write": _("name, retire and delete drones"),
    },
    _("Factories and models"): {
        "telemetry:write": _("post readings of machines and states of vehicles"),
        "factories:read": _("read factories, their vehicles, machines and risks"),
        "machines:write": _("delete machines and vehicles"),
        "models:read": _("read the catalogue of models"),
        "models:infer": _("ask models for answers"),
        "jobs:read:own": _("read the jobs that this key asked for"),
        "jobs:read": _("read all jobs"),
    },
    _("Network"): {
        "network:read": _("read sites, links, coverage, plans and settings"),
        "inventory:write": _("change and import the inventory"),
        "equipment:push": _("push settings to base stations"),
    },
    _("Alarms"): {
        "alarms:read": _("read alarms"),
        "alarms:write": _("acknowledge, comment, assign, clear and shelve alarms, as an operator may"),
        "alarms:hold": _("suppress alarms and take sources out of service, as a planner may"),
        "notices:read": _("read channels, notices and escalation"),
    },
    _("Service levels"): {
        "sla:read": _("read agreements, slices, maintenance and monthly reports"),
        "sla:write": _("change agreements and slices, announce maintenance"),
        "evidence:read": _("read evidence"),
    },
    _("Oversight"): {
        "metrics:read": _("read metrics, and why the installation is not ready"),
        "audit:read": _("read the audit trail"),
    },
    _("Everything"): {
        "read": _("read all of the above except the audit trail; for keys made before there was a choice"),
    },
}
SCOPES: dict[str, Any] = {scope: words for group in GROUPS.values() for scope, words in group.items()}
RUNS_THE_NETWORK = frozenset({"inventory:write", "equipment:push", "sla:write"})
"""Scopes for keys of those who run the network only."""
SENSITIVE = frozenset({"audit:read"})
"""Scopes that `read` does not imply: what they show is of use against the installation."""
SEEING = {
    "airspace.view_drone": "drones:read",
    "industry.view_factory": "factories:read",
    "industry.view_job": "jobs:read",
    "network.view_site": "network:read",
    "network.view_link": "network:read",
    "network.view_corridor": "network:read",
    "network.view_region": "network:read",
    "network.view_slice": "sla:read",
    "network.view_alarm": "alarms:read",
    "network.view_maintenance": "sla:read",
    "network.view_configurationjob": "network:read",
    "network.view_change": "network:read",
}
"""Which scope lets a key see what a person sees by a right, where an answer holds more than one thing."""
OWN = ":own"


def groups_for(*, runs_the_network: bool) -> dict[Any, dict[str, Any]]:
    """Return the scopes that keys of an organisation may be given, by group."""
    if runs_the_network:
        return GROUPS
    allowed = {
        group: {scope: words for scope, words in scopes.items() if scope not in RUNS_THE_NETWORK}
        for group, scopes in GROUPS.items()
    }
    return {group: scopes for group, scopes in allowed.items() if scopes}


def grants(held: Collection[str], wanted: str) -> bool:
    """Return whether a key with these scopes may do what needs the wanted one.

    `read` implies every `...:read` that is not sensitive; what may be done to all may be done to one's own.
    """
    if wanted in held:
        return True
    if wanted.endswith(OWN):
        return grants(held, wanted.removesuffix(OWN))
    return "read" in held and wanted.endswith(":read") and wanted in SCOPES and wanted not in SENSITIVE
