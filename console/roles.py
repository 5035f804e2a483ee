"""Roles of people: which rights each holds. Each role holds everything of the one before it."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

_OWN = {
    "viewer": ["airspace.view_*", "network.view_*", "industry.view_*"],
    "operator": [
        "network.acknowledge_alarm",
        "network.change_alarm",
        "network.add_evidence",
        "network.add_slareport",
        "airspace.change_drone",
        "industry.add_job",
        "industry.change_workload",
    ],
    "planner": ["network.add_*", "network.change_*", "network.delete_*", "airspace.add_*", "airspace.change_*",
                "industry.add_*", "industry.change_*"],
    "administrator": ["console.*", "airspace.*", "network.*", "industry.*"],
}  # fmt: skip
ROLES = tuple(_OWN)


def patterns_of(role: str) -> list[str]:
    """Return the right patterns (`app.codename`, `*` at the end) that a role holds, inherited ones included."""
    held = ROLES[: ROLES.index(role) + 1]
    return [pattern for name in held for pattern in _OWN[name]]


@transaction.atomic
def install_roles() -> None:
    """Make the groups and give them exactly their rights. Safe to repeat."""
    for role in ROLES:
        wanted = Q()
        for pattern in patterns_of(role):
            app, codename = pattern.split(".")
            held = Q(codename__startswith=codename[:-1]) if codename.endswith("*") else Q(codename=codename)
            wanted |= Q(content_type__app_label=app) & held
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(wanted))
