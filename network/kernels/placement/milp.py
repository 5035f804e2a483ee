"""The mixed integer programme of covering: y chooses sites, z says who is inside in each state, the last is the worst.

The linear relaxation bounds every plan, and its reduced costs say which candidates no better plan can hold: the search
goes on without these, only among plans better than the best one known, so that finding none is the proof.

Source: G. L. Nemhauser, L. A. Wolsey, Integer and Combinatorial Optimization (1988), II.5 (reduced costs); HiGHS
through scipy.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import block_array, csr_array, eye_array, vstack

from network.kernels.placement.covering import EPSILON, Question, Solution, grouped, plan_of, with_bound
from network.kernels.topology.topology import Array, Flags

INFEASIBLE = 2  # scipy's word for it


@dataclass(frozen=True)
class Relaxed:
    """The optimum when sites may be chosen in part."""

    aim: float  # cost, or less the weight inside
    reduced: Array  # by how much the aim grows at least when a candidate is chosen

    def bound(self, question: Question) -> float:
        """Return what no plan can beat: a cost, or a weight."""
        return _as_bound(question, self.aim)

    def may_help(self, question: Question, best: Solution) -> Flags:
        """Return which candidates a plan better than the best may hold."""
        most = _better_than(question, best)
        keeps = self.aim + self.reduced <= most + EPSILON * max(1.0, abs(most))
        return np.asarray(keeps | question.stands)


class Programme:
    """The programme of a question, perhaps with some candidates left out."""

    def __init__(self, question: Question, kept: Flags | None = None) -> None:
        self._question = question
        self._kept = np.ones(len(question.cost), bool) if kept is None else kept
        groups = [grouped(state[:, self._kept], question.weight, question.times) for state in question.states]
        self._weights = [weight for _, weight in groups]
        self._count, self._inside = int(self._kept.sum()), sum(len(weight) for weight in self._weights)
        self._price = question.price[self._kept]
        reach = vstack([state for state, _ in groups]).astype(float)
        edge = eye_array(self._inside, format="csr") * question.times
        served = block_array([[-reach, edge, csr_array((self._inside, 1))]], format="csr")
        spent = csr_array(np.concatenate([self._price, np.zeros(self._inside + 1)])[None])
        self._rows = vstack([served, self._worths(), spent], format="csr")
        self._is_least = question.goal.least_share is not None

    def relaxed(self) -> Relaxed:
        """Solve the linear relaxation."""
        optimum = linprog(self._aimed(), self._rows, self._most(), bounds=np.stack(self._bounds(), axis=1))
        if optimum.status != 0:
            return Relaxed(-np.inf, np.zeros(len(self._question.cost)))
        reduced = np.zeros(len(self._question.cost))
        reduced[self._kept] = optimum.lower.marginals[: self._count]
        return Relaxed(float(optimum.fun), reduced)

    def better(self, best: Solution, time_s: float) -> Solution:
        """Search for so long among plans better than the best; return what was found, with what that proves.

        Args:
            best: the best plan known, with its bound.
            time_s: wall time. [s]
        """
        question, limit = self._question, _better_than(self._question, best)
        if self._is_least and limit < 0:
            return with_bound(question, best, best.cost)
        is_whole = np.zeros(self._count + self._inside + 1)
        is_whole[: self._count + (self._inside if question.times > 1 else 0)] = 1
        is_any_better = self._is_least and bool(np.ptp(question.cost) == 0)
        solution = milp(
            self._covering() if is_any_better else self._aimed(),
            integrality=is_whole,
            bounds=Bounds(*self._bounds(limit)),
            constraints=LinearConstraint(self._rows, -np.inf, self._most(limit)),
            options={"time_limit": time_s, "mip_rel_gap": 1.0 if is_any_better else self._spare(best)},
        )
        if solution.status == INFEASIBLE:
            return with_bound(question, best, best.cost if self._is_least else best.share * question.weight.sum())
        bound = None if is_any_better else solution.mip_dual_bound
        return self._read(solution, best, -np.inf if bound is None else float(bound))

    def _read(self, optimize_result: OptimizeResult, best: Solution, aim: float) -> Solution:
        question = self._question
        if optimize_result.x is not None:
            chosen = question.stands.copy()
            chosen[np.flatnonzero(self._kept)[optimize_result.x[: self._count] > 0.5]] = True
            plan = plan_of(question, chosen, _as_bound(question, -np.inf))
            enough = plan.share * question.weight.sum() >= question.wanted - EPSILON
            is_better = (
                (plan.cost, -plan.share) < (best.cost, -best.share) if self._is_least else plan.share > best.share
            )
            best = replace(plan, bound=best.bound) if enough and is_better else best
        return with_bound(question, best, _as_bound(question, aim))

    def _aimed(self) -> Array:
        """Return what to minimise: the cost, or less the worth of the only state, or less that of the worst."""
        if not self._is_least:
            return self._covering()
        aim = np.zeros(self._count + self._inside + 1)
        aim[: self._count] = self._price
        return aim

    def _covering(self) -> Array:
        aim = np.zeros(self._count + self._inside + 1)
        if len(self._weights) == 1:
            aim[self._count : -1] = -self._weights[0]  # solves sooner than by way of the last variable
        else:
            aim[-1] = -1.0
        return aim

    def _worths(self) -> csr_array:
        """Return one row per state: the worst state's worth is no more than this state's."""
        rows = np.zeros((len(self._weights), self._count + self._inside + 1))
        start = self._count
        for row, weight in zip(rows, self._weights, strict=True):
            row[start : start + len(weight)] = -weight
            start += len(weight)
        rows[:, -1] = 1.0
        return csr_array(rows)

    def _most(self, limit: float | None = None) -> Array:
        """Return the largest value of every row; the last is what may be spent."""
        money = min(self._question.limit, float(self._question.price.sum()))
        if self._is_least and limit is not None:
            money = min(money, limit)
        return np.concatenate([np.zeros(self._inside + len(self._weights)), [money]])

    def _bounds(self, limit: float | None = None) -> tuple[Array, Array]:
        """Return the least and largest value of every variable."""
        total = float(self._question.weight.sum())
        wanted = self._question.wanted - EPSILON if self._is_least else 0.0 if limit is None else min(-limit, total)
        stands = self._question.stands[self._kept].astype(float)
        lower = np.concatenate([stands, np.zeros(self._inside), [wanted]])
        return lower, np.concatenate([np.ones(self._count + self._inside), [total]])

    def _spare(self, best: Solution) -> float:
        """Return the relative gap below which whole numbers cannot differ; nil for others."""
        value = best.cost if self._is_least else best.share * float(self._question.weight.sum())
        return 0.9 / max(value, 1.0) if _is_whole(self._question) else 0.0


def _better_than(question: Question, best: Solution) -> float:
    """Return the largest aim of a plan better than this one."""
    least = question.goal.least_share is not None
    value = best.cost if least else -best.share * float(question.weight.sum())
    step = 1.0 - EPSILON if _is_whole(question) else 0.5 * EPSILON * abs(value)
    return value - step


def _is_whole(question: Question) -> bool:
    unit = question.cost if question.goal.least_share is not None else question.weight
    return bool(np.all(unit == np.rint(unit)))


def _as_bound(question: Question, aim: float) -> float:
    is_least = question.goal.least_share is not None
    return max(aim, 0.0) if is_least else min(-aim, float(question.weight.sum()))
