"""What failed for good and waits for somebody to look: documents, plans, and settings that did not get through.

An alarm stands for a day, until the same is done after all, or until a person clears it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from console.actions.audit.audit import SYSTEM
from network.actions.alarms.alarm_condition import AlarmCondition, Failure
from network.actions.alarms.alarm_source import AlarmSource, Look, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import EVIDENCE as EVIDENCE_KIND
from network.actions.alarms.managed_object import PLAN as PLAN_KIND
from network.actions.alarms.managed_object import REPORT as REPORT_KIND
from network.actions.alarms.managed_object import ManagedObject, Name, of_site
from network.actions.alarms.problem import Problem, register
from network.models import (
    AlarmEntry,
    AlarmType,
    ConfigurationJob,
    ConfigurationState,
    EntryKind,
    Evidence,
    OrderState,
    PlacementPlan,
    PlanState,
    Severity,
    SlaReport,
)

_FAILED = "applicationSubsystemFailure"
REPORT = register(
    Problem("report_failed", "A monthly report could not be made", AlarmType.PROCESSING, _FAILED, Severity.MINOR)
)
EVIDENCE = register(
    Problem("evidence_failed", "An evidence map could not be drawn", AlarmType.PROCESSING, _FAILED, Severity.WARNING)
)
PLAN = register(Problem("plan_failed", "A plan could not be proven", AlarmType.PROCESSING, _FAILED, Severity.WARNING))
REFUSED = register(Problem(
    "settings_refused", "The site refused its settings", AlarmType.PROCESSING, "configurationOrCustomisationError",
    Severity.WARNING,
))  # fmt: skip
LOST = register(Problem(
    "settings_lost", "Settings were lost: it is not known whether they are in force", AlarmType.COMMUNICATIONS,
    "communicationsSubsystemFailure", Severity.MINOR,
))  # fmt: skip
PROBLEMS = (REPORT, EVIDENCE, PLAN, REFUSED, LOST)
CODES = tuple(problem.code for problem in PROBLEMS)
STANDS = timedelta(days=1)


def look(now: datetime) -> None:
    """Raise an alarm for what has failed within a day, was not done since, and was not cleared by a person."""
    run([SOURCE], now)


def find(now: datetime) -> Look:
    """Return what has failed within a day, was not done since, and was not cleared by a person."""
    since = now - STANDS
    reports = [*_reports(since), *_evidence(since), *_plans(since), *_configuration_jobs(since)]
    cleared = _cleared_by_hand(since) if reports else set()
    return Look(PROBLEMS, [condition for condition, of in reports if of not in cleared])


SOURCE = register_source(AlarmSource(PROBLEMS, find))
Failed = tuple[AlarmCondition, str]
"""A condition, and the id of the order that failed."""


def _cleared_by_hand(since: datetime) -> set[str]:
    """Return what people have cleared, by the id of what failed."""
    entries = AlarmEntry.objects.filter(kind=EntryKind.CLEARED, at__gte=since, alarm__problem__in=CODES)
    details = entries.exclude(actor=SYSTEM.name).values_list("alarm__detail", flat=True)
    return {of for detail in details for of in (detail["of"] if "count" in detail else [detail["of"]])}


def _reports(since: datetime) -> Iterable[Failed]:
    rows = SlaReport.objects.filter(asked_at__gte=since, state__in=(OrderState.FAILED, OrderState.READY))
    newest = {}
    for report in rows.select_related("region").order_by("asked_at"):
        newest[f"{report.month} {report.region.slug} {report.language}", report.organisation_id] = report
    for (subject, _), report in newest.items():
        if report.state == OrderState.FAILED:
            yield _failed(REPORT_KIND, subject, subject, REPORT, report)


def _evidence(since: datetime) -> Iterable[Failed]:
    rows = Evidence.objects.filter(asked_at__gte=since, state__in=(OrderState.FAILED, OrderState.READY))
    newest = {}
    for evidence in rows.select_related("region").order_by("asked_at"):
        newest[evidence.digest, evidence.organisation_id] = evidence
    for evidence in newest.values():
        if evidence.state == OrderState.FAILED:
            subject = f"{evidence.kind} {evidence.region.slug} {evidence.digest[:8]}"
            yield _failed(EVIDENCE_KIND, evidence.digest, subject, EVIDENCE, evidence)


def _plans(since: datetime) -> Iterable[Failed]:
    """Yield plans that came to nothing; one whose gap was left open when its time was over is a result."""
    came_to_nothing = Q(proposal=None) | Q(problem__startswith="its worker was lost")
    rows = PlacementPlan.objects.filter(came_to_nothing, state=PlanState.FAILED, ended_at__gte=since)
    for plan in rows.order_by("ended_at"):
        subject = f"plan {plan.name} {str(plan.uuid)[:8]}"
        yield _failed(PLAN_KIND, str(plan.uuid), subject, PLAN, plan)


def _configuration_jobs(since: datetime) -> Iterable[Failed]:
    """Yield the sites whose newest configuration job was refused or lost."""
    newest = {}
    for configuration_job in (
        ConfigurationJob.objects.filter(ended_at__gte=since).select_related("site").order_by("asked_at")
    ):
        newest[configuration_job.site_id] = configuration_job
    for job in newest.values():
        detail = Failure(str(job.uuid), job.problem, job.actor)
        problem = {ConfigurationState.REFUSED: REFUSED, ConfigurationState.LOST: LOST}.get(
            ConfigurationState(job.state)
        )
        if problem:
            yield AlarmCondition(of_site(job.site), problem, detail), detail.of


def _failed(
    kind: str, key: str, subject: str, problem: Problem, report: SlaReport | Evidence | PlacementPlan
) -> Failed:
    detail = Failure(str(report.uuid), report.problem, report.asked_by)
    about = ManagedObject(kind, key, Name(subject, subject))
    return AlarmCondition(about, problem, detail, organisation=report.owner_pk), detail.of
