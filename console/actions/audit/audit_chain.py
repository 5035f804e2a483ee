"""Checking the audit trail's chain, naming its head, and writing the trail out."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from console.audit import audit_guard, chain
from console.errors import Refused
from console.models import AuditEntry, AuditLink

log = logging.getLogger(__name__)
PIECE = 1_000
"""Rows held in memory at a time."""
MOST_DIGITS = 18
Ring = tuple[AuditLink, AuditEntry | None]


@dataclass(frozen=True)
class Head:
    """The last row of the chain, as it was at some time: kept elsewhere, it tells later whether it stands."""

    number: int = 0
    hash: str = chain.BEFORE_THE_FIRST

    @classmethod
    def read(cls, text: str) -> "Head":
        """Read NUMBER:HASH.

        Raises:
            Refused: it is neither.
        """
        number, _, digest = text.strip().partition(":")
        if not number.isdecimal() or len(number) > MOST_DIGITS or len(digest) != len(chain.BEFORE_THE_FIRST):
            raise Refused(f"head: {text[:100]} given; expected NUMBER:HASH as `audit head` prints it")
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Verdict:
    """How far the chain holds, and what is wrong with it; nothing is, where `problem` is empty."""

    head: Head
    problem: str = ""


def head() -> Head:
    """Return the present head."""
    last = AuditLink.objects.head()
    return Head(last.number, last.hash) if last else Head()


def verify(expected: Head | None = None) -> Verdict:
    """Walk the chain from its first row to its last, a piece at a time, and stop at the first row that is wrong.

    Besides, the heads that this installation noted while it ran have to stand in it, `expected` too, and the database
    has to refuse changes still.
    """
    noted = _noted()
    awaited = next(noted, None)
    reached = Head()
    for link, entry in _rings():
        if problem := _problem(reached, link, entry):
            return Verdict(reached, problem)
        reached = Head(link.number, link.hash)
        while awaited and awaited.number <= reached.number:
            if problem := _differs(awaited, reached):
                return Verdict(reached, problem)
            awaited = next(noted, None)
        if expected and expected.number == reached.number and (problem := _differs(expected, reached)):
            return Verdict(reached, problem)
    return Verdict(reached, _problem_of_whole(reached, awaited, expected))


def export(after: int = 0) -> Iterator[str]:
    """Yield the rows behind a number as JSON, each with its number and hash, so that others can check the chain."""
    for link, entry in _rings(after):
        row = entry.hashed() if entry else {}
        link_fields = {"number": link.number, "hash": link.hash, **json.loads(chain.canonical(row))}
        yield json.dumps(link_fields, ensure_ascii=False)


def note_head(now: datetime) -> Head:
    """Note the present head in the log and in a file outside the database, unless it was noted already."""
    present = head()
    path = heads_file()
    if present.number and present.number > _last_noted(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(f"{_line_break(path)}{now.isoformat(timespec='seconds')} {present}\n".encode())
        log.info("head of the audit trail: %s", present)
    return present


def heads_file() -> Path:
    """Return where heads are noted; copied elsewhere, it proves later that nothing before them was changed."""
    return Path(settings.LOFT_HOME) / "audit-heads"


def cut_lines() -> list[int]:
    """Return which lines of the file of heads cannot be read, as when the power failed while one was written."""
    return [number for number, noted in enumerate(_lines(), 1) if noted is None]


def _rings(after: int = 0) -> Iterator[Ring]:
    while links := list(AuditLink.objects.filter(number__gt=after).order_by("number")[:PIECE]):
        entries = AuditEntry.objects.in_bulk([link.entry_id for link in links])
        yield from ((link, entries.get(link.entry_id)) for link in links)
        after = links[-1].number


def _problem(reached: Head, link: AuditLink, entry: AuditEntry | None) -> str:
    if link.number != reached.number + 1:
        return f"row {reached.number + 1} is missing: it and its link were deleted"
    if entry is None:
        return f"row {link.number} is missing: it was deleted"
    digest = chain.digest(entry.hashed())
    if link.hash != chain.link(reached.hash, link.number, digest):
        return f"row {link.number} was altered: {_place(entry)}"
    return ""


def _differs(noted: Head, reached: Head) -> str:
    if noted.number == reached.number and noted.hash != reached.hash:
        return f"row {noted.number} or one before it was replaced: its hash was {noted.hash} and is {reached.hash}"
    return ""


def _problem_of_whole(reached: Head, awaited: Head | None, expected: Head | None) -> str:
    for head in (awaited, expected):
        if head and head.number > reached.number:
            return f"the rows from {reached.number + 1} on are missing: there was a row {head.number} once"
    if (stray := AuditEntry.objects.filter(link=None).order_by("pk").first()) is not None:
        return f"a row that is in no chain was inserted: {_place(stray)}"
    if lacking := audit_guard.missing():
        return f"the database no longer refuses changes; triggers missing: {', '.join(lacking)}"
    return ""


def _place(entry: AuditEntry) -> str:
    return f"id {entry.pk}, {entry}"


def _noted() -> Iterator[Head]:
    return (noted for noted in _lines() if noted)


def _lines() -> Iterator[Head | None]:
    path = heads_file()
    if path.exists():
        with path.open(errors="replace") as file:
            yield from (_head_in(line) for line in file)


def _head_in(line: str) -> Head | None:
    try:
        return Head.read(line.rpartition(" ")[2])
    except Refused:
        return None


def _line_break(path: Path) -> str:
    """Return what ends a line that was cut, so that the next one is not lost with it."""
    return "\n" if path.stat().st_size and not path.read_bytes().endswith(b"\n") else ""


def _last_noted(path: Path) -> int:
    return max((head.number for head in _noted()), default=0) if path.exists() else 0
