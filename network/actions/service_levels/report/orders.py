"""Asking for monthly reports and making them. What all documents share: `network.actions.documents.order`."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.forms.models import model_to_dict

from console.actions.audit.audit import SYSTEM, Actor
from console.door import intake
from console.errors import Refused
from console.models import Organisation
from network.actions.documents import order
from network.actions.documents.order import Clock, OrderKind, Send
from network.actions.service_levels.ledger import counted_until
from network.actions.service_levels.report.document import TEMPLATE, document
from network.actions.service_levels.report.figures import Line, Month, Span, month_of, span_of
from network.actions.service_levels.report.table import table
from network.events import ReportChanged
from network.models import ComplianceStatus, OrderState, Region, SlaReport

ASK = "network.add_slareport"
HTML, CSV = SlaReport.files
MOST_BYTES = 40_000_000
JUDGED = ("state", "value", "used_share", "samples", "judged_at", "ended_at", "replaces")
"""Of an agreement, what changes every few seconds and stands on no report."""


@dataclass(frozen=True)
class Made:
    """Both files of a report, the digest of what they show, and how many agreements that is."""

    digest: str
    agreements: int
    files: dict[str, bytes]


@dataclass(frozen=True)
class ReportRequest:
    """Which report is asked for: of whose agreements in a region (None: the asker's), and which month as "2026-11".

    A month that is not over is reported up to the last whole hour counted.
    """

    region: Region
    month: str
    language: str
    organisation: Organisation | None = None


@transaction.atomic
def ask(actor: Actor, request: ReportRequest, now: datetime, send: Send) -> SlaReport:
    """Queue a report; where the same is under way, return that.

    One that is ready is made again, for agreements and maintenances may have changed; where nothing did, the new files
    are the old ones byte by byte.

    Args:
        actor: who asks.
        request: of what.
        now: the present.
        send: hands its uuid to a worker, after the commit.

    Raises:
        Refused: nothing of the month was counted, this person asked for too much in the last hour, or the report is of
            agreements of others.
    """
    owner = request.organisation.pk if request.organisation else actor.organisation
    if not actor.may_change(owner, ASK):
        raise Refused(f"organisation: another's given; expected one in which you have the right {ASK}")
    span = span_of(request.month, counted_until(now))
    expires_at = now + timedelta(days=settings.LOFT_SLA_REPORT_RETENTION_D)
    asked: dict[str, Any] = {
        "region": request.region,
        "month": request.month,
        "language": request.language,
        "until_at": span.until,
        "organisation_id": owner,
    }
    under_way = SlaReport.objects.good(now).exclude(state=OrderState.READY)
    same: SlaReport | None = under_way.select_related("region").filter(**asked).first()
    if same is not None:
        return same
    made = SlaReport(**asked, since_at=span.since, expires_at=expires_at)
    about = f"{request.month} of {request.region.slug}"
    return order.place(REPORTS, actor, made, now, about=about, send=send, language=request.language)


def ask_due(now: datetime, send: Send) -> int:
    """Ask for the month that is just over, of every region where something was in force; return how many."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    month = (local.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    try:
        span = span_of(month, counted_until(now))
    except Refused:
        return 0
    if not intake.takes(intake.Work.BULK):
        return 0  # they are asked for once there is room
    in_force = ComplianceStatus.objects.filter(
        Q(agreement__ended_at=None) | Q(agreement__ended_at__gt=span.since), began_at__lt=span.until
    ).values("agreement__region")
    regions = Region.objects.filter(pk__in=in_force).order_by("slug")
    count = 0
    for region in regions if span.is_whole else ():
        for language, _ in settings.LANGUAGES:
            ours = SlaReport.objects.filter(organisation=SYSTEM.organisation, region=region, month=month)
            is_there = ours.filter(language=language, until_at=span.until)
            if not is_there.exists():
                ask(SYSTEM, ReportRequest(region, month, language), now, send)
                count += 1
    return count


def make(uuid: UUID, clock: Clock) -> None:
    """Make a report, unless another worker has it or it ended."""
    order.make(REPORTS, uuid, clock)


def made_of(asked: SlaReport) -> Made:
    """Return both files. The same ledger and inventory give the same bytes.

    Raises:
        Refused: the region has too many agreements, or the report is too large.
    """
    span = span_of(asked.month, asked.until_at)
    month = month_of(asked.region, span, asked.organisation)
    digest = digest_of(month)
    files = {HTML: document(month, digest, asked.language), CSV: table(month, asked.language)}
    order.check_size(REPORTS, files, MOST_BYTES)
    return Made(digest, len(month.lines), files)


def digest_of(month: Month) -> str:
    """Return what is equal when a report of the month would show the same figures, made by the same procedure."""
    span, lines = _plain_span(month.span), [_plain_line(line) for line in month.lines]
    inputs = [month.region.slug, month.region.name_en, month.region.name_zh, settings.TIME_ZONE, span, lines]
    parts = [*sorted(Path(__file__).parent.glob("*.py")), settings.BASE_DIR / "templates" / TEMPLATE]
    procedure = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()
    return hashlib.sha256(json.dumps([inputs, procedure], sort_keys=True, default=str).encode()).hexdigest()


def requeue_lost(now: datetime, send: Send) -> int:
    """Send reports again whose worker or message was lost, once; what is lost again has failed. Return how many."""
    return order.requeue_lost(REPORTS, now, send)


def delete_old(now: datetime) -> int:
    """Delete reports past their retention, and what killed workers left; return how many rows went."""
    return order.delete_old(REPORTS, now)


def _plain_span(span: Span) -> dict[str, Any]:
    return dataclasses.asdict(span)


def _plain_line(line: Line) -> dict[str, Any]:
    plain = {field.name: getattr(line, field.name) for field in dataclasses.fields(line)}
    plain["agreement"] = model_to_dict(line.agreement, exclude=JUDGED)
    if line.ended_at is None:
        del plain["ended_at"]
    plain["breaches"] = [model_to_dict(breach) for breach in line.breaches]
    plain["exclusions"] = [model_to_dict(exclusion) for exclusion in line.exclusions]
    return plain


def _made(asked: SlaReport) -> order.Made:
    made = made_of(asked)
    return order.Made(made.files, {"digest": made.digest, "agreements": made.agreements})


def _event(report: SlaReport, now: datetime) -> ReportChanged:
    return ReportChanged(at=now, report=report.as_plain(), organisation=report.organisation_id)


REPORTS = OrderKind(SlaReport, "asked for report", "report", "reports", _made, _event)
