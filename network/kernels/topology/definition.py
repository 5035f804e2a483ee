"""What "inside the one-millisecond circle" means: a versioned definition, never mixed with another in one figure.

Source: the notice on metropolitan millisecond computing (MIIT, October 2025) counts key sites at the optical layer, one
way; the other readings are shown beside it because each answers another question.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

VERSION = 1
MOST_THRESHOLD_MS = 1_000.0


class Layer(StrEnum):
    """Up to where a latency is counted."""

    OPTICAL = "optical"  # fibre and optical nodes
    IP = "ip"  # routers and queues as well
    END_TO_END = "end_to_end"  # the access as well: air interface or passive optical network


class Direction(StrEnum):
    """Whether the way back counts."""

    ONE_WAY = "one_way"
    ROUND_TRIP = "round_trip"


class Denominator(StrEnum):
    """What a share is a share of."""

    KEY_SITES = "key_sites"
    POPULATION = "population"
    AREA = "area"


class Failure(StrEnum):
    """In which state of the network the share is taken."""

    NONE = "none"
    WORST_SINGLE = "worst_single"  # of every link, site and data centre, the one that costs most


@dataclass(frozen=True)
class Definition:
    """One reading of the circle. Two shares may be compared only when their definitions are equal.

    Raises:
        ValueError: a field holds what it cannot; the text names field, value and what was expected.
    """

    layer: Layer
    direction: Direction
    threshold_ms: float = 1.0
    denominator: Denominator = Denominator.KEY_SITES
    failure: Failure = Failure.NONE
    version: int = VERSION

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            object.__setattr__(self, name, _one_of(kind, name, getattr(self, name)))
        if isinstance(self.threshold_ms, bool) or not isinstance(self.threshold_ms, int | float):
            raise ValueError(f"threshold_ms: {self.threshold_ms!r} given; expected a number")  # noqa: TRY004
        if not (isfinite(self.threshold_ms) and 0 < self.threshold_ms <= MOST_THRESHOLD_MS):
            raise ValueError(f"threshold_ms: {self.threshold_ms} given; expected above 0, at most {MOST_THRESHOLD_MS}")
        if self.version != VERSION:
            raise ValueError(f"version: {self.version!r} given; expected {VERSION}")

    @property
    def key(self) -> str:
        """The definition as one word, by which figures are stored and compared."""
        words = (self.layer, self.direction, f"{self.threshold_ms:g}ms", self.denominator, self.failure)
        return f"v{self.version}:" + ":".join(words)

    def as_json(self) -> dict[str, Any]:
        """Return the definition as plain values; the inverse of `from_json`."""
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(self).items()}


_CHOICES: dict[str, type[StrEnum]] = {
    "layer": Layer,
    "direction": Direction,
    "denominator": Denominator,
    "failure": Failure,
}


def from_json(fields: Mapping[str, Any]) -> Definition:
    """Return the definition with these plain values.

    Raises:
        ValueError: a field is missing, unknown or out of range.
    """
    unknown = sorted(set(fields) - set(Definition.__dataclass_fields__))
    missing = sorted({"layer", "direction"} - set(fields))
    if unknown or missing:
        raise ValueError(f"definition: {unknown or missing} {'unknown' if unknown else 'missing'}")
    return Definition(**fields)


def _one_of(kind: type[StrEnum], name: str, value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError:
        raise ValueError(f"{name}: {value!r} given; expected one of {', '.join(kind)}") from None


OFFICIAL = Definition(Layer.OPTICAL, Direction.ONE_WAY)
_SURVIVED = Failure.WORST_SINGLE
STANDARD: tuple[Definition, ...] = (
    OFFICIAL,
    Definition(Layer.OPTICAL, Direction.ONE_WAY, failure=_SURVIVED),
    Definition(Layer.OPTICAL, Direction.ROUND_TRIP),
    Definition(Layer.OPTICAL, Direction.ROUND_TRIP, failure=_SURVIVED),
    Definition(Layer.IP, Direction.ONE_WAY),
    Definition(Layer.IP, Direction.ONE_WAY, failure=_SURVIVED),
    Definition(Layer.IP, Direction.ROUND_TRIP),
    Definition(Layer.IP, Direction.ROUND_TRIP, failure=_SURVIVED),
    Definition(Layer.END_TO_END, Direction.ONE_WAY),
    Definition(Layer.END_TO_END, Direction.ROUND_TRIP),
    *(
        Definition(Layer.OPTICAL, Direction.ONE_WAY, denominator=counted, failure=failure)
        for counted in (Denominator.POPULATION, Denominator.AREA)
        for failure in Failure
    ),
)
"""What is shown side by side, the official reading first."""
