"""Adding, changing and removing records of the inventory, at once or from a time to come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from console.actions.audit.audit import SYSTEM, Actor, record
from console.database import condition_of
from console.errors import Invalid, Refused
from network.actions.inventory.book import Book
from network.actions.inventory.edits import BATCH, Edit, Occasion, change_of, keep, read, store, write
from network.actions.inventory.fields import Problem
from network.actions.inventory.history import merged
from network.actions.inventory.kinds import KINDS, Kind
from network.models import Change

MOST_PLANS = 10_000
MOST_DUE_AT_ONCE = 1_000
_DONE = {(True, False): "added", (False, False): "changed", (False, True): "removed"}
_PLANNED = {(True, False): "planned to add", (False, False): "planned to change", (False, True): "planned to remove"}


class Missing(Exception):  # noqa: N818
    """There is no such record."""


@transaction.atomic
def create(
    actor: Actor, kind: str, given: Mapping[str, Any], now: datetime, valid_from: datetime | None = None,
    reason: str = "",
) -> Change:  # fmt: skip
    """Add a record, or plan to.

    Args:
        actor: who asks for it.
        kind: of the record, such as "site".
        given: its values by field; others are named by their keys.
        now: when this is asked.
        valid_from: from when on; null: from now on. After `now` it is a plan until `apply_due` applies it.
        reason: why, for the history.

    Raises:
        Invalid: a value cannot be taken, or the key is.
        Refused: somebody else was quicker, or too much is planned already.
    """
    occasion, book = _opening(actor, now, valid_from, reason)
    values, problems = read(KINDS[kind], dict(given), None, book)
    if problems:
        raise Invalid(problems)
    key = KINDS[kind].key_of(values)
    if book.get(kind, key) is not None:
        name = KINDS[kind].key_names[-1]
        raise Invalid([Problem(name, values[name], f"a key that no other {KINDS[kind].word} has; {key} exists")])
    return _do(Edit(kind, key, None, values), occasion, book)


@transaction.atomic
def change(
    actor: Actor, kind: str, key: str, given: Mapping[str, Any], now: datetime, valid_from: datetime | None = None,
    reason: str = "",
) -> Change | None:  # fmt: skip
    """Change some values of a record, or plan to; as `create`. None: the record is like that already.

    Raises:
        Missing: there is no such record at that time.
        Invalid: a value cannot be taken.
        Refused: the record's values hold from a later time on.
    """
    occasion, book = _opening(actor, now, valid_from, reason)
    before = _before(KINDS[kind], key, occasion, book)
    values, problems = read(KINDS[kind], dict(given), before, book)
    if problems:
        raise Invalid(problems)
    if values == before:
        return None
    return _do(Edit(kind, KINDS[kind].key_of(before), before, values), occasion, book)


@transaction.atomic
def remove(
    actor: Actor, kind: str, key: str, now: datetime, valid_from: datetime | None = None, reason: str = ""
) -> Change:
    """Remove a record, or plan to; as `create`. A site takes its sectors and links along.

    Raises:
        Missing: there is no such record at that time.
        Refused: others stand on it (a region with sites, a site with an edge node), or its values hold from later on.
    """
    occasion, book = _opening(actor, now, valid_from, reason)
    before = _before(KINDS[kind], key, occasion, book)
    return _do(Edit(kind, KINDS[kind].key_of(before), before, None), occasion, book)


@transaction.atomic
def withdraw(actor: Actor, pk: int, now: datetime) -> Change:
    """Take a plan back, also one that could not be applied.

    Raises:
        Missing: there is no such change.
        Refused: it is no plan any more.
    """
    planned = Change.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if planned is None:
        raise Missing(f"change {pk}")
    if planned.applied_at is not None or planned.withdrawn_at is not None:
        raise Refused(f"change {pk} was {'withdrawn' if planned.withdrawn_at else 'applied'} already")
    planned.withdrawn_at = now
    planned.save(update_fields=["withdrawn_at"])
    record(actor, "withdrew plan", f"{planned.kind} {planned.key}", now, valid_from=planned.valid_from.isoformat())
    return planned


def plan(edits: Sequence[Edit], occasion: Occasion) -> list[Change]:
    """Keep edits as plans, in the order in which they are to be applied when their time comes.

    Raises:
        Refused: too much is planned already.
    """
    planned = Change.objects.planned().count()
    if planned + len(edits) > MOST_PLANS:
        raise Refused(
            f"{planned} changes are planned already, these would be {len(edits)} more; expected at most {MOST_PLANS} "
            "together: withdraw some first"
        )
    return Change.objects.bulk_create([change_of(edit, occasion, is_applied=False) for edit in edits], BATCH)


def apply_due(now: datetime) -> int:
    """Apply every plan whose time has come, each for itself; return how many. One that cannot be keeps the reason."""
    due = list(Change.objects.due(now).values_list("pk", flat=True)[:MOST_DUE_AT_ONCE])
    return sum(_apply(pk, now) for pk in due)


def _apply(pk: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return _apply_one(pk, now)
    except (Refused, Invalid, DatabaseError) as reason:
        if condition_of(reason):  # it is due still, and tried again
            raise
        Change.objects.filter(pk=pk, applied_at=None, withdrawn_at=None).update(problem=str(reason)[:300])
        return False


def _apply_one(pk: int, now: datetime) -> bool:
    planned = Change.objects.select_for_update(of=("self",)).select_related("person").due(now).filter(pk=pk).first()
    if planned is None:  # another worker was quicker, or it was withdrawn
        return False
    kind, book = KINDS[planned.kind], Book()
    kind.lock(kind.query(planned.key))
    pair = kind.current(kind.query(planned.key)).get(planned.key)
    current, since = pair or (None, None)
    wanted = merged(planned, current)
    if wanted is not None:
        wanted, problems = read(kind, wanted, current, book)
        if problems:
            raise Invalid(problems)
    actor = Actor(planned.actor, planned.person)
    occasion = Occasion(actor, now, max(planned.valid_from, since or planned.valid_from), planned.reason)
    _, *following = store([Edit(planned.kind, planned.key, current, wanted)], occasion, book)
    keep(following, occasion)
    planned.valid_from, planned.before, planned.values, planned.applied_at = occasion.valid_from, current, wanted, now
    planned.save(update_fields=["valid_from", "before", "values", "applied_at"])  # it is the history's row from now on
    record(SYSTEM, "applied plan", f"{planned.kind} {planned.key}", now, change=pk, planned_by=planned.actor)
    return True


def _opening(actor: Actor, now: datetime, valid_from: datetime | None, reason: str) -> tuple[Occasion, Book]:
    occasion = Occasion(actor, now, valid_from or now, reason)
    return occasion, Book(occasion.valid_from if occasion.valid_from > now else None)


def _before(kind: Kind, key: str, occasion: Occasion, book: Book) -> dict[str, Any]:
    key, is_plan = kind.normal_key(key), occasion.valid_from > occasion.now
    if not is_plan:
        kind.lock(kind.query(key))
        since = kind.current(kind.query(key)).get(key, (None, None))[1]
        if since is not None and since > occasion.valid_from:
            raise Refused(
                f"valid_from: {occasion.valid_from.isoformat()} given; expected {since.isoformat()} or later, since "
                f"when the present values of {kind.word} {key} hold"
            )
    before = book.get(kind.name, key)
    if before is None:
        raise Missing(f"{kind.word} {key}")
    return before


def _do(edit: Edit, occasion: Occasion, book: Book) -> Change:
    """Write an edit at once, or keep it as a plan; leave an audit entry."""
    is_plan = occasion.valid_from > occasion.now
    book.put(edit.kind, edit.key, edit.after)
    done = plan([edit], occasion)[0] if is_plan else write([edit], occasion, book)[0]
    verbs = _PLANNED if is_plan else _DONE
    verb = verbs[edit.before is None, edit.after is None]
    subject = f"{KINDS[edit.kind].word} {edit.key}"
    record(occasion.actor, verb, subject, occasion.now, **_differences(edit), reason=occasion.reason)
    return done


def _differences(edit: Edit) -> dict[str, Any]:
    if edit.before is None or edit.after is None:
        return {}
    return {"values": {name: value for name, value in edit.after.items() if edit.before.get(name) != value}}
