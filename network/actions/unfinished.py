"""What failed for good and waits for somebody to look: documents, plans, and settings that did not get through.

An alarm stands for a day, until the same is done after all, or until a person clears it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from console.actions.audit import SYSTEM
from network.actions.alarms.alarm import Trouble
from network.actions.alarms.alarm_source import Look, settle
from network.models import (
    AlarmEntry,
    AlarmType,
    ConfigurationPush,
    EntryKind,
    Evidence,
    EvidenceState,
    PlacementPlan,
    PlanState,
    PushState,
    Severity,
    SlaReport,
)

REPORT = "A monthly report could not be made"
EVIDENCE = "An evidence map could not be drawn"
PLAN = "A plan could not be proven"
REFUSED = "The site refused its settings"
LOST = "Settings were lost: it is not known whether they are in force"
PROBLEMS = (REPORT, EVIDENCE, PLAN, REFUSED, LOST)
CROWD = "documents and settings"
STANDS = timedelta(days=1)
MOST_LETTERS = 120  # of an alarm's subject


def look(now: datetime) -> None:
    """Raise an alarm for what has failed within a day, was not done since, and was not cleared by a person."""
    since = now - STANDS
    found = [*_reports(since), *_evidence(since), *_plans(since), *_pushes(since)]
    cleared = _cleared_by_hand(since) if found else set()
    settle(Look(CROWD, PROBLEMS, [one for one in found if one.detail["of"] not in cleared]), now)


def _cleared_by_hand(since: datetime) -> set[str]:
    """Return what people have cleared, by the id of what failed."""
    entries = AlarmEntry.objects.filter(kind=EntryKind.CLEARED, at__gte=since, alarm__specific_problem__in=PROBLEMS)
    details = entries.exclude(actor=SYSTEM.name).values_list("alarm__detail", flat=True)
    return {of for detail in details for of in (detail["of"] if "count" in detail else [detail["of"]])}


def _reports(since: datetime) -> Iterable[Trouble]:
    rows = SlaReport.objects.filter(asked_at__gte=since, state__in=(EvidenceState.FAILED, EvidenceState.READY))
    newest = {}
    for one in rows.select_related("region").order_by("asked_at"):
        newest[f"{one.month} {one.region.slug} {one.language}", one.organisation_id] = one
    for (subject, _), one in newest.items():
        if one.state == EvidenceState.FAILED:
            yield _trouble(subject, REPORT, Severity.MINOR, one)


def _evidence(since: datetime) -> Iterable[Trouble]:
    rows = Evidence.objects.filter(asked_at__gte=since, state__in=(EvidenceState.FAILED, EvidenceState.READY))
    newest = {}
    for one in rows.select_related("region").order_by("asked_at"):
        newest[one.digest, one.organisation_id] = one
    for one in newest.values():
        if one.state == EvidenceState.FAILED:
            subject = f"{one.kind} {one.region.slug} {one.digest[:8]}"
            yield _trouble(subject, EVIDENCE, Severity.WARNING, one)


def _plans(since: datetime) -> Iterable[Trouble]:
    """Yield plans that came to nothing; one whose gap was left open when its time was over is a result."""
    came_to_nothing = Q(proposal=None) | Q(problem__startswith="its worker was lost")
    rows = PlacementPlan.objects.filter(came_to_nothing, state=PlanState.FAILED, ended_at__gte=since)
    for one in rows.order_by("ended_at"):
        subject = f"plan {one.name} {str(one.uuid)[:8]}"
        yield _trouble(subject, PLAN, Severity.WARNING, one)


def _pushes(since: datetime) -> Iterable[Trouble]:
    """Yield the sites whose newest push was refused or lost."""
    newest = {}
    for one in ConfigurationPush.objects.filter(ended_at__gte=since).select_related("site").order_by("asked_at"):
        newest[one.site_id] = one
    for one in newest.values():
        detail = {"of": str(one.uuid), "problem": one.problem, "asked_by": one.actor}
        if one.state == PushState.REFUSED:
            yield Trouble(
                one.site.name_en, REFUSED, Severity.WARNING, AlarmType.PROCESSING, "configurationOrCustomisationError",
                one.site, detail,
            )  # fmt: skip
        elif one.state == PushState.LOST:
            yield Trouble(
                one.site.name_en, LOST, Severity.MINOR, AlarmType.COMMUNICATIONS, "communicationsSubsystemFailure",
                one.site, detail,
            )  # fmt: skip


def _trouble(subject: str, problem: str, severity: Severity, one: SlaReport | Evidence | PlacementPlan) -> Trouble:
    detail = {"of": str(one.uuid), "problem": one.problem, "asked_by": one.asked_by}
    return Trouble(
        subject[:MOST_LETTERS], problem, severity, AlarmType.PROCESSING, "applicationSubsystemFailure", detail=detail,
        organisation=one.owner_pk,
    )  # fmt: skip
