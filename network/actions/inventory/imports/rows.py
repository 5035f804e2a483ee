"""What every format of a file is read into: rows of text or JSON values, one per record; and what a file may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from console.door import strict_json
from console.rest.limits import IMPORT_FILE_BYTES

FORMATS: Final = ("csv", "geojson", "graphml", "node-link")
MOST_BYTES = IMPORT_FILE_BYTES
MOST_ROWS = 20_000
MOST_COLUMNS = 64
MOST_CELL = 100_000  # characters
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Unreadable(Exception):  # noqa: N818  it reads as what the file is
    """The file as a whole cannot be read; nothing of it was taken."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        super().__init__(f"{field}: {value} given; expected {expected}")
        self.field, self.value, self.expected = field, value, expected


@dataclass(frozen=True)
class Row:
    """One record of a file: where it stands, and what it gives. `defaults` are taken where a record is new."""

    number: int  # of the line in CSV, else of the entry, from 1
    kind: str
    given: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contents:
    """The rows of a file, and the names of what in it says nothing to the inventory."""

    rows: list[Row]
    ignored: tuple[str, ...] = ()


def text_of(data: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        Unreadable: it is in another encoding; the first byte that gives it away is named.
    """
    if (looks := _BOMS.get(data[:2])) is not None:
        raise Unreadable("file", f"byte 0 is 0x{data[0]:02X}, as in {looks}", "UTF-8 text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        place = f"byte {reason.start} is 0x{data[reason.start]:02X}"
        raise Unreadable("file", place, "UTF-8 text, such as a spreadsheet saves as CSV UTF-8") from reason
    if "\x00" in text:
        raise Unreadable("file", f"byte {data.index(0)} is 0x00", "UTF-8 text without null characters")
    return text


def json_of(data: bytes) -> dict[str, Any]:
    """Return the JSON object of a file.

    Raises:
        Unreadable: it is not one; the place is named.
    """
    try:
        document = strict_json.decode(text_of(data))
    except strict_json.NotJson as reason:
        raise Unreadable("file", str(reason), f"JSON, nested at most {strict_json.MOST_DEPTH} deep") from reason
    if not isinstance(document, dict):
        raise Unreadable("file", type(document).__name__, "a JSON object")
    return document


def rows_of(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects of a document.

    Raises:
        Unreadable: it is none, or too long.
    """
    rows = document.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(name, type(rows).__name__, "a list of objects")
    check_count(name, len(rows))
    return rows


def check_count(name: str, count: int) -> None:
    """Refuse a file with too many rows."""
    if count > MOST_ROWS:
        raise Unreadable(name, f"more than {MOST_ROWS}", f"at most {MOST_ROWS} in one file")
