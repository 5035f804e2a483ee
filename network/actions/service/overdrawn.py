"""Budgets that are used up: an alarm while they are; breaches of the agreements that no short window judges."""

from collections.abc import Sequence
from datetime import datetime

from network.actions.alarms.alarm import Pair, Trouble, clear_alarms, raise_alarms
from network.actions.alarms.alarm_source import standing_pairs
from network.actions.service import burn
from network.kernels.sla import Metric, State
from network.models import Agreement, AlarmType, Breach, Severity, Standing, bulk

PROBLEMS = {
    Metric.RTT_P99: "Budget used up: round-trip time",
    Metric.LOSS_SHARE: "Budget used up: packet loss",
    Metric.AVAILABILITY: "Budget used up: availability",
    Metric.JITTER: "Budget used up: jitter",
    Metric.COVERAGE: "Budget used up: coverage",
    Metric.DEADLINE: "Budget used up: answers in time",
}
_DIGITS = 9


def pair(agreement: Agreement) -> Pair:
    """Return subject and problem of the alarm that this agreement's budget raises once it is used up."""
    return burn.pair(agreement)._replace(specific_problem=PROBLEMS[Metric(agreement.metric)])


def tell(standings: Sequence[Standing], now: datetime) -> None:
    """Raise an alarm for each budget that is used up; clear those of the others.

    Where it is used up by what is known, but too much is unknown to say so, nothing is raised and nothing cleared.
    """
    spent = [one for one in standings if _is_spent(one)]
    standing_ones = {pair(one.agreement) for one in spent}
    raised = standing_pairs(PROBLEMS.values())
    clear_alarms(raised - standing_ones, now)
    raise_alarms([_trouble(one) for one in spent if one.state != State.UNKNOWN], now)


def settle(standings: Sequence[Standing], now: datetime) -> None:
    """Open a breach where a period's budget is overdrawn, close it where it is no more; not where rounds judge.

    An unknown standing closes only what an earlier period left open.
    """
    found = {one.agreement_id: one for one in standings if not one.agreement.is_judged_by_round}
    open_ones = {one.agreement_id: one for one in Breach.objects.filter(ended_at=None) if one.agreement_id in found}
    broken = [one for one in found.values() if one.state == State.BREACHED]
    Breach.objects.bulk_create(
        Breach(agreement_id=one.agreement_id, started_at=one.counted_until, worst_value=one.achieved_share)
        for one in broken
        if one.agreement_id not in open_ones
    )
    _close([one for one in open_ones.values() if _is_left(found[one.agreement_id], one)], now)
    _note_worst(broken, open_ones)


def _close(breaches: Sequence[Breach], now: datetime) -> None:
    Breach.objects.filter(pk__in=[one.pk for one in breaches]).update(ended_at=now)


def _is_left(standing: Standing, breach: Breach) -> bool:
    if standing.state == State.UNKNOWN:
        return standing.period_started_at >= breach.started_at
    return standing.state != State.BREACHED


def _note_worst(broken: Sequence[Standing], open_ones: dict[int, Breach]) -> None:
    rows = []
    for one in broken:
        breach, share = open_ones.get(one.agreement_id), one.achieved_share
        if breach and share is not None and (breach.worst_value is None or share < breach.worst_value):
            rows.append({"id": breach.pk, "worst_value": share})
    bulk.update(Breach, rows)


def _is_spent(standing: Standing) -> bool:
    left = standing.budget_left_share
    return left is not None and round(left, _DIGITS) <= 0


def _trouble(standing: Standing) -> Trouble:
    agreement = standing.agreement
    subject, problem, owner = pair(agreement)
    return Trouble(
        subject=subject,
        specific_problem=problem,
        severity=Severity.MINOR if standing.state == State.BREACHED else Severity.WARNING,
        alarm_type=AlarmType.QUALITY_OF_SERVICE,
        probable_cause="thresholdCrossed",
        site=agreement.site,
        organisation=owner,
        detail={
            "agreement": agreement.pk,
            "metric": agreement.metric,
            "target_share": agreement.target_share,
            "achieved_share": standing.achieved_share,
            "budget_left_share": standing.budget_left_share,
        },
    )
