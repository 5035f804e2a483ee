"""Budgets that are used up: an alarm while they are; breaches of the agreements that no short window judges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_source import AlarmSource, active_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.problem import Grade, Problem, register
from network.actions.service_levels import burn
from network.kernels.sla.sla import Metric, State
from network.models import Agreement, Alarm, AlarmType, Breach, ComplianceStatus, Severity, bulk

_TEXTS = {
    Metric.RTT_P99: "Budget used up: round-trip time",
    Metric.LOSS_SHARE: "Budget used up: packet loss",
    Metric.AVAILABILITY: "Budget used up: availability",
    Metric.JITTER: "Budget used up: jitter",
    Metric.COVERAGE: "Budget used up: coverage",
    Metric.DEADLINE: "Budget used up: answers in time",
}
NOT_BROKEN = "not_broken"
GRADES = (Grade(NOT_BROKEN, "Nothing is left, and the promise of the period is still kept", Severity.WARNING),)
PROBLEMS = {
    metric: register(Problem(
        f"{metric.value}_budget_used_up", text, AlarmType.QUALITY_OF_SERVICE, "thresholdCrossed", Severity.MINOR,
        is_symptom=True, grades=GRADES,
    ))
    for metric, text in _TEXTS.items()
}  # fmt: skip
_DIGITS = 9


@dataclass(frozen=True)
class UsedUp:
    """The figures of a budget that is used up."""

    agreement: int
    metric: str
    target_share: float
    achieved_share: float | None
    budget_left_share: float | None


def identity(agreement: Agreement) -> Identity:
    """Return what tells the alarm apart that this agreement's budget raises once it is used up."""
    return burn.identity(agreement)._replace(problem=PROBLEMS[Metric(agreement.metric)].code)


def delta_of(statuses: Sequence[ComplianceStatus]) -> Delta:
    """Return an alarm for each budget that is used up; those of the others are over.

    Where it is used up by what is known, but too much is unknown to say so, nothing is raised and nothing cleared.
    """
    spent = [status for status in statuses if _is_spent(status)]
    known = [status for status in spent if status.state != State.UNKNOWN]
    objects = burn.objects_of(status.agreement for status in known)
    over = active_of(PROBLEMS.values()) - {identity(status.agreement) for status in spent}
    return Delta([_condition(status, objects) for status in known], over)


def settle(statuses: Sequence[ComplianceStatus], now: datetime) -> None:
    """Open a breach where a period's budget is overdrawn, close it where it is no more; not where rounds judge.

    An unknown status closes only what an earlier period left open.
    """
    own = {status.agreement_id: status for status in statuses if not status.agreement.is_judged_by_round}
    open_ones = {
        breach.agreement_id: breach for breach in Breach.objects.filter(ended_at=None) if breach.agreement_id in own
    }
    broken = [status for status in own.values() if status.state == State.BREACHED]
    Breach.objects.bulk_create(
        Breach(
            agreement_id=status.agreement_id,
            started_at=status.counted_until,
            worst_value=status.achieved_share,
        )
        for status in broken
        if status.agreement_id not in open_ones
    )
    _close(
        [breach for breach in open_ones.values() if _is_left(own[breach.agreement_id], breach)],
        now,
    )
    _note_worst(broken, open_ones)


def _close(breaches: Sequence[Breach], now: datetime) -> None:
    Breach.objects.filter(pk__in=[breach.pk for breach in breaches]).update(ended_at=now)


def _is_left(status: ComplianceStatus, breach: Breach) -> bool:
    if status.state == State.UNKNOWN:
        return status.period_started_at >= breach.started_at
    return status.state != State.BREACHED


def _note_worst(broken: Sequence[ComplianceStatus], open_ones: dict[int, Breach]) -> None:
    rows = []
    for status in broken:
        breach, share = open_ones.get(status.agreement_id), status.achieved_share
        if breach and share is not None and (breach.worst_value is None or share < breach.worst_value):
            rows.append({"id": breach.pk, "worst_value": share})
    bulk.update(Breach, rows)


def _is_spent(status: ComplianceStatus) -> bool:
    left = status.budget_left_share
    return left is not None and round(left, _DIGITS) <= 0


def _condition(status: ComplianceStatus, objects: burn.Objects) -> AlarmCondition:
    agreement = status.agreement
    detail = UsedUp(
        agreement.pk, agreement.metric, agreement.target_share, status.achieved_share, status.budget_left_share
    )
    grade = "" if status.state == State.BREACHED else NOT_BROKEN
    problem = PROBLEMS[Metric(agreement.metric)]
    return AlarmCondition(objects[agreement.kind, agreement.key], problem, detail, grade, agreement.owner_pk)


def _still_holds(alarm: Alarm) -> bool:
    return ComplianceStatus.objects.filter(agreement=alarm.detail.get("agreement"), budget_left_share__lte=0).exists()


register_source(AlarmSource(tuple(PROBLEMS.values()), holds=_still_holds))
