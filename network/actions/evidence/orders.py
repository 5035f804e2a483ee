"""Asking for evidence maps and drawing them; what all documents have in common is `network.actions.documents.order`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from console.actions.audit.audit import Actor
from console.errors import Refused
from network.actions.documents import order, store
from network.actions.documents.order import Clock, Made, OrderKind, Send
from network.actions.evidence import html, png
from network.actions.evidence.sheet import Sheet
from network.actions.evidence.sheets import digest_of, sheet_of
from network.events import EvidenceChanged
from network.models import Evidence, OrderState, Region

HTML, PNG = Evidence.files
MOST_BYTES = 20_000_000
MOST_LOOKS = 3
"""How often the inventory is read again when it changed while a map was drawn."""


@dataclass(frozen=True)
class Drawn:
    """Both files of a piece of evidence, and the digest of what they show."""

    digest: str
    files: dict[str, bytes]


@transaction.atomic
def ask(actor: Actor, region: Region, request: Mapping[str, Any], now: datetime, send: Send) -> Evidence:
    """Queue a map; where the organisation has the same already or under way, return that and keep it longer.

    One whose files are gone, as after a backup without them, is drawn anew.

    Args:
        actor: who asks.
        region: whose coverage or circles.
        request: `kind`, `language`, and what `sheet_of` wants.
        now: the present.
        send: hands its uuid to a worker, after the commit.

    Raises:
        Refused: this person asked for too much in the last hour.
        OverQuota: the organisation stores as much as it may.
    """
    inputs = {name: value for name, value in request.items() if name != "kind"}
    digest = digest_of(region, request["kind"], inputs)
    expires_at = now + timedelta(days=settings.LOFT_EVIDENCE_RETENTION_D)
    ours = Evidence.objects.filter(organisation=actor.organisation)
    same: Evidence | None = ours.good(now).filter(digest=digest).first()
    if same is not None and _can_be_had(same):
        Evidence.objects.filter(pk=same.pk).update(expires_at=expires_at)
        same.expires_at = expires_at
        return same
    made = Evidence(
        kind=request["kind"], region=region, inputs=inputs, digest=digest, expires_at=expires_at,
        organisation_id=actor.organisation,
    )  # fmt: skip
    return order.place(MAPS, actor, made, now, about=f"{made.kind} of {region.slug}", send=send, **inputs)


def draw(uuid: UUID, clock: Clock) -> None:
    """Draw a map, unless another worker has it or it ended."""
    order.make(MAPS, uuid, clock)


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
        HTML: html.document(sheet, _headings(sheet)),
        PNG: png.drawing(pictured, _headings(pictured)),
    }
    order.check_size(MAPS, files, MOST_BYTES)
    return Drawn(sheet.digest, files)


def requeue_lost(now: datetime, send: Send) -> int:
    """Send maps again whose worker or message was lost, once; what is lost again has failed. Return how many."""
    return order.requeue_lost(MAPS, now, send)


def delete_old(now: datetime) -> int:
    """Delete maps past their retention, and what killed workers left; return how many rows went."""
    return order.delete_old(MAPS, now)


def _can_be_had(evidence: Evidence) -> bool:
    if evidence.state != OrderState.READY:
        return True
    return evidence.claim is not None and store.lies(evidence.claim, Evidence.files)


def _headings(sheet: Sheet) -> tuple[str, str]:
    with override(sheet.language):
        return _("Figures"), _("Legend")


def _made(asked: Evidence) -> Made:
    drawn = drawn_of(asked.region, asked.kind, asked.inputs)
    return Made(drawn.files, {"digest": drawn.digest})


def _event(evidence: Evidence, now: datetime) -> EvidenceChanged:
    return EvidenceChanged(at=now, evidence=evidence.as_plain(), organisation=evidence.organisation_id)


MAPS = OrderKind(Evidence, "asked for evidence", "map", store.EVIDENCE, _made, _event)
