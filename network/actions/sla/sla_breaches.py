"""Breaches of agreements that rounds judge: opened, closed, and what that changes of the alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When

from network.actions.alarms.alarm import apply, locked
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_source import AlarmSource
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import SITE, of_site
from network.actions.alarms.problem import Grade, Problem, register
from network.actions.sla import loss
from network.actions.sla.sla_verdict import Agreed
from network.kernels.sla.sla import Metric, State, Verdict
from network.models import Agreement, Alarm, AlarmType, Breach, Severity, Site, SiteKind, bulk

DATA_CENTRE, KEY_SITE = "data_centre", "key_site"
GRADES = (
    Grade(DATA_CENTRE, "At a data centre", Severity.CRITICAL),
    Grade(KEY_SITE, "At a key site", Severity.CRITICAL),
)
PROBLEMS = {
    Metric.RTT_P99: register(Problem(
        "rtt_p99_breached", "Round-trip time above its objective", AlarmType.QUALITY_OF_SERVICE, "thresholdCrossed",
        Severity.MINOR, is_symptom=True,
    )),
    Metric.LOSS_SHARE: register(Problem(
        "loss_share_breached", "Packet loss above its objective", AlarmType.QUALITY_OF_SERVICE, "thresholdCrossed",
        Severity.MAJOR, is_symptom=True,
    )),
    Metric.AVAILABILITY: register(Problem(
        "availability_breached", "Availability below its objective", AlarmType.COMMUNICATIONS, "lossOfSignal",
        Severity.MAJOR, is_symptom=True, grades=GRADES, is_outage=True,
    )),
}  # fmt: skip


@dataclass(slots=True)
class Judged:
    """An agreement with the verdict of a round."""

    agreed: Agreed
    verdict: Verdict


@dataclass(frozen=True)
class Broken:
    """The figures of an agreement that is broken now."""

    metric: str
    value: float | None
    objective: float


def settle(judged: Sequence[Judged], now: datetime) -> Delta:
    """Open a breach for each broken agreement that has none, close it where all is well again; return the alarms' part.

    An unknown state settles nothing: what was open stays open.
    """
    states = {judgement.agreed.pk: judgement.verdict for judgement in judged}
    open_ones = {
        breach.agreement_id: breach for breach in Breach.objects.filter(ended_at=None) if breach.agreement_id in states
    }
    broken = [pk for pk, state in states.items() if state.state is State.BREACHED and pk not in open_ones]
    healed = [pk for pk in open_ones if states[pk].state in (State.MET, State.AT_RISK)]
    lossy = loss.of_the_answered(
        [judgement.agreed for judgement in judged if judgement.verdict.state is State.BREACHED], now
    )
    changed = [*broken, *healed, *lossy]
    agreements = Agreement.objects.select_related("site").in_bulk(changed) if changed else {}
    broken, healed, lossy = ([pk for pk in group if pk in agreements] for group in (broken, healed, lossy))
    Breach.objects.bulk_create(Breach(agreement_id=pk, started_at=now, worst_value=states[pk].value) for pk in broken)
    Breach.objects.filter(pk__in=[open_ones[pk].pk for pk in healed]).update(ended_at=now)
    _note_worst([judgement for judgement in judged if judgement.agreed.pk in open_ones], open_ones)
    apart = loss.told_otherwise([agreements[pk] for pk in broken])
    raised = [_condition(agreements[pk], states[pk].value) for pk in {*broken} - apart | {*lossy}]
    return Delta(raised, [identity(agreements[pk]) for pk in healed])


def identity(agreement: Agreement) -> Identity:
    """Return what tells the alarm apart that a round raises for an agreement of a site."""
    return Identity(SITE, agreement.key, PROBLEMS[Metric(agreement.metric)].code, agreement.owner_pk)


def _note_worst(judged: list[Judged], open_ones: dict[int, Breach]) -> None:
    """Keep the worst value that each lasting breach has seen."""
    worse = []
    for judgement in judged:
        if judgement.verdict.state is not State.BREACHED:
            continue
        breach, pick = open_ones[judgement.agreed.pk], min if judgement.agreed.metric is Metric.AVAILABILITY else max
        seen = [value for value in (breach.worst_value, judgement.verdict.value) if value is not None]
        if seen and pick(seen) != breach.worst_value:
            breach.worst_value = pick(seen)
            worse.append(breach)
    bulk.update(Breach, [{"id": breach.pk, "worst_value": breach.worst_value} for breach in worse])


def _condition(agreement: Agreement, value: float | None) -> AlarmCondition:
    metric, site = Metric(agreement.metric), _site(agreement)
    return AlarmCondition(
        of_site(site),
        PROBLEMS[metric],
        Broken(metric.value, value, agreement.objective),
        _grade(site) if metric is Metric.AVAILABILITY else "",
        agreement.owner_pk,
    )


def follow_grades(now: datetime) -> int:
    """Let open alarms be as grave as their site is by now, such as those of a version without grades; return how many.

    A site that became a key site, or ceased to be one, is not found broken anew: its breach is open already.
    """
    due = Case(
        When(site__kind=SiteKind.DATA_CENTRE, then=Value(DATA_CENTRE)),
        When(site__is_key_site=True, then=Value(KEY_SITE)),
        default=Value(""),
    )
    open_ones = Alarm.objects.active().filter(problem=PROBLEMS[Metric.AVAILABILITY].code, clears_at=None)
    moved = open_ones.filter(site__isnull=False).annotate(due=due).exclude(grade=F("due"))
    if not moved.exists():
        return 0
    with transaction.atomic():
        conditions = [_regraded(alarm) for alarm in locked(moved)]  # what ended meanwhile must not be raised anew
        apply(Delta(conditions), now)
    return len(conditions)


def _regraded(alarm: Alarm) -> AlarmCondition:
    assert alarm.site is not None, f"alarm {alarm.pk} is of no site"
    told = alarm.detail
    detail = Broken(Metric.AVAILABILITY.value, told.get("value"), told.get("objective", 0.0))
    about = of_site(alarm.site)
    return AlarmCondition(about, PROBLEMS[Metric.AVAILABILITY], detail, _grade(alarm.site), alarm.owner_pk)


def _grade(site: Site) -> str:
    if site.kind == SiteKind.DATA_CENTRE:
        return DATA_CENTRE
    return KEY_SITE if site.is_key_site else ""


def _site(agreement: Agreement) -> Site:
    assert agreement.site is not None, f"agreement {agreement.pk} is of a {agreement.kind}"
    return agreement.site


def _still_holds(alarm: Alarm) -> bool:
    metric = next(metric for metric, problem in PROBLEMS.items() if problem.code == alarm.problem)
    ours = Breach.objects.filter(agreement__organisation=alarm.organisation_id, ended_at=None)
    breaches = ours.filter(agreement__site=alarm.site_id, agreement__metric=metric.value)
    return alarm.site_id is not None and breaches.exists()


register_source(AlarmSource(tuple(PROBLEMS.values()), holds=_still_holds))
