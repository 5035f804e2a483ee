"""Writing edits of records: the rows, their history, and what follows for other records. The only writer of both."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError, Q

from console.actions.audit.audit import Actor
from console.errors import Refused
from console.live import hub
from network.actions.inventory.book import Book
from network.actions.inventory.checks import length_km
from network.actions.inventory.fields import Field, Problem, Values
from network.actions.inventory.kinds import KINDS, Kind, in_order
from network.events import InventoryChanged
from network.models import Change, RecordKind

MOST_TOLD = 100
MOST_UNKNOWN = 20
BATCH = 500
_OF_LENGTH = ("lat_deg", "lon_deg", "region")


@dataclass(frozen=True)
class Edit:
    """One record from what it is (null: nothing) to what it is to be (null: nothing)."""

    kind: str
    key: str
    before: Values | None
    after: Values | None


@dataclass(frozen=True)
class Occasion:
    """Who changes records, when, why, and from when on the new values hold."""

    actor: Actor
    now: datetime
    valid_from: datetime
    reason: str = ""


def read(kind: Kind, given: dict[str, Any], before: Values | None, book: Book) -> tuple[Values, list[Problem]]:
    """Return a record's whole values: those given, on top of what it is or of the defaults; and what is wrong.

    Args:
        kind: of the record.
        given: values by field.
        before: what the record is; None when it is to be new.
        book: the other records.
    """
    problems = list(_unknown(kind, given))
    values: Values = {}
    completed = _completed(kind, given, before)
    for field in kind.fields:
        try:
            values[field.name] = _value(field, completed, before)
        except ValueError as expected:
            problems.append(Problem(field.name, given.get(field.name), str(expected)))
    if not problems:
        problems = list(_across(kind, values, before, book))
    return values, problems


def write(edits: Sequence[Edit], occasion: Occasion, book: Book) -> list[Change]:
    """Write edits and what follows from them, with their history, in the caller's transaction; as `store`."""
    return keep(store(edits, occasion, book), occasion)


def store(edits: Sequence[Edit], occasion: Occasion, book: Book) -> list[Edit]:
    """Write edits and what follows from them, without history; return all of them, those given first.

    Raises:
        Refused: the database forbids it, such as removing what others stand on.
    """
    every = [*edits, *_consequences(edits, book)]
    kinds = in_order({edit.kind for edit in every})
    try:
        with transaction.atomic():
            for kind in kinds:
                _store(kind, [edit for edit in every if edit.kind == kind.name and edit.after is not None], occasion)
            for kind in reversed(kinds):
                _remove(kind, [edit.key for edit in every if edit.kind == kind.name and edit.after is None])
    except ProtectedError as reason:
        raise Refused(_protected(edits, reason)) from reason
    except IntegrityError as reason:
        raise Refused("the inventory was changed by somebody else meanwhile; look and try again") from reason
    return every


def keep(edits: Sequence[Edit], occasion: Occasion) -> list[Change]:
    """Write the history of edits that are stored, and tell the pages."""
    changes = Change.objects.bulk_create([change_of(edit, occasion, is_applied=True) for edit in edits], BATCH)
    edited = [{"kind": edit.kind, "key": edit.key, "is_removed": edit.after is None} for edit in edits[:MOST_TOLD]]
    hub.publish(InventoryChanged(at=occasion.now, organisation=None, changes=edited, count=len(edits)))
    return changes


def change_of(edit: Edit, occasion: Occasion, *, is_applied: bool) -> Change:
    """Return the history's row of an edit, unsaved."""
    return Change(
        kind=edit.kind, key=edit.key, valid_from=occasion.valid_from, values=edit.after, before=edit.before,
        recorded_at=occasion.now, applied_at=occasion.now if is_applied else None, actor=occasion.actor.name,
        person=occasion.actor.person, reason=occasion.reason,
    )  # fmt: skip


def _unknown(kind: Kind, given: dict[str, Any]) -> Iterator[Problem]:
    """Yield the first few fields that a record has not: each is told in a hundred times the bytes that it takes."""
    known = {field.name for field in kind.fields}
    expected = f"no such field; a {kind.word} has {', '.join(sorted(known))}"
    strange = (Problem(name, value, expected) for name, value in given.items() if name not in known)
    return islice(strange, MOST_UNKNOWN)


def _completed(kind: Kind, given: dict[str, Any], before: Values | None) -> dict[str, Any]:
    """Return what was given, a name in one language taken for the other, and a link's survey where its length goes."""
    full = dict(given)
    if kind.is_named and before is None:
        names = [given[name] for name in ("name_en", "name_zh") if given.get(name) not in (None, "")]
        full.update({name: names[0] for name in ("name_en", "name_zh") if names and given.get(name) in (None, "")})
    if kind.name == RecordKind.LINK and "is_length_surveyed" not in given and before is not None:
        is_kept = given.get("length_km", before["length_km"]) == before["length_km"]
        full["is_length_surveyed"] = before["is_length_surveyed"] if is_kept else None
    return full


def _value(field: Field, given: dict[str, Any], before: Values | None) -> Any:
    if field.name in given:
        value = given[field.name]
        return None if value is None and field.default is None else field.read(value)
    if before is not None:
        return before[field.name]
    if field.is_required:
        raise ValueError(f"{field.expected}; it is required")
    return field.default


def _across(kind: Kind, values: Values, before: Values | None, book: Book) -> Iterator[Problem]:
    """Yield what is wrong between fields and records. A link given from its other end keeps its ends as they are."""
    if before is not None and kind.key_of(values) == kind.key_of(before):
        values.update({name: before[name] for name in kind.key_names})
    elif before is not None:
        changed = [name for name in kind.key_names if values[name] != before[name]]
        yield from (Problem(name, values[name], f"{before[name]}: a key cannot be changed") for name in changed)
        return
    missing = [
        Problem(ref.name, values[ref.name], ref.expected)
        for ref in kind.refs
        if book.get(ref.kind, values[ref.name]) is None
    ]
    yield from missing
    if not missing:
        yield from kind.check(values, book)


def _consequences(edits: Sequence[Edit], book: Book) -> list[Edit]:
    """Return what follows: a removed site takes its sectors and links along, a moved one changes unsurveyed lengths."""
    named = {(edit.kind, edit.key) for edit in edits}
    gone = [edit.key for edit in edits if edit.kind == "site" and edit.after is None]
    moved = [edit.key for edit in edits if edit.kind == "site" and edit.before and edit.after and _is_moved(edit)]
    dependants = [*_dependants(gone), *_relinked(moved, book)]
    return [edit for edit in dependants if (edit.kind, edit.key) not in named]


def _is_moved(edit: Edit) -> bool:
    return any((edit.before or {}).get(name) != (edit.after or {}).get(name) for name in _OF_LENGTH)


def _dependants(sites: Sequence[str]) -> Iterator[Edit]:
    if not sites:
        return
    for kind, condition in (("sector", Q(site__slug__in=sites)), ("link", Q(a__slug__in=sites) | Q(b__slug__in=sites))):
        for key, (values, _) in KINDS[kind].current(condition).items():
            yield Edit(kind, key, values, None)


def _relinked(sites: Sequence[str], book: Book) -> Iterator[Edit]:
    if not sites:
        return
    condition = (Q(a__slug__in=sites) | Q(b__slug__in=sites)) & Q(is_length_surveyed=False)
    for key, (values, _) in KINDS["link"].current(condition).items():
        after = {**values, "length_km": length_km(values, book)}
        if after != values:
            yield Edit("link", key, values, after)


def _store(kind: Kind, edits: Sequence[Edit], occasion: Occasion) -> None:
    if not edits:
        return
    ids = {ref.kind: _ids(KINDS[ref.kind], {(edit.after or {})[ref.name] for edit in edits}) for ref in kind.refs}
    if kind.name == "link":  # by both ends
        ids["site"] = _ids(KINDS["site"], {(edit.after or {})[end] for edit in edits for end in ("a", "b")})
    rows = {edit.key: _row(kind, edit.after or {}, ids, occasion) for edit in edits}
    kind.model._default_manager.bulk_create([rows[edit.key] for edit in edits if edit.before is None], BATCH)  # noqa: SLF001
    changed = [edit.key for edit in edits if edit.before is not None]
    if not changed:
        return
    known = _ids(kind, set(changed))
    has_revision = any(field.name == "revision" for field in kind.model._meta.fields)  # noqa: SLF001  Django's public name
    for key in changed:
        rows[key].pk = known.get(key)
        if has_revision:
            rows[key].revision = F("revision") + 1
        if rows[key].pk is None:
            raise Refused(f"{kind.word} {key} was removed by somebody else meanwhile")
    names = [field.name for field in kind.fields if field.name not in kind.key_names]
    columns = [*names, "valid_from", "changed_at", *(["revision"] if has_revision else [])]
    kind.model._default_manager.bulk_update([rows[key] for key in changed], columns, BATCH)  # noqa: SLF001


def _row(kind: Kind, values: Values, ids: dict[str, dict[str, int]], occasion: Occasion) -> Any:
    columns = {field.name: values[field.name] for field in kind.fields if field not in kind.refs}
    for ref in kind.refs:
        pk = ids[ref.kind].get(values[ref.name])
        if pk is None:
            raise Refused(f"{ref.kind} {values[ref.name]} was removed by somebody else meanwhile")
        columns[f"{ref.name}_id"] = pk
    return kind.model(**columns, valid_from=occasion.valid_from, changed_at=occasion.now)


def _ids(kind: Kind, keys: set[str]) -> dict[str, int]:
    """Return the primary keys of records, by key: those asked for, or all where many are."""
    rows: Any = kind.model._default_manager.order_by()  # noqa: SLF001
    if len(keys) <= BATCH and kind.key_names == ("slug",):
        rows = rows.filter(slug__in=keys)
    elif len(keys) == 1:
        rows = rows.filter(kind.query(next(iter(keys))))
    columns = [name if name == "slug" else f"{name}__slug" for name in kind.key_names]
    keyed = rows.values_list(*columns, "pk")
    return {kind.key_of(dict(zip(kind.key_names, row, strict=False))): row[-1] for row in keyed}


def _remove(kind: Kind, keys: Sequence[str]) -> None:
    if keys:
        ids = _ids(kind, set(keys))
        kind.model._default_manager.filter(pk__in=[ids[key] for key in keys if key in ids]).delete()  # noqa: SLF001


def _protected(edits: Iterable[Edit], reason: ProtectedError) -> str:
    gone = ", ".join(f"{edit.kind} {edit.key}" for edit in edits if edit.after is None)
    others = sorted(f"{row._meta.verbose_name} {getattr(row, 'slug', row.pk)}" for row in reason.protected_objects)  # noqa: SLF001
    return f"{gone} is still needed by {len(others)} record(s), such as {', '.join(others[:3])}; remove these first"
