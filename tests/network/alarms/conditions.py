"""Conditions, alarms and holds as tests need them: of things that are told by a name alone."""

from collections.abc import Iterable
from dataclasses import field, make_dataclass
from datetime import datetime

from console.access.actor import HOME_PK
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_hold import Target, target_named
from network.actions.alarms.alarm_source import Look, delta_of
from network.actions.alarms.managed_object import ManagedObject, Name, ObjectId, of_site
from network.actions.alarms.problem import Problem, registered
from network.models import Alarm, AlarmType, Severity, subject
from tests.network.kinds import kind_of

THING = "thing"
subject.register(kind_of(THING, many=Name("things", "东西")))


def detail_of(figures: dict):
    """Return figures as the dataclass that a condition has."""
    return make_dataclass("Figures", [(name, object, field(default=None)) for name in figures])(**figures)


def problem(text: str, severity=Severity.MAJOR, alarm_type=AlarmType.COMMUNICATIONS, cause="lossOfSignal") -> Problem:
    """Return the problem of a text: the registered one, else one whose code is its text."""
    known = next((problem for problem in registered() if text in (problem.text, problem.code)), None)
    return Problem(known.code if known else text[:60], known.text if known else text, alarm_type, cause, severity)


def condition(  # noqa: PLR0913, PLR0917  short lines in tests
    subject, text, severity=Severity.MAJOR, alarm_type=AlarmType.COMMUNICATIONS, cause="lossOfSignal", site=None,
    detail=None, organisation=HOME_PK, kind=THING,
) -> AlarmCondition:  # fmt: skip
    """Return a condition of something that is called so; with a site, of that site under this name."""
    key = (of_site(site).kind, site.slug) if site else (kind, subject.removeprefix(f"{kind} "))
    about = ManagedObject(*key, Name(subject, ""), site)
    what = problem(text if isinstance(text, str) else text.text, severity, alarm_type, cause)
    return AlarmCondition(about, what, detail_of(detail) if detail else None, organisation=organisation)


def raised(conditions: Iterable[AlarmCondition], now: datetime) -> list[Alarm]:
    """Raise alarms; return the new ones."""
    return apply(Delta(list(conditions)), now).raised


def cleared(named: Iterable[tuple], now: datetime) -> list[Alarm]:
    """Clear the open alarms of (subject, text of the problem, owner); return those that ended."""
    over = set()
    for name, text, *owner in named:
        rows = Alarm.objects.active().filter(subject=name, specific_problem=text)
        alarms = rows.filter(organisation=owner[0] if owner else HOME_PK)
        over |= {Identity(*row) for row in alarms.values_list("object_kind", "object_key", "problem", "organisation")}
    return apply(Delta(over=over), now).ended


def looked(texts: Iterable[str], conditions: Iterable[AlarmCondition], unsure: Iterable, now: datetime) -> None:
    """Let a look that found this make its alarms; `unsure` are names, or (name, owner)."""
    pairs = [(text, HOME_PK) if isinstance(text, str) else text for text in unsure]
    ids = {ObjectId(THING, name, owner) for name, owner in pairs}
    apply(delta_of(Look([problem(text) for text in texts], list(conditions), ids)), now)


def target(subject, text="", organisation=HOME_PK) -> Target:
    """Return what is held, by its name."""
    return target_named(subject, text, organisation)
