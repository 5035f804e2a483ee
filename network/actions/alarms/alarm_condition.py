"""A condition that calls for an alarm, what tells it apart from every other, and what of conditions a round changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

from console.access.actor import HOME_PK
from network.actions.alarms.managed_object import EVERY, ManagedObject, Name, ObjectId
from network.actions.alarms.problem import Problem
from network.models import Alarm, Severity


class Identity(NamedTuple):
    """What tells an open alarm apart: its managed object, its problem, and who owns the object."""

    object_kind: str
    object_key: str
    problem: str
    organisation: int = HOME_PK

    @property
    def object_id(self) -> ObjectId:
        """The object, and whose it is."""
        return ObjectId(self.object_kind, self.object_key, self.organisation)

    @property
    def of_every(self) -> "Identity":
        """The identity of the alarm that stands for all objects of the kind together."""
        return self._replace(object_key=EVERY)


class Detail(Protocol):
    """The figures behind an alarm: a dataclass per family of problems, whose fields are those of the wire."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True)
class AlarmCondition:
    """Something that is wrong now. `organisation` owns it, and so the alarm: nobody else sees it but who sees all.

    What is of the network itself, or of Loft, is of those who run it. `grade`: the circumstance that decides how grave
    it is, one of the problem's; empty: the usual one. `severity`: what its owner makes of that (`severity.rated`).
    """

    about: ManagedObject
    problem: Problem
    detail: Detail | None = None
    grade: str = ""
    organisation: int = HOME_PK
    severity: Severity | None = None

    @property
    def identity(self) -> Identity:
        """What tells it apart."""
        return Identity(self.about.kind, self.about.key, self.problem.code, self.organisation)

    @property
    def name(self) -> Name:
        """What its object is called."""
        return self.about.name.fitted

    @property
    def perceived_severity(self) -> Severity:
        """How grave it is."""
        return self.severity or self.problem.severity_of(self.grade)

    @property
    def detail_json(self) -> dict[str, Any]:
        """Its figures as the row keeps them."""
        return asdict(self.detail) if self.detail else {}


@dataclass(frozen=True)
class Delta:
    """What a round changed: conditions that hold, and what holds no more. Of what is in neither nothing is said."""

    found: Sequence[AlarmCondition] = ()
    over: Collection[Identity] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Crowd:
    """The figures of an alarm that stands for many objects with the same problem."""

    count: int
    subjects: Sequence[str]
    objects: Sequence[str]
    sites: int = 0
    of: Sequence[str] = ()  # what each came of, such as the orders that failed


@dataclass(frozen=True)
class Failure:
    """The figures of an alarm of something that was asked for and failed: `of` is the order that failed."""

    of: str
    problem: str
    asked_by: str


@dataclass(frozen=True)
class Reason:
    """Why something cannot be done, in words."""

    reason: str


@dataclass(frozen=True)
class RootCause:
    """The figures of a root cause: how many sites it explains, their slugs, and the names of what may have failed."""

    sites: int
    causes: Sequence[str]
    is_every_one: bool  # all of these failed together; else one of them did
    members: Sequence[str]  # as many as are named


def identity_of(alarm: Alarm) -> Identity:
    """Return what tells an alarm apart."""
    return Identity(alarm.object_kind, alarm.object_key, alarm.problem, alarm.owner_pk)


def root_cause_of(alarm: Alarm) -> RootCause | None:
    """Return the figures of a root cause; None of another alarm."""
    detail = alarm.detail
    if "members" not in detail:
        return None
    return RootCause(
        detail.get("sites", 0), detail.get("causes", []), detail.get("is_every_one", False), detail["members"]
    )


def explained_by(alarm: Alarm) -> set[str]:
    """Return the slugs of the sites that a root cause explains, as far as it names them; none of another alarm."""
    cause = root_cause_of(alarm)
    return set(cause.members) if cause else set()


def objects_of(object_key: str, detail: Mapping[str, Any]) -> list[str]:
    """Return the keys of the objects that an alarm is about, as far as one that stands for many names them."""
    return list(detail.get("objects", ())) if object_key == EVERY else [object_key]
