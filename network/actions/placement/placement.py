"""Where to put computing in the inventory: a plan for a region's key sites, previewed or proven, stored nowhere."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from console.errors import Refused
from network.actions.circle import denominator
from network.actions.topology import graph
from network.kernels.placement import placement, siting
from network.kernels.placement.placement import Goal, Question, Solution
from network.kernels.placement.siting import Case, Solve
from network.kernels.topology import topology
from network.kernels.topology.definition import OFFICIAL, Definition, Failure, from_json
from network.models import Region, Site, SiteKind

CANDIDATE_KINDS = (SiteKind.OPTICAL, SiteKind.MACRO, SiteKind.DATA_CENTRE, SiteKind.CORE)
MOST_CANDIDATES = 500
COST = "every new site costs 1: the inventory holds no prices"


@dataclass(frozen=True)
class PlacementRequest:
    """What a planner asks for."""

    goal: Goal
    definition: Definition = OFFICIAL
    times: int = 1
    from_scratch: bool = False  # as if no computing stood anywhere yet

    def as_json(self) -> dict[str, Any]:
        """Return the request as plain values; the inverse of `request_of`."""
        goal = {name: value for name, value in asdict(self.goal).items() if value is not None}
        return {**goal, "definition": self.definition.as_json(), "times": self.times, "from_scratch": self.from_scratch}


def request_of(fields: Mapping[str, Any]) -> PlacementRequest:
    """Return the request with these plain values.

    Raises:
        ValueError: a field is out of range.
    """
    goal = Goal(**{name: fields[name] for name in ("most_sites", "most_cost", "least_share") if name in fields})
    return PlacementRequest(goal, from_json(fields["definition"]), fields["times"], fields["from_scratch"])


@dataclass(frozen=True)
class Proposal:
    """Where computing would stand, and what that is worth. The share is that of the definition, failures included."""

    definition: Definition
    sites: tuple[str, ...]
    new_sites: tuple[str, ...]
    share: float
    share_now: float
    share_after_worst: float
    cost: float
    bound: float
    gap: float | None  # None: not known
    is_proven: bool
    cost_definition: str = COST
    source: str = "modelled"

    def as_json(self) -> dict[str, Any]:
        """Return the proposal as plain values."""
        return {**asdict(self), "definition": {**self.definition.as_json(), "key": self.definition.key}}


@dataclass(frozen=True)
class Named:
    """A case, and what its candidates are called."""

    request: PlacementRequest
    case: Case
    slugs: tuple[str, ...]


def preview(region: Region, request: PlacementRequest) -> Proposal:
    """Return the greedy plan at once, with what it may miss.

    Raises:
        Refused: the region has nothing to count or no candidate, or the share asked for is out of reach.
    """
    return solved(case_of(region, request), placement.preview)


def prove(region: Region, request: PlacementRequest) -> Proposal:
    """Return the optimal plan with its proof; takes seconds to minutes.

    Raises:
        Refused: as `preview`.
    """
    return solved(case_of(region, request), placement.prove)


def solved(named: Named, solve: Solve) -> Proposal:
    """Return the proposal for a case.

    Raises:
        Refused: the share asked for is out of reach.
    """
    try:
        return proposal(named, siting.solved(named.case, solve))
    except ValueError as reason:
        raise Refused(str(reason)) from reason


def case_of(region: Region, request: PlacementRequest) -> Named:
    """Return what is asked, as the inventory is now.

    Raises:
        Refused: the region has nothing to count or no candidate.
    """
    network, definition = graph.read(), request.definition
    counted = denominator.weights(network, region, definition.denominator)
    if counted is None:
        asked = definition.denominator
        raise Refused(f"denominator: {asked} given; the inventory knows nothing of that in region {region.slug}")
    slugs = set(Site.objects.filter(region=region, kind__in=CANDIDATE_KINDS).values_list("slug", flat=True))
    is_candidate = np.array([slug in slugs for slug in network.slugs], bool)
    demands, candidates = np.flatnonzero(counted), np.flatnonzero(is_candidate)
    if not len(demands) or not 0 < len(candidates) <= MOST_CANDIDATES:
        raise Refused(
            f"region {region.slug} has {len(demands)} sites to count and {len(candidates)} candidates; "
            f"expected some of both, and at most {MOST_CANDIDATES} candidates"
        )
    weights = topology.weights(network.topology, definition)
    reaches = placement.within(weights, demands, candidates, definition.threshold_ms)
    stands = np.isin(candidates, network.centres) & (not request.from_scratch)
    question = Question((reaches,), counted[demands], np.ones(len(candidates)), request.goal, request.times, stands)
    survives = definition.failure is not Failure.NONE
    case = Case(weights, demands, candidates, counted, question, definition.threshold_ms, survives)
    return Named(request, case, tuple(network.slugs[node] for node in candidates.tolist()))


def proposal(named: Named, plan: Solution) -> Proposal:
    """Return a plan by the names of its sites, with what it is worth."""
    case, definition = named.case, named.request.definition
    survey = siting.survey(case, plan)
    return Proposal(
        definition,
        tuple(named.slugs[place] for place in plan.sites),
        tuple(named.slugs[place] for place in plan.sites if not case.question.stands[place]),
        (survey.share_after_worst or 0.0) if case.is_survived else plan.share,
        survey.share or 0.0,
        survey.share_after_worst or 0.0,
        plan.cost,
        plan.bound,
        plan.gap if np.isfinite(plan.gap) else None,
        plan.is_proven,
    )


def bounded(goal: Goal, best: Proposal, bound: float) -> Proposal:
    """Return a proposal with a bound, where it says more than the one known."""
    if goal.least_share is not None:
        bound = min(max(bound, best.bound), best.cost)
        gap = 0.0 if best.cost <= 0 else (best.cost - bound) / best.cost
    else:
        bound = max(min(bound, best.bound), best.share)
        gap = 0.0 if bound <= 0 else (bound - best.share) / bound
    return replace(best, bound=bound, gap=gap, is_proven=gap <= placement.EPSILON)
