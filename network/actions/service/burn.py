"""Alarms of error budgets that burn: one per subject and metric, as grave as the burn is fast."""

from collections.abc import Iterable
from datetime import datetime

from network.actions.alarms.alarm import Pair, Trouble, clear_alarms, raise_alarms
from network.kernels.sla import Metric
from network.models import Agreement, AlarmType, BurnAlert, Severity, SiteKind, Standing

PROBLEMS = {
    Metric.RTT_P99: "Error budget burns: round-trip time",
    Metric.LOSS_SHARE: "Error budget burns: packet loss",
    Metric.AVAILABILITY: "Error budget burns: availability",
    Metric.JITTER: "Error budget burns: jitter",
    Metric.COVERAGE: "Error budget burns: coverage",
    Metric.DEADLINE: "Error budget burns: answers in time",
}
MOST_LETTERS = 120  # of an alarm's subject
SEVERITIES = {
    BurnAlert.PAGE.value: Severity.MAJOR,
    BurnAlert.TICKET.value: Severity.MINOR,
    BurnAlert.SLOW.value: Severity.WARNING,
}


def pair(agreement: Agreement) -> Pair:
    """Return subject and problem of the alarm that this agreement's budget raises: no other agreement has the same."""
    subject = agreement.site.name_en if agreement.site is not None else f"{agreement.kind} {agreement.key}"
    return Pair(subject[:MOST_LETTERS], PROBLEMS[Metric(agreement.metric)], agreement.owner_pk)


def tell(burning: Iterable[tuple[Agreement, Standing]], over: Iterable[Agreement], now: datetime) -> None:
    """Raise an alarm for each budget that burns, or let its severity follow; clear those that burn no more."""
    clear_alarms([pair(agreement) for agreement in over], now)
    raise_alarms([_trouble(agreement, standing) for agreement, standing in burning], now)


def _trouble(agreement: Agreement, standing: Standing) -> Trouble:
    subject, problem, owner = pair(agreement)
    severity = SEVERITIES[standing.burn_alert]
    is_centre = agreement.site is not None and agreement.site.kind == SiteKind.DATA_CENTRE
    is_grave = standing.burn_alert == BurnAlert.PAGE and is_centre
    return Trouble(
        subject=subject,
        specific_problem=problem,
        severity=Severity.CRITICAL if is_grave else severity,
        alarm_type=AlarmType.QUALITY_OF_SERVICE,
        probable_cause="thresholdCrossed",
        site=agreement.site,
        organisation=owner,
        detail={
            "agreement": agreement.pk,
            "metric": agreement.metric,
            "burn_alert": standing.burn_alert,
            "burn_1h": standing.burn_1h,
            "burn_6h": standing.burn_6h,
            "burn_3d": standing.burn_3d,
            "budget_left_share": standing.budget_left_share,
        },
    )
