"""What failed for good and waits for somebody to look: documents, plans, and settings that did not get through.

An alarm stands for a day, until the same is done after all, or until a person clears it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from console.actions.audit import SYSTEM
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
    ConfigurationPush,
    EntryKind,
    Evidence,
    OrderState,
    PlacementPlan,
    PlanState,
    PushState,
    Severity,
    SlaReport,
)

_FAILED = "applicationSubsystemFailure"
REPORT = register(Problem(
    "report_failed", "A monthly report could not be made", AlarmType.PROCESSING, _FAILED, Severity.MINOR
))  # fmt: skip
EVIDENCE = register(Problem(
    "evidence_failed", "An evidence map could not be drawn", AlarmType.PROCESSING, _FAILED, Severity.WARNING
))  # fmt: skip
PLAN = register(Problem(
    "plan_failed", "A plan could not be proven", AlarmType.PROCESSING, _FAILED, Severity.WARNING
))  # fmt: skip
REFUSED = register(Problem(
    "settings_refused", "The site refused its settings", AlarmType.PROCESSING, "configurationOrCustomisationError",
    Severity.WARNING,
))  # fmt: skip
LOST = register(Problem(
    "settings_lost", "Settings were lost: it is not known whether they are in force", AlarmType.COMMUNICATIONS,
    "communicationsSubsystemFailure", Severity.MINOR,
))  # fmt: skip
PROBLEMS = (REPORT, EVIDENCE, PLAN, REFUSED, LOST)
CODES = tuple(one.code for one in PROBLEMS)
STANDS = timedelta(days=1)


def look(now: datetime) -> None:
    """Raise an alarm for what has failed within a day, was not done since, and was not cleared by a person."""
    run([SOURCE], now)


def find(now: datetime) -> Look:
    """Return what has failed within a day, was not done since, and was not cleared by a person."""
    since = now - STANDS
    found = [*_reports(since), *_evidence(since), *_plans(since), *_pushes(since)]
    cleared = _cleared_by_hand(since) if found else set()
    return Look(PROBLEMS, [one for one, of in found if of not in cleared])


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
    for one in rows.select_related("region").order_by("asked_at"):
        newest[f"{one.month} {one.region.slug} {one.language}", one.organisation_id] = one
    for (subject, _), one in newest.items():
        if one.state == OrderState.FAILED:
            yield _failed(REPORT_KIND, subject, subject, REPORT, one)


def _evidence(since: datetime) -> Iterable[Failed]:
    rows = Evidence.objects.filter(asked_at__gte=since, state__in=(OrderState.FAILED, OrderState.READY))
    newest = {}
    for one in rows.select_related("region").order_by("asked_at"):
        newest[one.digest, one.organisation_id] = one
    for one in newest.values():
        if one.state == OrderState.FAILED:
            subject = f"{one.kind} {one.region.slug} {one.digest[:8]}"
            yield _failed(EVIDENCE_KIND, one.digest, subject, EVIDENCE, one)


def _plans(since: datetime) -> Iterable[Failed]:
    """Yield plans that came to nothing; one whose gap was left open when its time was over is a result."""
    came_to_nothing = Q(proposal=None) | Q(problem__startswith="its worker was lost")
    rows = PlacementPlan.objects.filter(came_to_nothing, state=PlanState.FAILED, ended_at__gte=since)
    for one in rows.order_by("ended_at"):
        subject = f"plan {one.name} {str(one.uuid)[:8]}"
        yield _failed(PLAN_KIND, str(one.uuid), subject, PLAN, one)


def _pushes(since: datetime) -> Iterable[Failed]:
    """Yield the sites whose newest push was refused or lost."""
    newest = {}
    for one in ConfigurationPush.objects.filter(ended_at__gte=since).select_related("site").order_by("asked_at"):
        newest[one.site_id] = one
    for one in newest.values():
        detail = Failure(str(one.uuid), one.problem, one.actor)
        problem = {PushState.REFUSED: REFUSED, PushState.LOST: LOST}.get(PushState(one.state))
        if problem:
            yield AlarmCondition(of_site(one.site), problem, detail), detail.of


def _failed(kind: str, key: str, subject: str, problem: Problem, one: SlaReport | Evidence | PlacementPlan) -> Failed:
    detail = Failure(str(one.uuid), one.problem, one.asked_by)
    about = ManagedObject(kind, key, Name(subject, subject))
    return AlarmCondition(about, problem, detail, organisation=one.owner_pk), detail.of
