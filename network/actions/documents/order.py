"""Documents that somebody asks for and a worker makes, kept for a while: one way for every kind of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from console.actions import leased
from console.actions.audit.audit import SYSTEM, Actor, record
from console.after_commit import after_commit
from console.database import condition_of
from console.door import intake
from console.errors import Refused, problem_of
from console.live import hub
from network.actions.documents import store
from network.actions.documents.storage import check_room
from network.models.order import Order, OrderQuerySet, OrderState

Row = TypeVar("Row", bound=Order)
Clock = Callable[[], datetime]
Send = Callable[[str], object]
MOST_AT_ONCE = 500
LEFT_FOR = timedelta(hours=1)
"""A folder of nobody is left alone for so long: a worker may just be writing it."""
MOST_PROBLEM = 400


@dataclass(frozen=True)
class Made:
    """What a worker made: the files by name, and what the row says of them beside their sizes and digests."""

    files: dict[str, bytes]
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderKind(Generic[Row]):
    """A kind of document.

    `verb` is what the audit trail says of asking, `noun` what a refusal calls one, `folder` where their files lie,
    `make` works one out, and `event` tells browsers of one.
    """

    model: type[Row]
    verb: str
    noun: str
    folder: str
    make: Callable[[Row], Made]
    event: Callable[[Row, datetime], hub.Event]

    def rows(self) -> OrderQuerySet[Row]:
        """Return all of them, with what their plain form names."""
        return OrderQuerySet(self.model).with_context()

    def tell(self, order: Row, now: datetime) -> None:
        """Tell browsers of one."""
        hub.publish(self.event(order, now))

    def discard(self, claim: UUID | None) -> None:
        """Delete the files that were made under a claim."""
        store.discard(claim, self.folder)


@transaction.atomic
def place(
    kind: OrderKind[Row], actor: Actor, order: Row, now: datetime, *, about: str, send: Send, **detail: Any
) -> Row:
    """Queue a document.

    Args:
        kind: of the document.
        actor: who asks.
        order: its row as it is to be, without who asked and when.
        now: the present.
        about: what the audit trail calls it.
        send: hands its uuid to a worker, after the commit.
        detail: what else the audit trail keeps.

    Raises:
        Refused: this person asked for too much in the last hour.
        OverQuota: the organisation stores as much as it may.
        Unavailable: there is no room for more documents.
    """
    intake.admit(intake.Work.BULK)
    _check_quota(kind, actor, now)
    check_room(actor, order.owner_pk, now)
    order.asked_by, order.person, order.asked_at = actor.name, actor.person, now
    order.look_again_at = order.next_look(now)
    order.save(force_insert=True)
    record(actor, kind.verb, about, now, owner=order.owner_pk, uuid=str(order.uuid), **detail)
    after_commit(send, str(order.uuid))
    kind.tell(order, now)
    return order


def make(kind: OrderKind[Row], uuid: UUID, clock: Clock) -> None:
    """Make a document, unless another worker has it or it ended. Only the claim's holder ends it.

    Args:
        kind: of the document.
        uuid: of its order.
        clock: tells the time.
    """
    order = kind.rows().take(uuid, clock())
    if order is None or order.claim is None:
        return
    kind.tell(order, clock())
    try:
        made = kind.make(order)
        kept = store.keep(order.claim, made.files, kind.folder)
    except Exception as reason:  # whatever went wrong is this document's failure, told to whoever asked
        kind.discard(order.claim)
        if condition_of(reason):  # save the database's: the lease runs out, and it is made once more
            raise
        _end(kind, order, OrderState.FAILED, clock(), problem=problem_of(reason, str(order))[:MOST_PROBLEM])
        return
    sizes = {name: kept[file].size_bytes for file, name in order.fields_of("bytes").items()}
    digests = {name: kept[file].sha256 for file, name in order.fields_of("sha256").items()}
    now = clock()
    if not _end(kind, order, OrderState.READY, now, ready_at=now, problem="", **made.fields, **sizes, **digests):
        kind.discard(order.claim)


def check_size(kind: OrderKind[Any], files: dict[str, bytes], most_bytes: int) -> None:
    """Refuse files that are too large to be kept.

    Raises:
        Refused: one of them is.
    """
    if (size := max(map(len, files.values()))) > most_bytes:
        raise Refused(f"the {kind.noun} would take {size / 1e6:.0f} MB; at most {most_bytes / 1e6:.0f} MB are kept")


def requeue_lost(kind: OrderKind[Row], now: datetime, send: Send) -> int:
    """Send documents again whose worker or message was lost, once; what is lost again has failed. Return how many."""
    hand_over: Callable[[Row], object] = lambda order: send(str(order.uuid))  # noqa: E731  typed, so that it is checked
    return leased.requeue_lost(kind.rows(), now, send=hand_over, tell=kind.tell, discard=kind.discard)


def delete_old(kind: OrderKind[Row], now: datetime) -> int:
    """Delete documents past their retention, and what killed workers left; return how many rows went.

    The files go once the row did: somebody may ask for the same in this moment, which keeps it longer.
    """
    old = list(kind.rows().filter(expires_at__lte=now).order_by("expires_at")[:MOST_AT_ONCE])
    gone = [order for order in old if kind.rows().filter(pk=order.pk, expires_at__lte=now).delete()[0]]
    for order in gone:
        kind.discard(order.claim)
    claims = kind.rows().exclude(claim=None).values_list("claim", flat=True)
    store.sweep({claim.hex for claim in claims if claim}, now - LEFT_FOR, kind.folder)
    return len(gone)


@transaction.atomic
def _end(kind: OrderKind[Row], order: Row, state: OrderState, now: datetime, **fields: Any) -> bool:
    if not order.end(state, now, **fields):
        return False
    kind.tell(order, now)
    return True


def _check_quota(kind: OrderKind[Row], actor: Actor, now: datetime) -> None:
    most = settings.LOFT_EVIDENCE_PER_PERSON_PER_H
    ours = kind.model.objects.filter(organisation=actor.organisation)
    asked = ours.filter(asked_by=actor.name, asked_at__gt=now - timedelta(hours=1)).count()
    if asked >= most and actor is not SYSTEM:
        raise Refused(f"{asked} {kind.noun}s were asked for in the last hour; at most {most} per person and hour")
