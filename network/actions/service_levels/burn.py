"""Alarms of error budgets that burn: one per subject and metric, as grave as the burn is fast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import override

from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_source import AlarmSource
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import SITE, ManagedObject, Name, names_of, of_site
from network.actions.alarms.problem import Grade, Problem, register
from network.kernels.sla.sla import Metric
from network.models import Agreement, Alarm, AlarmType, BurnAlert, ComplianceStatus, Severity, SiteKind, subject

_TEXTS = {
    Metric.RTT_P99: "Error budget burns: round-trip time",
    Metric.LOSS_SHARE: "Error budget burns: packet loss",
    Metric.AVAILABILITY: "Error budget burns: availability",
    Metric.JITTER: "Error budget burns: jitter",
    Metric.COVERAGE: "Error budget burns: coverage",
    Metric.DEADLINE: "Error budget burns: answers in time",
}
FAST, FAST_AT_CENTRE, SLOW = "fast", "fast_at_data_centre", "slow"
GRADES = (
    Grade(FAST, "The budget of 30 days would be gone in two days", Severity.MAJOR),
    Grade(FAST_AT_CENTRE, "The budget of 30 days would be gone in two days, at a data centre", Severity.CRITICAL),
    Grade(SLOW, "The budget would just be used up", Severity.WARNING),
)
PROBLEMS = {
    metric: register(Problem(
        f"{metric.value}_budget_burns", text, AlarmType.QUALITY_OF_SERVICE, "thresholdCrossed", Severity.MINOR,
        is_symptom=True, grades=GRADES,
    ))
    for metric, text in _TEXTS.items()
}  # fmt: skip
GRADE_OF = {BurnAlert.PAGE.value: FAST, BurnAlert.TICKET.value: "", BurnAlert.SLOW.value: SLOW}
Objects = dict[tuple[str, str], ManagedObject]


@dataclass(frozen=True)
class Burning:
    """The figures of a budget that burns."""

    agreement: int
    metric: str
    burn_alert: str
    burn_1h: float | None
    burn_6h: float | None
    burn_3d: float | None
    budget_left_share: float | None


def identity(agreement: Agreement) -> Identity:
    """Return what tells the alarm apart that this agreement's budget raises: no other agreement has the same."""
    return Identity(agreement.kind, agreement.key, PROBLEMS[Metric(agreement.metric)].code, agreement.owner_pk)


def objects_of(agreements: Iterable[Agreement]) -> Objects:
    """Return what agreements are about, by kind and key; names are looked up once per kind."""
    managed_objects: Objects = {}
    named = list(agreements)
    names = names_of((row.kind, row.key) for row in named if row.kind != SITE)
    for agreement in named:
        known = names.get((agreement.kind, agreement.key)) or _plain_name(agreement)
        managed_objects[agreement.kind, agreement.key] = (
            of_site(agreement.site) if agreement.site else ManagedObject(agreement.kind, agreement.key, known)
        )
    return managed_objects


def _plain_name(agreement: Agreement) -> Name:
    with override("zh-hans"):
        label = subject.label_of(agreement.kind)
    return Name(f"{agreement.kind} {agreement.key}", f"{label} {agreement.key}")


def delta_of(burning: Sequence[tuple[Agreement, ComplianceStatus]], over: Iterable[Agreement]) -> Delta:
    """Return an alarm for each budget that burns, as grave as it burns fast; those that burn no more are over."""
    objects = objects_of(agreement for agreement, _ in burning)
    conditions = [
        _condition(objects[agreement.kind, agreement.key], agreement, status) for agreement, status in burning
    ]
    return Delta(conditions, {identity(agreement) for agreement in over})


def _condition(about: ManagedObject, agreement: Agreement, status: ComplianceStatus) -> AlarmCondition:
    is_centre = agreement.site is not None and agreement.site.kind == SiteKind.DATA_CENTRE
    is_grave = status.burn_alert == BurnAlert.PAGE and is_centre
    detail = Burning(
        agreement.pk, agreement.metric, status.burn_alert, status.burn_1h, status.burn_6h, status.burn_3d,
        status.budget_left_share,
    )  # fmt: skip
    grade = FAST_AT_CENTRE if is_grave else GRADE_OF[status.burn_alert]
    return AlarmCondition(about, PROBLEMS[Metric(agreement.metric)], detail, grade, agreement.owner_pk)


def _still_holds(alarm: Alarm) -> bool:
    return ComplianceStatus.objects.filter(agreement=alarm.detail.get("agreement"), burn_alert__gt="").exists()


register_source(AlarmSource(tuple(PROBLEMS.values()), holds=_still_holds))
