"""Rights in words: what a screen calls them. Their names (`app.verb_model`) are for programs, and are on no page."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Any] = {
    "view": _("see %(things)s"),
    "add": _("add %(things)s"),
    "change": _("change %(things)s"),
    "delete": _("delete %(things)s"),
    "acknowledge": _("acknowledge %(things)s"),
    "manage": _("manage %(things)s"),
}
THINGS: dict[str, Any] = {
    "agreement": _("agreements"),
    "alarm": _("alarms"),
    "alarmhold": _("holds of alarms"),
    "apikey": _("API keys"),
    "audit": _("the audit trail"),
    "breach": _("breaches"),
    "change": _("changes of the inventory"),
    "claim": _("claims of drones"),
    "configurationjob": _("settings pushed to base stations"),
    "corridor": _("corridors"),
    "counterreading": _("counters"),
    "drone": _("drones"),
    "edgenode": _("edge nodes"),
    "escalationrule": _("steps of escalation"),
    "evidence": _("evidence"),
    "factory": _("factories"),
    "job": _("inference jobs"),
    "link": _("links"),
    "machine": _("machines"),
    "maintenance": _("maintenance"),
    "model": _("models"),
    "notice": _("notices"),
    "noticechannel": _("notice channels"),
    "organisation": _("organisations"),
    "people": _("people"),
    "placementplan": _("plans for computing"),
    "pmcounters": _("counters"),
    "proberhealth": _("the state of the probe"),
    "programmevalue": _("figures of the programme"),
    "quota": _("quotas"),
    "reading": _("readings of machines"),
    "region": _("regions"),
    "runbook": _("runbooks"),
    "score": _("risks of machines"),
    "sector": _("sectors"),
    "severityrule": _("severities of alarms"),
    "site": _("sites"),
    "slareport": _("monthly reports"),
    "slice": _("slices"),
    "stampsample": _("measurements"),
    "workload": _("workloads"),
    "zone": _("zones"),
}


def what(right: str) -> str:
    """Return what a right allows, as in "the right to …"; nothing for one that has no words."""
    verb, _separator, thing = right.partition(".")[2].partition("_")
    if verb not in VERBS or thing not in THINGS:
        return ""
    return str(VERBS[verb]) % {"things": THINGS[thing]}


def lacking(right: str) -> str:
    """Return the sentence that somebody reads who lacks a right."""
    words = what(right)
    if not words:
        return gettext("You lack a right for this.")
    return gettext("You lack the right to %(what)s.") % {"what": words}


class Lacking:
    """Those sentences for templates: `{{ lacking.network.change_site }}`, as `perms` has the rights themselves."""

    def __init__(self, app: str = "") -> None:
        self._app = app

    def __getitem__(self, name: str) -> "Lacking | str":
        return lacking(f"{self._app}.{name}") if self._app else Lacking(name)

    def __iter__(self) -> Any:
        """Refuse to be listed, as what has an answer for every name is endless."""
        raise TypeError("sentences of rights are asked for by name")


def words_of_all() -> dict[str, dict[str, str]]:
    """Return verbs and things in words, of which scripts make the same sentences."""
    return {
        "verbs": {verb: str(words) for verb, words in VERBS.items()},
        "things": {thing: str(words) for thing, words in THINGS.items()},
    }
