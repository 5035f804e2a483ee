"""How long it takes to say where computing belongs: the live preview, the proof, and the p-median."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from console.bench import Row, bench
from network.kernels.placement import median, placement
from network.kernels.placement.placement import Goal, Question, Solution
from network.management.chatter import chatter_to_stderr

DEMANDS, CANDIDATES, SITES = 1_000, 200, 10
REACHES = {"": 0.12, "_wide": 0.18}  # of the side of the square on which demands and candidates lie; wider is harder
HARDEST = (("costs", 1, 0.25, 0.75, False), ("flat", 2, 0.18, 0.9, True))  # of 54 cases: seeds, reaches, costs, shares
MEDIANS = ((100, 200, 5), (100, 200, 10), (400, 3_200, 40), (900, 16_200, 5))
Result = TypeVar("Result")


@bench("placement")
def run() -> Iterator[Row]:
    """Yield the preview and the proof of three goals, and the p-median at published sizes."""
    for suffix, reach in REACHES.items():
        yield from covering_rows(DEMANDS, CANDIDATES, reach, suffix)
    for name, seed, reach, share, is_flat in HARDEST:
        yield hardest_row(name, seed, reach, share, is_flat=is_flat)
    for nodes, edges, p in MEDIANS:
        yield median_row(nodes, edges, p)


def covering_rows(demands: int, candidates: int, reach: float, suffix: str = "") -> Iterator[Row]:
    """Yield seconds of the proof beside those of the preview; the ratio is the proven value over the previewed."""
    size = f"{demands} demands x {candidates} candidates, reach {reach}, CPU time"
    for name, goal in (
        ("sites", Goal(most_sites=SITES)),
        ("budget", Goal(most_cost=80.0)),
        ("share", Goal(least_share=0.75)),
    ):
        question = city(demands, candidates, goal, reach)
        preview_s, first = _cpu_s(partial(placement.preview, question))
        proof_s, best = _cpu_s(partial(placement.prove, question))
        better = first.cost / best.cost if goal.least_share is not None else best.share / max(first.share, 1e-9)
        note = f"{size}; baseline the greedy preview, ratio how much better the plan is; {_said(best)}"
        yield Row(f"placement_{name}{suffix}", round(proof_s, 3), "s", round(preview_s, 4), round(better, 4), note)


def hardest_row(name: str, seed: int, reach: float, share: float, *, is_flat: bool) -> Row:
    """Measure a proof of those that take longest: least cost for a share, costs as they are or all the same."""
    question = city(DEMANDS, CANDIDATES, Goal(least_share=share), reach, seed)
    question = replace(question, cost=np.ones_like(question.cost)) if is_flat else question
    preview_s, first = _cpu_s(partial(placement.preview, question))
    proof_s, best = _cpu_s(partial(placement.prove, question))
    note = f"{DEMANDS} demands x {CANDIDATES} candidates, reach {reach}, share {share}, seed {seed}; {_said(best)}"
    ratio = round(first.cost / best.cost, 4)
    return Row(f"placement_hardest_{name}", round(proof_s, 3), "s", round(preview_s, 4), ratio, note)


def median_row(nodes: int, edges: int, p: int) -> Row:
    """Measure the proof of a p-median; the ratio is the cost of the first plan over the optimum."""
    distance, count = median.parse_orlib(graph_text(nodes, edges, p))
    first_s, first = _cpu_s(partial(median.greedy, distance, count))
    proof_s, best = _cpu_s(partial(median.solve, distance, count))
    note = (
        f"{nodes} nodes, {edges} edges, p {p}; optimum {best.cost:g}, bound {best.bound:g}; baseline greedy, CPU time"
    )
    better = median.cost_of(distance, first) / best.cost
    return Row(f"placement_median_{nodes}_{p}", round(proof_s, 3), "s", round(first_s, 4), round(better, 4), note)


def city(demands: int, candidates: int, goal: Goal, reach: float, seed: int = 0) -> Question:
    """Return a seeded question: places on a square, whole weights and costs."""
    rng = np.random.default_rng(seed)
    homes, sites = rng.random((demands, 2)), rng.random((candidates, 2))
    reaches = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1)) <= reach
    weight, cost = rng.integers(1, 100, demands), rng.integers(5, 15, candidates)
    return Question((reaches,), weight.astype(float), cost.astype(float), goal)


def graph_text(nodes: int, edges: int, p: int) -> str:
    """Return a connected random graph in the format of the OR-Library, costs 1 to 100."""
    rng = np.random.default_rng(7)
    rows = [(int(rng.integers(1, node)), node, int(rng.integers(1, 101))) for node in range(2, nodes + 1)]
    rows += [(*(rng.permutation(nodes)[:2] + 1).tolist(), int(rng.integers(1, 101))) for _ in range(edges - len(rows))]
    return "\n".join([f"{nodes} {edges} {p}", *(f"{a} {b} {cost}" for a, b, cost in rows)])


def _said(plan: Solution) -> str:
    return f"share {plan.share:.4f}, cost {plan.cost:g}, {'proven' if plan.is_proven else f'gap {plan.gap:.4f}'}"


def _cpu_s(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.process_time()
    with chatter_to_stderr():
        result = work()
    return time.process_time() - started, result
