"""CSV: one kind of record a file, a header of field names, one record a line."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from network.actions.inventory.fields import Text
from network.actions.inventory.imports.rows import (
    MOST_CELL,
    MOST_COLUMNS,
    Contents,
    Row,
    Unreadable,
    check_count,
    text_of,
)
from network.actions.inventory.kinds import KINDS, Kind

GUARDED = re.compile(r"'+[=+\-@\t\r]")  # how an export keeps a spreadsheet from taking text for a formula
_BREAKS = re.compile(r"\r\n|\r|\n")


def read(data: bytes, kind_name: str) -> Contents:
    """Return the rows of a CSV file in UTF-8, separated by commas, semicolons or tabs.

    Raises:
        Unreadable: the encoding, the header or the quoting is wrong, or the file is too large.
    """
    kind = KINDS[kind_name]
    text = text_of(data)
    first_line = _BREAKS.split(text[:MOST_CELL], maxsplit=1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first_line.count), strict=True)
    try:
        header = _header(kind, next(reader, []))
        return Contents(list(_rows(kind, header, reader)))
    except csv.Error as reason:
        raise Unreadable(f"line {reader.line_num}", str(reason), "cells separated and quoted as CSV has it") from reason


def _header(kind: Kind, cells: list[str]) -> list[str]:
    if len(cells) > MOST_COLUMNS:
        raise Unreadable("line 1", f"{len(cells)} columns", f"at most {MOST_COLUMNS}")
    names, known = [cell.strip() for cell in cells], [field.name for field in kind.fields]
    for name in names:
        if name not in known or names.count(name) > 1:
            given = f"column {name[:80]!r}" + (" twice" if name in known else "")
            raise Unreadable("line 1", given, f"columns once each, out of {', '.join(known)}")
    if missing := [name for name in kind.key_names if name not in names]:
        raise Unreadable("line 1", "no column " + ", ".join(missing), f"the key of a {kind.word}")
    return names


def _rows(kind: Kind, header: list[str], reader: Any) -> Iterator[Row]:
    for count, cells in enumerate(reader):
        check_count("lines", count)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            raise Unreadable(f"line {reader.line_num}", f"{len(cells)} cells", f"at most {len(header)}, as the header")
        yield Row(reader.line_num, kind.name.value, _given(kind, dict(zip(header, cells, strict=False))))


def _given(kind: Kind, cells: dict[str, str]) -> dict[str, Any]:
    """Return the values of cells; an empty one is null where that may be, and else absent."""
    given: dict[str, Any] = {}
    for name, cell in cells.items():
        field = kind.field(name)
        assert field is not None
        if cell.strip():
            given[name] = cell[1:] if isinstance(field, Text) and GUARDED.match(cell) else cell
        elif isinstance(field, Text) and field.is_blank:
            given[name] = ""
        elif field.is_nullable or field.is_required:
            given[name] = None
    return given
