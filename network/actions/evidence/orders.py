"""Asking for evidence, drawing it, looking after what was lost, letting go of what is too old."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from console import hub
from console.actions.audit import Actor, record
from console.errors import Refused, problem_of
from network.actions.evidence import html, png, store
from network.actions.evidence.sheet import Sheet
from network.actions.evidence.sheets import digest_of, sheet_of
from network.actions.storage import check_room
from network.events import EvidenceChanged
from network.models import Evidence, EvidenceState, Region
from network.models.evidence import MAX_ATTEMPTS, QUEUED_FOR

Clock = Callable[[], datetime]
Send = Callable[[str], object]
MOST_BYTES = 20_000_000
MOST_LOOKS = 3
"""How often the inventory is read again when it changed while a map was drawn."""
MOST_AT_ONCE = 500
LEFT_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Drawn:
    """Both files of a piece of evidence, and the digest of what they show."""

    digest: str
    files: dict[str, bytes]


@transaction.atomic
def ask(actor: Actor, region: Region, wish: Mapping[str, Any], now: datetime, send: Send) -> Evidence:
    """Queue a map; where the organisation has the same already or under way, return that and keep it longer.

    One whose files are gone, as after a backup without them, is drawn anew.

    Args:
        actor: who asks.
        region: whose coverage or circles.
        wish: `kind`, `language`, and what `sheet_of` wants.
        now: the present.
        send: hands its uuid to a worker, after the commit.

    Raises:
        Refused: this person asked for too much in the last hour.
        OverQuota: the organisation stores as much as it may.
    """
    inputs = {name: value for name, value in wish.items() if name != "kind"}
    digest = digest_of(region, wish["kind"], inputs)
    expires_at = now + timedelta(days=settings.LOFT_EVIDENCE_RETENTION_D)
    ours = Evidence.objects.filter(organisation=actor.organisation)
    same: Evidence | None = ours.good(now).filter(digest=digest).first()
    if same is not None and _can_be_had(same):
        Evidence.objects.filter(pk=same.pk).update(expires_at=expires_at)
        same.expires_at = expires_at
        return same
    _check_quota(actor, now)
    check_room(actor, actor.organisation, now)
    made = Evidence.objects.create(
        kind=wish["kind"], region=region, inputs=inputs, digest=digest, asked_by=actor.name, person=actor.person,
        asked_at=now, expires_at=expires_at, look_again_at=now + QUEUED_FOR, organisation_id=actor.organisation,
    )  # fmt: skip
    about = f"{made.kind} of {region.slug}"
    record(actor, "asked for evidence", about, now, owner=made.owner_pk, uuid=str(made.uuid), **inputs)
    transaction.on_commit(partial(send, str(made.uuid)), robust=True)
    _tell(made, now)
    return made


def draw(uuid: UUID, clock: Clock) -> None:
    """Draw a map, unless another worker has it or it ended: claim, draw, end. Only the claim's holder ends it.

    Args:
        uuid: of the evidence.
        clock: tells the time.
    """
    order = Evidence.take(uuid, clock())
    if order is None or order.claim is None:
        return
    _tell(order, clock())
    try:
        drawn = drawn_of(order.region, order.kind, order.inputs)
        kept = store.keep(order.claim, drawn.files)
    except Exception as reason:  # noqa: BLE001  whatever went wrong is this map's failure, told to whoever asked
        store.discard(order.claim)
        _end(order, EvidenceState.FAILED, clock(), problem=problem_of(reason, str(order))[:400])
        return
    page, picture = kept[store.HTML], kept[store.PNG]
    is_ended = _end(
        order, EvidenceState.READY, clock(), digest=drawn.digest, ready_at=clock(), problem="",
        html_bytes=page.size_bytes, html_sha256=page.sha256, png_bytes=picture.size_bytes, png_sha256=picture.sha256,
    )  # fmt: skip
    if not is_ended:
        store.discard(order.claim)


def drawn_of(region: Region, kind: str, inputs: Mapping[str, Any]) -> Drawn:
    """Return document and picture. The same inputs over the same inventory give the same bytes.

    Raises:
        Refused: the inventory is too large, so is the map, or the inventory keeps changing.
    """
    for _look in range(MOST_LOOKS):
        sheet = sheet_of(region, kind, inputs, inputs["language"])
        is_written = png.writes(sheet.language)
        pictured = sheet if is_written else sheet_of(region, kind, inputs, "en")
        if sheet.digest == pictured.digest == digest_of(region, kind, inputs):
            break
    else:
        raise Refused("the inventory changed while the map was drawn")
    files = {
        store.HTML: html.document(sheet, _headings(sheet)),
        store.PNG: png.drawing(pictured, _headings(pictured)),
    }
    if (size := max(map(len, files.values()))) > MOST_BYTES:
        raise Refused(f"the map would take {size / 1e6:.0f} MB; at most {MOST_BYTES / 1e6:.0f} MB are kept")
    return Drawn(sheet.digest, files)


def requeue_lost(now: datetime, send: Send) -> int:
    """Send maps again whose worker or message was lost, once; what is lost again has failed. Return how many."""
    lost = list(Evidence.objects.select_related("region").lost(now).order_by("asked_at")[:MOST_AT_ONCE])
    return sum(_look_after(one, now, send) for one in lost)


def delete_old(now: datetime) -> int:
    """Delete maps past their retention, and what killed workers left; return how many rows went.

    The files go once the row did: somebody may ask for the same in this moment, which keeps it longer.
    """
    old = list(Evidence.objects.filter(expires_at__lte=now).order_by("expires_at")[:MOST_AT_ONCE])
    gone = [one for one in old if Evidence.objects.filter(pk=one.pk, expires_at__lte=now).delete()[0]]
    for one in gone:
        store.discard(one.claim)
    claims = Evidence.objects.exclude(claim=None).values_list("claim", flat=True)
    store.sweep({claim.hex for claim in claims if claim}, now - LEFT_FOR)
    return len(gone)


@transaction.atomic
def _look_after(one: Evidence, now: datetime, send: Send) -> bool:
    left = one.claim
    is_worn = one.attempts >= MAX_ATTEMPTS
    changed = one.give_up(f"its worker was lost {one.attempts} times") if is_worn else one.requeue(now)
    if changed:
        store.discard(left)
        if not is_worn:
            transaction.on_commit(partial(send, str(one.uuid)), robust=True)
        _tell(one, now)
    return changed


@transaction.atomic
def _end(order: Evidence, state: EvidenceState, now: datetime, **fields: Any) -> bool:
    if not order.end(state, **fields):
        return False
    _tell(order, now)
    return True


def _can_be_had(one: Evidence) -> bool:
    if one.state != EvidenceState.READY:
        return True
    return one.claim is not None and store.lies(one.claim, (store.HTML, store.PNG))


def _check_quota(actor: Actor, now: datetime) -> None:
    most = settings.LOFT_EVIDENCE_PER_PERSON_PER_H
    ours = Evidence.objects.filter(organisation=actor.organisation)
    asked = ours.filter(asked_by=actor.name, asked_at__gt=now - timedelta(hours=1)).count()
    if asked >= most:
        raise Refused(f"{asked} maps were asked for in the last hour; at most {most} per person and hour")


def _headings(sheet: Sheet) -> tuple[str, str]:
    with override(sheet.language):
        return _("Figures"), _("Legend")


def _tell(one: Evidence, now: datetime) -> None:
    hub.publish(EvidenceChanged(at=now, evidence=one.as_plain(), organisation=one.organisation_id))
