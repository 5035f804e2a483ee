"""Where to put computing in the inventory: a plan for a region's key sites, previewed or proven, stored nowhere."""

from dataclasses import dataclass

import numpy as np

from console.errors import Refused
from network.actions import denominator, graph
from network.actions.graph import Network
from network.kernels import failures, placement, topology
from network.kernels.definition import OFFICIAL, Definition, Failure
from network.kernels.placement import Goal, Plan, Question
from network.kernels.topology import Array, Flags, Indices, Weights
from network.models import Region, Site, SiteKind

CANDIDATE_KINDS = (SiteKind.OPTICAL, SiteKind.MACRO, SiteKind.DATA_CENTRE, SiteKind.CORE)
MOST_CANDIDATES = 500
STATES_PER_ROUND = 12
COST = "every new site costs 1: the inventory holds no prices"


@dataclass(frozen=True)
class Wish:
    """What a planner asks for."""

    goal: Goal
    definition: Definition = OFFICIAL
    times: int = 1
    from_scratch: bool = False  # as if no computing stood anywhere yet


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


@dataclass(frozen=True)
class _Case:
    weights: Weights
    demands: Indices
    candidates: Indices
    counted: Array
    question: Question


def preview(region: Region, wish: Wish) -> Proposal:
    """Return the greedy plan at once, with what it may miss.

    Raises:
        Refused: the region has nothing to count or no candidate, or the share asked for is out of reach.
    """
    return _propose(region, wish, is_proof=False)


def prove(region: Region, wish: Wish) -> Proposal:
    """Return the optimal plan with its proof; takes seconds to minutes.

    Raises:
        Refused: as `preview`.
    """
    return _propose(region, wish, is_proof=True)


def _propose(region: Region, wish: Wish, *, is_proof: bool) -> Proposal:
    network = graph.read()
    case = _case(network, region, wish)
    solve = placement.prove if is_proof else placement.preview
    try:
        if wish.definition.failure is Failure.NONE:
            plan = solve(case.question)
        else:
            plan = placement.surviving(case.question, lambda found: _fails(case, wish, found), solve)
    except ValueError as reason:
        raise Refused(str(reason)) from reason
    return _proposal(network, case, wish, plan)


def _case(network: Network, region: Region, wish: Wish) -> _Case:
    counted = denominator.weights(network, region, wish.definition.denominator)
    if counted is None:
        asked = wish.definition.denominator
        raise Refused(f"denominator: {asked} given; the inventory knows nothing of that in region {region.slug}")
    slugs = set(Site.objects.filter(region=region, kind__in=CANDIDATE_KINDS).values_list("slug", flat=True))
    is_candidate = np.array([slug in slugs for slug in network.slugs], bool)
    demands, candidates = np.flatnonzero(counted), np.flatnonzero(is_candidate)
    if not len(demands) or not 0 < len(candidates) <= MOST_CANDIDATES:
        raise Refused(f"region {region.slug} has {len(demands)} sites to count and {len(candidates)} candidates; "
                      f"expected some of both, and at most {MOST_CANDIDATES} candidates")  # fmt: skip
    weights = topology.weights(network.topology, wish.definition)
    reaches = placement.within(weights, demands, candidates, wish.definition.threshold_ms)
    stands = np.isin(candidates, network.centres) & (not wish.from_scratch)
    question = Question((reaches,), counted[demands], np.ones(len(candidates)), wish.goal, wish.times, stands)
    return _Case(weights, demands, candidates, counted, question)


def _fails(case: _Case, wish: Wish, plan: Plan) -> list[Flags]:
    """Return who reaches whom after the worst failures in which the plan does worse than it claims."""
    claimed = wish.goal.least_share if wish.goal.least_share is not None else plan.share
    losses = [loss for loss in _survey(case, wish, plan).losses if loss.share < claimed - placement.EPSILON]
    threshold_ms = wish.definition.threshold_ms
    return [
        placement.within(case.weights, case.demands, case.candidates, threshold_ms, (loss.kind, loss.index))
        for loss in losses[:STATES_PER_ROUND]
    ]


def _survey(case: _Case, wish: Wish, plan: Plan) -> failures.Survey:
    centres = case.candidates[list(plan.sites)]
    return failures.survey(case.weights, centres, case.counted, wish.definition.threshold_ms)


def _proposal(network: Network, case: _Case, wish: Wish, plan: Plan) -> Proposal:
    survey = _survey(case, wish, plan)
    is_now = wish.definition.failure is Failure.NONE
    named = {place: network.slugs[case.candidates[place]] for place in plan.sites}
    return Proposal(
        wish.definition,
        tuple(named.values()),
        tuple(slug for place, slug in named.items() if not case.question.stands[place]),
        plan.share if is_now else survey.share_after_worst or 0.0,
        survey.share or 0.0,
        survey.share_after_worst or 0.0,
        plan.cost,
        plan.bound,
        plan.gap if np.isfinite(plan.gap) else None,
        plan.is_proven,
    )
