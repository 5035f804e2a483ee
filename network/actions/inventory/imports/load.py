"""Taking the rows of a file into the inventory: compared by natural key, judged each, written in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from console.actions.audit.audit import Actor, record
from console.door import intake
from network.actions.inventory.book import Book
from network.actions.inventory.edits import Edit, Occasion, read, write
from network.actions.inventory.fields import Problem
from network.actions.inventory.imports.rows import Contents, Row
from network.actions.inventory.kinds import Kind, in_order
from network.actions.inventory.records import plan

MOST_NAME = 100


class Result(StrEnum):
    """What became, or would become, of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """One row of the file and what became of it."""

    row: int
    kind: str
    key: str | None
    outcome: Result
    errors: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Report:
    """What an import did, or would do where it was not applied."""

    rows: list[Outcome]
    counts: dict[str, int]
    applied: bool
    ignored: tuple[str, ...]
    valid_from: datetime | None = None  # not null: the rows are plans, or would be


def load(
    actor: Actor, contents: Contents, name: str, now: datetime, *,
    region: str | None = None, is_dry_run: bool = True, is_all_or_nothing: bool = False,
    valid_from: datetime | None = None,
) -> Report:  # fmt: skip
    """Take rows into the inventory, or say what that would do.

    Args:
        actor: who asks for it.
        contents: the rows.
        name: of the file, for the history.
        now: when.
        region: of records that name none.
        is_dry_run: change nothing.
        is_all_or_nothing: change nothing where a single row is refused; else the others are taken.
        valid_from: after `now`: the rows become plans from then on, compared with what will hold then; null: from now.

    Raises:
        Refused: somebody else changed the same records meanwhile, or too much is planned already.
        Unavailable: there is no room for imports.
    """
    if is_dry_run:
        outcomes, _ = _judged(contents, region, Book(valid_from), is_locked=False)
        return Report(outcomes, _counts(outcomes), applied=False, ignored=contents.ignored, valid_from=valid_from)
    intake.admit(intake.Work.BULK)
    with transaction.atomic():
        book = Book(valid_from)
        outcomes, edits = _judged(contents, region, book, is_locked=True)
        counts = _counts(outcomes)
        applied = not (is_all_or_nothing and counts[Result.REFUSED.value])
        if applied and edits:
            _take(edits, Occasion(actor, now, valid_from or now, f"import of {_printable(name)}"), book)
            _told(actor, name, now, valid_from, counts)
    return Report(outcomes, counts, applied, contents.ignored, valid_from)


def _take(edits: Sequence[Edit], occasion: Occasion, book: Book) -> None:
    if occasion.valid_from > occasion.now:
        plan(edits, occasion)
    else:
        write(edits, occasion, book)


def _told(actor: Actor, name: str, now: datetime, valid_from: datetime | None, counts: Mapping[str, int]) -> None:
    verb = "imported inventory" if valid_from is None else "planned an import of inventory"
    when: dict[str, Any] = {} if valid_from is None else {"valid_from": valid_from.isoformat()}
    record(actor, verb, f"file {_printable(name)}", now, **when, **counts)


def _judged(contents: Contents, region: str | None, book: Book, *, is_locked: bool) -> tuple[list[Outcome], list[Edit]]:
    """Return what becomes of every row, in the file's order, and the edits that make it so."""
    kinds = in_order({row.kind for row in contents.rows})
    needed = {kind.name.value for kind in kinds} | ({"region", "site"} if kinds else set())
    book.read_all(sorted(needed), is_locked=is_locked)
    edits: list[Edit] = []
    outcomes: dict[int, Outcome] = {}
    for kind in kinds:
        seen: dict[str, int] = {}
        for place, row in enumerate(contents.rows):
            if row.kind == kind.name:
                outcomes[place], edit = _judge(kind, row, region, book, seen)
                edits += [edit] if edit is not None else []
    return [outcomes[place] for place in sorted(outcomes)], edits


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {result.value: sum(each.outcome is result for each in outcomes) for result in Result}


def _judge(kind: Kind, row: Row, region: str | None, book: Book, seen: dict[str, int]) -> tuple[Outcome, Edit | None]:
    """Return what becomes of a row, and the edit that makes it so; write it into the book for the rows after it."""
    key = _key(kind, row.given)
    before = book.get(kind.name.value, key) if key is not None else None
    values, problems = read(kind, _given(kind, row, region, is_new=before is None), before, book)
    if key is not None and seen.setdefault(key, row.number) != row.number:
        problems = [
            *problems,
            Problem(kind.key_names[-1], key, f"a key once in a file; row {seen[key]} has it already"),
        ]
    if problems:
        return Outcome(row.number, kind.name.value, key, Result.REFUSED, tuple(problems)), None
    key = kind.key_of(values)
    if values == before:
        return Outcome(row.number, kind.name.value, key, Result.UNCHANGED), None
    book.put(kind.name.value, key, values)
    result = Result.CREATED if before is None else Result.CHANGED
    return Outcome(row.number, kind.name.value, key, result), Edit(kind.name.value, key, before, values)


def _key(kind: Kind, given: Mapping[str, Any]) -> str | None:
    """Return the key that a row names, None where it names none that could be one."""
    try:
        parts = {
            name: field.read(given.get(name)) for name in kind.key_names if (field := kind.field(name)) is not None
        }
    except ValueError:
        return None
    return kind.key_of(parts)


def _given(kind: Kind, row: Row, region: str | None, *, is_new: bool) -> dict[str, Any]:
    given = {**(row.defaults if is_new else {}), **row.given}
    if region is not None and kind.field("region") is not None and given.get("region") is None and is_new:
        given["region"] = region
    if given.get("region", "") is None and not is_new:
        del given["region"]
    return given


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[-MOST_NAME:] or "a file"
