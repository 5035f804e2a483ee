"""Asking for monthly reports, making them, looking after what was lost, letting go of what is too old."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.forms.models import model_to_dict

from console import hub
from console.actions.audit import SYSTEM, Actor, record
from console.errors import Refused, problem_of
from console.models import Organisation
from network.actions.evidence import store
from network.actions.report.document import TEMPLATE, document
from network.actions.report.figures import Line, Month, Span, month_of, span_of
from network.actions.report.table import table
from network.actions.service.ledger import counted_until
from network.actions.storage import check_room
from network.events import ReportChanged
from network.models import EvidenceState, Region, SlaReport, Standing
from network.models.order import MAX_ATTEMPTS, QUEUED_FOR

Clock = Callable[[], datetime]
Send = Callable[[str], object]
ASK = "network.add_slareport"
UNDER, HTML, CSV = "reports", "report.html", "report.csv"
MOST_BYTES = 40_000_000
MOST_AT_ONCE = 500
LEFT_FOR = timedelta(hours=1)
JUDGED = ("state", "value", "used_share", "samples", "judged_at", "ended_at", "replaces")
"""Of an agreement, what changes every few seconds and stands on no report."""


@dataclass(frozen=True)
class Made:
    """Both files of a report, the digest of what they show, and how many agreements that is."""

    digest: str
    agreements: int
    files: dict[str, bytes]


@dataclass(frozen=True)
class Wish:
    """Which report is asked for: of whose agreements in a region (None: the asker's), and which month as "2026-11".

    A month that is not over is reported up to the last whole hour counted.
    """

    region: Region
    month: str
    language: str
    organisation: Organisation | None = None


@transaction.atomic
def ask(actor: Actor, wish: Wish, now: datetime, send: Send) -> SlaReport:
    """Queue a report; where the same is under way, return that.

    One that is ready is made again, for agreements and maintenances may have changed; where nothing did, the new files
    are the old ones byte by byte.

    Args:
        actor: who asks.
        wish: of what.
        now: the present.
        send: hands its uuid to a worker, after the commit.

    Raises:
        Refused: nothing of the month was counted, this person asked for too much in the last hour, or the report is of
            agreements of others.
    """
    owner = wish.organisation.pk if wish.organisation else actor.organisation
    if not actor.may_change(owner, ASK):
        raise Refused(f"organisation: another's given; expected one in which you have the right {ASK}")
    span = span_of(wish.month, counted_until())
    expires_at = now + timedelta(days=settings.LOFT_SLA_REPORT_RETENTION_D)
    asked: dict[str, Any] = {
        "region": wish.region, "month": wish.month, "language": wish.language, "until_at": span.until,
        "organisation_id": owner,
    }  # fmt: skip
    under_way = SlaReport.objects.good(now).exclude(state=EvidenceState.READY)
    same: SlaReport | None = under_way.select_related("region").filter(**asked).first()
    if same is not None:
        return same
    _check_quota(actor, now)
    check_room(actor, owner, now)
    made: SlaReport = SlaReport.objects.create(
        **asked, since_at=span.since, asked_by=actor.name, person=actor.person, asked_at=now, expires_at=expires_at,
        look_again_at=now + QUEUED_FOR,
    )  # fmt: skip
    about = f"{wish.month} of {wish.region.slug}"
    record(actor, "asked for report", about, now, owner=owner, uuid=str(made.uuid), language=wish.language)
    transaction.on_commit(partial(send, str(made.uuid)), robust=True)
    _tell(made, now)
    return made


def ask_due(now: datetime, send: Send) -> int:
    """Ask for the month that is just over, of every region where something was in force; return how many."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    month = (local.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    try:
        span = span_of(month, counted_until())
    except Refused:
        return 0
    in_force = Standing.objects.filter(
        Q(agreement__ended_at=None) | Q(agreement__ended_at__gt=span.since), began_at__lt=span.until
    ).values("agreement__region")
    regions = Region.objects.filter(pk__in=in_force).order_by("slug")
    count = 0
    for region in regions if span.is_whole else ():
        for language, _ in settings.LANGUAGES:
            ours = SlaReport.objects.filter(organisation=SYSTEM.organisation, region=region, month=month)
            is_there = ours.filter(language=language, until_at=span.until)
            if not is_there.exists():
                ask(SYSTEM, Wish(region, month, language), now, send)
                count += 1
    return count


def make(uuid: UUID, clock: Clock) -> None:
    """Make a report, unless another worker has it or it ended: claim, make, end. Only the claim's holder ends it.

    Args:
        uuid: of the report.
        clock: tells the time.
    """
    order = SlaReport.take(uuid, clock())
    if order is None or order.claim is None:
        return
    _tell(order, clock())
    try:
        made = made_of(order)
        kept = store.keep(order.claim, made.files, UNDER)
    except Exception as reason:  # noqa: BLE001  whatever went wrong is this report's failure, told to whoever asked
        store.discard(order.claim, UNDER)
        _end(order, EvidenceState.FAILED, clock(), problem=problem_of(reason, str(order))[:400])
        return
    is_ended = _end(
        order, EvidenceState.READY, clock(), digest=made.digest, agreements=made.agreements, ready_at=clock(),
        problem="", html_bytes=kept[HTML].size_bytes, html_sha256=kept[HTML].sha256,
        csv_bytes=kept[CSV].size_bytes, csv_sha256=kept[CSV].sha256,
    )  # fmt: skip
    if not is_ended:
        store.discard(order.claim, UNDER)


def made_of(order: SlaReport) -> Made:
    """Return both files. The same ledger and inventory give the same bytes.

    Raises:
        Refused: the region has too many agreements, or the report is too large.
    """
    span = span_of(order.month, order.until_at)
    month = month_of(order.region, span, order.organisation)
    digest = digest_of(month)
    files = {HTML: document(month, digest, order.language), CSV: table(month, order.language)}
    if (size := max(map(len, files.values()))) > MOST_BYTES:
        raise Refused(f"the report would take {size / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB are kept")
    return Made(digest, len(month.lines), files)


def digest_of(month: Month) -> str:
    """Return what is equal when a report of the month would show the same figures, made by the same procedure."""
    span, lines = _plain_span(month.span), [_plain_line(one) for one in month.lines]
    told = [month.region.slug, month.region.name_en, month.region.name_zh, settings.TIME_ZONE, span, lines]
    parts = [*sorted(Path(__file__).parent.glob("*.py")), settings.BASE_DIR / "templates" / TEMPLATE]
    procedure = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()
    return hashlib.sha256(json.dumps([told, procedure], sort_keys=True, default=str).encode()).hexdigest()


def requeue_lost(now: datetime, send: Send) -> int:
    """Send reports again whose worker or message was lost, once; what is lost again has failed. Return how many."""
    lost = list(SlaReport.objects.select_related("region").lost(now).order_by("asked_at")[:MOST_AT_ONCE])
    return sum(_look_after(one, now, send) for one in lost)


def delete_old(now: datetime) -> int:
    """Delete reports past their retention, files first, and what killed workers left; return how many rows went."""
    old = list(SlaReport.objects.filter(expires_at__lte=now).order_by("expires_at")[:MOST_AT_ONCE])
    for one in old:
        store.discard(one.claim, UNDER)
    SlaReport.objects.filter(pk__in=[one.pk for one in old]).delete()
    claims = SlaReport.objects.exclude(claim=None).values_list("claim", flat=True)
    store.sweep({claim.hex for claim in claims}, now - LEFT_FOR, UNDER)
    return len(old)


@transaction.atomic
def _look_after(one: SlaReport, now: datetime, send: Send) -> bool:
    left, is_worn = one.claim, one.attempts >= MAX_ATTEMPTS
    changed = one.give_up(f"its worker was lost {one.attempts} times") if is_worn else one.requeue(now)
    if changed:
        store.discard(left, UNDER)
        if not is_worn:
            transaction.on_commit(partial(send, str(one.uuid)), robust=True)
        _tell(one, now)
    return changed


@transaction.atomic
def _end(order: SlaReport, state: EvidenceState, now: datetime, **fields: Any) -> bool:
    if not order.end(state, **fields):
        return False
    _tell(order, now)
    return True


def _check_quota(actor: Actor, now: datetime) -> None:
    most = settings.LOFT_EVIDENCE_PER_PERSON_PER_H
    ours = SlaReport.objects.filter(organisation=actor.organisation)
    asked = ours.filter(asked_by=actor.name, asked_at__gt=now - timedelta(hours=1)).count()
    if asked >= most and actor is not SYSTEM:
        raise Refused(f"{asked} reports were asked for in the last hour; at most {most} per person and hour")


def _plain_span(span: Span) -> dict[str, Any]:
    return dataclasses.asdict(span)


def _plain_line(line: Line) -> dict[str, Any]:
    plain = {field.name: getattr(line, field.name) for field in dataclasses.fields(line)}
    plain["agreement"] = model_to_dict(line.agreement, exclude=JUDGED)
    if line.ended_at is None:
        del plain["ended_at"]
    plain["breaches"] = [model_to_dict(one) for one in line.breaches]
    plain["exclusions"] = [model_to_dict(one) for one in line.exclusions]
    return plain


def _tell(one: SlaReport, now: datetime) -> None:
    hub.publish(ReportChanged(at=now, report=one.as_plain(), organisation=one.organisation_id))
