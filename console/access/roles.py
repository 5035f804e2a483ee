"""Roles of people in their organisations: which rights each holds. Each holds everything of the one before it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

_EVERYWHERE = {
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
}
_RUNS_THE_NETWORK = {
    **_EVERYWHERE,
    "planner": ["network.add_*", "network.change_*", "network.delete_*", "airspace.add_*", "airspace.change_*",
                "industry.add_*", "industry.change_*"],
    "administrator": ["console.*", "airspace.*", "network.*", "industry.*"],
}  # fmt: skip
_USES_THE_NETWORK = {
    **_EVERYWHERE,
    "planner": [
        "network.add_alarmhold",
        "network.change_runbook",
        "airspace.add_*",
        "airspace.change_*",
        "industry.add_*",
        "industry.change_*",
    ],
    "administrator": [
        "console.view_organisation",
        "console.view_quota",
        "console.view_apikey",
        "console.add_apikey",
        "console.change_apikey",
        "console.manage_people",
        "console.view_audit",
        "airspace.*",
        "industry.*",
        "network.*_noticechannel",
        "network.*_notice",
        "network.*_escalationrule",
        "network.*_severityrule",
    ],
}
_INTERNALS = frozenset(
    f"network.view_{name}"
    for name in ("change", "configurationjob", "placementplan", "proberhealth", "pmcounters", "counterreading")
)
"""What only those who run the network may see of it; an authority sees it, too."""
ROLES = tuple(_RUNS_THE_NETWORK)
ROLE_WORDS: dict[str, Any] = {
    "viewer": _("viewer"),
    "operator": _("operator"),
    "planner": _("planner"),
    "administrator": _("administrator"),
}
"""Roles as people read them."""


def patterns_of(role: str, kinds: Collection[str] = ("network_operator",)) -> list[str]:
    """Return the right patterns (`app.codename`, with one `*`) that a role holds, inherited ones included."""
    table = _RUNS_THE_NETWORK if "network_operator" in kinds else _USES_THE_NETWORK
    return [pattern for name in ROLES[: ROLES.index(role) + 1] for pattern in table[name]]


@dataclass(frozen=True)
class Role:
    """A role in an organisation, with the organisation's kinds."""

    name: str
    kinds: frozenset[str] = frozenset()

    @property
    def sees_all(self) -> bool:
        """Whether it sees every organisation's rows."""
        return bool(self.kinds & {"network_operator", "authority"})

    @property
    def acts_on_all(self) -> bool:
        """Whether it may also change every organisation's rows, as far as the role goes."""
        return "network_operator" in self.kinds

    def holds(self, right: str) -> bool:
        """Whether the role has a right such as `airspace.change_drone`."""
        return _holds(self.name, self.kinds, right)

    def could_hold(self, right: str) -> bool:
        """Whether the highest role in the organisation has a right, which is what its keys can be given at most."""
        return _holds(ROLES[-1], self.kinds, right)


RUNS_THE_NETWORK = Role("key", frozenset({"network_operator"}))
"""What a key may see and change that belongs to those who run the installation."""


@lru_cache(maxsize=4_096)
def _holds(role: str, kinds: frozenset[str], right: str) -> bool:
    if right in _INTERNALS and not kinds & {"network_operator", "authority"}:
        return False
    return any(_matches(pattern, right) for pattern in patterns_of(role, kinds))


def _matches(pattern: str, right: str) -> bool:
    start, star, end = pattern.partition("*")
    if not star:
        return right == pattern
    return right.startswith(start) and right.endswith(end) and len(right) >= len(start) + len(end)
