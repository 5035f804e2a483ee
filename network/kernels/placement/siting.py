"""A case of placement on a network: demands, candidates, and which failures a plan has to outlive.

Everything a solver needs, and nothing of the inventory, so that it can be handed to another process.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from network.kernels.placement import placement
from network.kernels.placement.placement import Question, Solution
from network.kernels.topology import failures
from network.kernels.topology.failures import Survey
from network.kernels.topology.topology import Array, Flags, Indices, Weights

STATES_PER_ROUND = 12
Solve = Callable[[Question], Solution]


@dataclass(frozen=True)
class Case:
    """Where computing may be put, for whom, and whether any single failure must be outlived."""

    weights: Weights
    demands: Indices  # nodes to be inside
    candidates: Indices  # nodes where computing may be put, as the question numbers them
    counted: Array  # weight of every node
    question: Question
    threshold_ms: float
    is_survived: bool

    @property
    def digest(self) -> str:
        """What changes whenever a figure of the case does."""
        question, sha256 = self.question, hashlib.sha256(repr((self.threshold_ms, self.is_survived)).encode())
        weights = self.weights
        for array in (
            weights.tail, weights.head, weights.arc_ms, weights.end_ms, self.demands, self.candidates, self.counted,
            question.cost, question.stands,
        ):  # fmt: skip
            sha256.update(np.ascontiguousarray(array).tobytes() + b"|")
        return sha256.hexdigest()[:16]


def solved(case: Case, solve: Solve) -> Solution:
    """Return a plan for a case.

    Args:
        case: what is asked.
        solve: `placement.prove` or `placement.preview`.

    Raises:
        ValueError: the share asked for cannot be reached with all candidates.
    """
    if not case.is_survived:
        return solve(case.question)
    return placement.surviving(case.question, lambda plan: _fails(case, plan), solve)


def survey(case: Case, plan: Solution) -> Survey:
    """Return who is inside with a plan, and what every single failure takes out of it."""
    return failures.survey(case.weights, case.candidates[list(plan.sites)], case.counted, case.threshold_ms)


def _fails(case: Case, plan: Solution) -> list[Flags]:
    """Return who reaches whom after the worst failures in which the plan does worse than it claims."""
    goal = case.question.goal
    claimed = goal.least_share if goal.least_share is not None else plan.share
    losses = [loss for loss in survey(case, plan).losses if loss.share < claimed - placement.EPSILON]
    return [
        placement.within(case.weights, case.demands, case.candidates, case.threshold_ms, (loss.kind, loss.index))
        for loss in losses[:STATES_PER_ROUND]
    ]
