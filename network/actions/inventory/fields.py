"""What the fields of a record may hold. Each reads a value of JSON or of a table's cell, or says what it expected."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final

from console.door import strict_json

SLUG = re.compile(r"[-a-zA-Z0-9_]+")
YES, NO = ("true", "yes", "1"), ("false", "no", "0")
MOST_POINTS = 1_000
MOST_PATH_CHARACTERS = 100_000
MOST_WHOLE = 2_147_483_647


class _Required:
    """The default of a field that has none."""


REQUIRED: Final = _Required()
Values = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Why a value cannot be taken."""

    field: str
    value: Any
    expected: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a record."""

    name: str
    default: Any = REQUIRED
    is_nullable: bool = False

    @property
    def expected(self) -> str:
        """What may be given, in words."""
        raise NotImplementedError

    @property
    def is_required(self) -> bool:
        """Whether a new record must give it."""
        return self.default is REQUIRED

    def read(self, value: Any) -> Any:
        """Return the value as the record keeps it.

        Raises:
            ValueError: it cannot be taken; the text says what was expected.
        """
        if value is None:
            if self.is_nullable:
                return None
            raise ValueError(self.expected)
        return self._parse(value)

    def read_cell(self, cell: str) -> Any:
        """Return the value of a table's cell; an empty one is null where that may be, else raises KeyError: absent."""
        if cell.strip():
            return self.read(cell)
        if self.is_nullable:
            return None
        raise KeyError(self.name)

    def _parse(self, value: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    """A line of text without control characters, spaces at its ends removed."""

    most: int
    is_blank: bool = False

    @property
    def expected(self) -> str:
        return f"a line of {0 if self.is_blank else 1} to {self.most} characters"

    def read_cell(self, cell: str) -> Any:
        return "" if self.is_blank and not cell.strip() else super().read_cell(cell)

    def _parse(self, value: Any) -> str:
        text = value.strip() if isinstance(value, str) else str(value) if _is_number(value) else "\n"
        is_line = not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text[: self.most + 1])
        if not is_line or len(text) > self.most or not (text or self.is_blank):
            raise ValueError(self.expected)
        return text


@dataclass(frozen=True, kw_only=True)
class Host(Text):
    """A host name or an address."""

    @property
    def expected(self) -> str:
        return f"a host name or an address of at most {self.most} characters"

    def _parse(self, value: Any) -> str:
        text = super()._parse(value)
        if text and not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
            raise ValueError(self.expected)
        return text


@dataclass(frozen=True, kw_only=True)
class Slug(Field):
    """A natural key."""

    most: int = 40
    is_blank: bool = False

    @property
    def expected(self) -> str:
        return f"{0 if self.is_blank else 1} to {self.most} letters, digits, hyphens or underscores"

    def read_cell(self, cell: str) -> Any:
        return "" if self.is_blank and not cell.strip() else super().read_cell(cell)

    def _parse(self, value: Any) -> str:
        if self.is_blank and value == "":
            return ""
        text = str(value).strip() if isinstance(value, str) or _is_number(value) else ""
        if len(text) > self.most or not SLUG.fullmatch(text):
            raise ValueError(self.expected)
        return text


@dataclass(frozen=True, kw_only=True)
class Ref(Slug):
    """The slug of another record."""

    kind: str

    @property
    def expected(self) -> str:
        return f"the slug of a {self.kind}"


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A finite number in a range; the upper end may be out of it."""

    least: float
    most: float
    is_most_open: bool = False

    @property
    def expected(self) -> str:
        return f"a number from {self.least:g} to {'below ' if self.is_most_open else ''}{self.most:g}"

    def _parse(self, value: Any) -> float:
        number = self._number(value)
        if not (isfinite(number) and self.least <= number <= self.most) or (self.is_most_open and number == self.most):
            raise ValueError(self.expected)
        return number

    def _number(self, value: Any) -> float:
        if not (_is_number(value) or isinstance(value, str)) or len(str(value)) > 40:
            raise ValueError(self.expected)
        try:
            return float(value)
        except (ValueError, OverflowError) as reason:
            raise ValueError(self.expected) from reason


@dataclass(frozen=True, kw_only=True)
class Whole(Number):
    """A whole number in a range."""

    most: float = MOST_WHOLE

    @property
    def expected(self) -> str:
        return f"a whole number from {self.least:.0f} to {self.most:.0f}"

    def _parse(self, value: Any) -> int:
        number = super()._parse(value)
        if number != int(number):
            raise ValueError(self.expected)
        return int(number)


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    """True or false."""

    @property
    def expected(self) -> str:
        return "true or false"

    def _parse(self, value: Any) -> bool:
        word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
        if word not in (*YES, *NO):
            raise ValueError(self.expected)
        return word in YES


@dataclass(frozen=True, kw_only=True)
class Choice(Field):
    """One of a few words."""

    words: Sequence[str]

    @property
    def expected(self) -> str:
        return "one of " + ", ".join(self.words)

    def _parse(self, value: Any) -> str:
        if not isinstance(value, str) or value.strip() not in self.words:
            raise ValueError(self.expected)
        return value.strip()


_LON = Number(name="longitude", least=-180, most=180)
_LAT = Number(name="latitude", least=-90, most=90)


@dataclass(frozen=True, kw_only=True)
class Path(Field):
    """Places as [longitude, latitude], as JSON or as its text."""

    most: int = MOST_POINTS
    ends: tuple[Number, Number] = field(default=(_LON, _LAT))

    @property
    def expected(self) -> str:
        return f"2 to {self.most} places as [longitude, latitude] in degrees"

    def _parse(self, value: Any) -> list[list[float]]:
        places = self._from_text(value) if isinstance(value, str) else value
        if not isinstance(places, list | tuple) or not 2 <= len(places) <= self.most:
            raise ValueError(self.expected)
        return [self._place(place) for place in places]

    def _place(self, place: Any) -> list[float]:
        if not isinstance(place, list | tuple) or len(place) not in (2, 3):  # GeoJSON may add a height
            raise ValueError(self.expected)
        try:
            return [end.read(degrees) for end, degrees in zip(self.ends, place, strict=False)]
        except ValueError as reason:
            raise ValueError(self.expected) from reason

    def _from_text(self, text: str) -> Any:
        if len(text) > MOST_PATH_CHARACTERS:
            raise ValueError(self.expected)
        try:
            return strict_json.decode(text)
        except strict_json.NotJson as reason:
            raise ValueError(self.expected) from reason


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
