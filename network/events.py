"""What the network tells browsers. Each event carries the whole object, so that the newest wins."""

from dataclasses import dataclass
from typing import Any, ClassVar

from console.live.hub import Event
from network.models import Alarm


@dataclass(frozen=True, kw_only=True)
class SlaEvent(Event):
    """Base of what the topic `sla` carries."""

    topic: ClassVar[str] = "sla"
    right: ClassVar[str] = "network.view_site"


@dataclass(frozen=True, kw_only=True)
class SitesMeasured(SlaEvent):
    """A round ended. One row per site: {slug, state, rtt_ms, lost, packets, measured_at}; at most a hundred of them."""

    sites: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class SlaChanged(SlaEvent):
    """The state of a site or of one of its agreements changed. What became of those is `AgreementsJudged`."""

    site: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AgreementEvent(Event):
    """Base of what the topic `agreements` carries, for whoever may read agreements over REST."""

    topic: ClassVar[str] = "agreements"
    right: ClassVar[str] = "network.view_agreement"


@dataclass(frozen=True, kw_only=True)
class AgreementsJudged(AgreementEvent):
    """A round changed the state of a site's agreements over their short windows: all of the site's, by its slug."""

    site: str
    agreements: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CountersRead(Event):
    """Counters were read. One row per site, as `actions.counters.latest` makes them; at most a hundred."""

    topic: ClassVar[str] = "counters"
    right: ClassVar[str] = "network.view_pmcounters"
    sites: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class PushChanged(Event):
    """Settings were pushed to a site, or what became of them is known."""

    topic: ClassVar[str] = "configuration"
    right: ClassVar[str] = "network.view_configurationjob"
    push: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StandingChanged(AgreementEvent):
    """How agreements stand over their periods changed. Rows {agreement, kind, key, ...} as the list of compliance."""

    rows: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class AlarmChanged(Event):
    """An alarm was raised, cleared or acknowledged."""

    topic: ClassVar[str] = "alarms"
    right: ClassVar[str] = "network.view_alarm"
    alarm: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class InventoryChanged(Event):
    """Records were added, changed or removed. Rows {kind, key, is_removed}, at most the first hundred of `count`."""

    topic: ClassVar[str] = "inventory"
    right: ClassVar[str] = "network.view_site"
    changes: list[dict[str, Any]]
    count: int


@dataclass(frozen=True, kw_only=True)
class EvidenceChanged(Event):
    """A piece of evidence was asked for, drawn, or failed."""

    topic: ClassVar[str] = "evidence"
    right: ClassVar[str] = "network.view_evidence"
    evidence: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReportChanged(Event):
    """A monthly report on service levels was asked for, made, or failed."""

    topic: ClassVar[str] = "reports"
    right: ClassVar[str] = "network.view_slareport"
    report: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PlanChanged(Event):
    """A stored plan was asked for, got further, ended or was adopted."""

    topic: ClassVar[str] = "plans"
    right: ClassVar[str] = "network.view_placementplan"
    plan: dict[str, Any]


def alarm_json(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm as browsers and the REST API show it; it must have been selected as `AlarmQuerySet.whole` does.

    Browsers of both languages hear of it: the object's name is there in both, and the problem's text is a message id.

    Who holds it and why is told where the hold belongs to the alarm's own organisation: why the network is under
    maintenance is not for its customers.
    """
    hold = alarm.hold
    ours = hold if hold and hold.organisation_id == alarm.organisation_id else None
    return {
        "id": alarm.pk,
        "organisation": alarm.organisation.slug,
        "severity": alarm.severity,
        "alarm_type": alarm.alarm_type,
        "probable_cause": alarm.probable_cause,
        "object_kind": alarm.object_kind,
        "object_key": alarm.object_key,
        "problem": alarm.problem,
        "specific_problem": alarm.specific_problem,
        "subject": alarm.subject,
        "subject_zh": alarm.subject_zh,
        "title": f"{alarm.subject}: {alarm.specific_problem}",
        "site": alarm.site.slug if alarm.site else None,
        "detail": alarm.detail,
        "state": alarm.state.value,
        "started_at": alarm.started_at,
        "changed_at": alarm.changed_at,
        "ended_at": alarm.ended_at,
        "acknowledged_at": alarm.acknowledged_at,
        "acknowledged_by": alarm.acknowledged_name,
        "comment": alarm.comment,
        "assigned_to": alarm.assigned_name,
        "held_until": hold.until_at if hold else None,
        "held_by": ours.actor if ours else "",
        "held_reason": ours.reason if ours else "",
        "root": alarm.root_id,
        "child_count": alarm.child_count,
        "occurrences": alarm.occurrences,
        "is_flapping": alarm.is_flapping,
        "clears_at": alarm.clears_at,
        "escalation": alarm.escalation,
        "escalated_at": alarm.escalated_at,
    }
