"""The problems of root causes, and which of the elements that may explain a silence it was, where ports tell that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from console.actions.audit.audit import SYSTEM
from network.actions.alarms.alarm import end, tell
from network.actions.alarms.alarm_condition import AlarmCondition, RootCause, explained_by
from network.actions.alarms.problem import Problem, register
from network.actions.topology import graph, ports
from network.actions.topology.vantage import View
from network.kernels.topology.correlation import Cause, Element
from network.models import Alarm, AlarmType, Severity

CUT = register(Problem(
    "link_cut", "Link cut: everything behind it is silent", AlarmType.COMMUNICATIONS, "transmissionError",
    Severity.CRITICAL,
))  # fmt: skip
FAILED = register(Problem(
    "site_failed", "Site failed: everything behind it is silent", AlarmType.COMMUNICATIONS, "lossOfSignal",
    Severity.CRITICAL,
))  # fmt: skip
CUT_OR_FAILED = register(Problem(
    "link_cut_or_site_failed", "Link cut or site failed: everything behind it is silent", AlarmType.COMMUNICATIONS,
    "transmissionError", Severity.CRITICAL,
))  # fmt: skip
SLOW = register(Problem(
    "slow_behind", "Everything that is reached this way is slow", AlarmType.QUALITY_OF_SERVICE,
    "performanceDegraded", Severity.MAJOR,
))  # fmt: skip
PROBLEMS = (CUT, FAILED, CUT_OR_FAILED, SLOW)
CODES = tuple(problem.code for problem in PROBLEMS)
SURE = (CUT.code, FAILED.code)
LEAST_SITES = 2
"""One site alone is its own root cause, unless a port tells that the fibre to it is cut."""


@dataclass(frozen=True)
class _Told:
    """Links and sites that ports tell to have failed, by the numbers of the view."""

    links: frozenset[int]
    nodes: frozenset[int]

    def of(self, cause: Cause) -> tuple[Element, ...]:
        """Return the elements of a cause that are told to have failed: its links, else its sites."""
        links = tuple(element for element in cause.elements if element[0] == "link" and element[1] in self.links)
        return links or tuple(
            element for element in cause.elements if element[0] == "node" and element[1] in self.nodes
        )


def named(view: View, causes: Sequence[Cause], now: datetime) -> list[Cause]:
    """Return the causes worth an alarm, each with the elements that ports tell to have failed where they tell."""
    told = _told(view, now)
    made = []
    for cause in causes:
        failed = () if cause.is_all else told.of(cause)
        is_cut = any(kind == "link" for kind, _ in failed)
        if len(cause.affected) >= LEAST_SITES or is_cut:
            made.append(replace(cause, elements=failed or cause.elements))
    return made


def _told(view: View, now: datetime) -> _Told:
    cut, off = ports.cut_links(now), ports.sites_off(now)
    if not cut and not off:
        return _Told(frozenset(), frozenset())
    places = {site.slug: view.place[site.pk] for site in graph.snapshot().sites if site.pk in view.place}
    pairs = [frozenset(places[slug] for slug in ends if slug in places) for ends in cut]
    links = frozenset(view.numbers[pair] for pair in pairs if pair in view.numbers)
    return _Told(links, frozenset(places[slug] for slug in off if slug in places))


def is_known_better(condition: AlarmCondition, cause: RootCause, roots: Sequence[Alarm]) -> bool:
    """Whether a root cause that stands says surely what a condition says of several elements: ports told it once."""
    sure = [root for root in roots if root.problem in SURE]
    return condition.problem == CUT_OR_FAILED and any(set(cause.members) <= explained_by(root) for root in sure)


def replace_vague(roots: Sequence[Alarm], named: Sequence[tuple[AlarmCondition, RootCause]], now: datetime) -> None:
    """End the root causes that name several elements where by now it is known which of them it was."""
    sure = [set(cause.members) for condition, cause in named if condition.problem.code in SURE]
    vague = [root for root in roots if root.problem == CUT_OR_FAILED.code]
    tell(end([root for root in vague if any(explained_by(root) <= members for members in sure)], SYSTEM, now), now)
