"""Stored plans of where to put computing: asking for one, proving it, cancelling, comparing, adopting, forgetting."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from console.actions import leased
from console.actions.audit.audit import Actor, record
from console.after_commit import after_commit
from console.door import intake
from console.errors import Refused
from console.live import hub
from network import runtimes
from network.actions import inventory
from network.actions.placement import placement
from network.actions.placement.placement import Named, PlacementRequest, Proposal
from network.events import PlanChanged
from network.kernels.placement import placement as kernel
from network.kernels.placement.placement import Solution
from network.kernels.placement.siting import Case
from network.models import PlacementPlan, PlanState, Region, Site

Clock = Callable[[], datetime]
Send = Callable[[str], object]
Prover = Callable[[Case, float], AbstractContextManager[runtimes.Proof]]
MOST_WAITING = 5
MOST_KEPT = 2_000
MOST_S = 500.0  # of a proof; the task's own limit and the broker's time-out are longer
RETENTION = timedelta(days=365)  # of plans that nobody adopted
MOST_PROBLEM = 400


@dataclass(frozen=True)
class Sizing:
    """What an adopted plan puts at each new site."""

    cores: int = 16
    memory_gb: float = 64.0
    accelerators: int = 0


@transaction.atomic
def ask(actor: Actor, region: Region, name: str, request: PlacementRequest, now: datetime, send: Send) -> PlacementPlan:
    """Queue a plan to be proven.

    Args:
        actor: who asks.
        region: whose sites are to be inside.
        name: under which it is kept.
        request: goal and definition.
        now: the present.
        send: hands its uuid to a worker, after the commit.

    Raises:
        Refused: this person has too many plans waiting, too many are kept, or nothing can be planned.
        Unavailable: there is no room for more plans.
    """
    intake.admit(intake.Work.BULK)
    ours = PlacementPlan.objects.filter(organisation=actor.organisation)
    waiting = ours.open().filter(asked_by=actor.name).count()
    if waiting >= MOST_WAITING:
        raise Refused(f"{waiting} plans wait for {actor.name}; expected fewer than {MOST_WAITING}: cancel one, or wait")
    if PlacementPlan.objects.count() >= MOST_KEPT:
        raise Refused(f"{MOST_KEPT} plans are kept already; delete some first")
    named = placement.case_of(region, request)
    made: PlacementPlan = PlacementPlan.objects.create(
        region=region, name=name, request=request.as_json(), inventory_version=named.case.digest, asked_by=actor.name,
        person=actor.person, asked_at=now, organisation_id=actor.organisation,
    )  # fmt: skip
    record(actor, "asked for a plan", f"plan {name}", now, uuid=str(made.uuid), region=region.slug, **made.request)
    _send(made, send)
    _tell(made, now)
    return made


def prove(uuid: UUID, clock: Clock, send: Send, prover: Prover = runtimes.proving) -> None:
    """Prove a plan, unless another is being proven, somebody else has it, or it ended; then hand on the next one.

    A database that is away is not the plan's failure: the error passes, the lease runs out, and it is proven again.

    Args:
        uuid: of the plan.
        clock: tells the time.
        send: hands the next plan's uuid to a worker.
        prover: starts the solver.
    """
    plan = PlacementPlan.objects.select_related("region").take(uuid, clock())
    if plan is None:
        return
    try:
        _prove(plan, clock, prover)
    except (Refused, ValueError, runtimes.SolverLost) as reason:
        _end(plan, PlanState.FAILED, clock(), problem=str(reason)[:MOST_PROBLEM])
    send_next(send)


def cancel(actor: Actor, plan: PlacementPlan, now: datetime) -> PlacementPlan:
    """Cancel a plan that waits or is being proven; its solver stops within a second or two.

    Raises:
        Refused: it has ended.
    """
    with transaction.atomic():
        if not plan.cancel(now):
            plan.refresh_from_db()
            raise Refused(f"plan {plan.name} has ended already: {plan.state}")
        record(actor, "cancelled a plan", f"plan {plan.name}", now, uuid=str(plan.uuid))
        _tell(plan, now)
    return plan


def adopt(
    actor: Actor, plan: PlacementPlan, valid_from: datetime, sizing: Sizing, now: datetime, *, is_old_fine: bool = False
) -> PlacementPlan:
    """Plan an edge node for every new site of a plan, to become real at a time.

    Args:
        actor: who adopts it.
        plan: that has ended with a proposal.
        valid_from: when the edge nodes become real.
        sizing: what each of them holds.
        now: the present.
        is_old_fine: adopt it even if the inventory has changed since it was proven.

    Raises:
        Refused: it has no proposal, was adopted, or the inventory has changed.
        Invalid: an edge node cannot be planned, such as where one of that name exists.
    """
    if plan.proposal is None or plan.ended_at is None:
        raise Refused(f"plan {plan.name} has nothing to adopt: {plan.state}")
    if not is_old_fine and not is_current(plan):
        raise Refused(f"the inventory has changed since plan {plan.name} was made; prove it again, or say is_old_fine")
    with transaction.atomic():
        if not plan.adopt(now, actor.name, valid_from):
            raise Refused(f"plan {plan.name} was adopted already")
        for values in _edge_nodes(plan, sizing):
            inventory.create(actor, "edge_node", values, now, valid_from, f"plan {plan.name}"[:200])
        new = plan.proposal["new_sites"]
        record(actor, "adopted a plan", f"plan {plan.name}", now, sites=new, valid_from=valid_from.isoformat())
        _tell(plan, now)
    return plan


def is_current(plan: PlacementPlan) -> bool:
    """Whether the inventory is still the one a plan was made for."""
    try:
        return placement.case_of(plan.region, placement.request_of(plan.request)).case.digest == plan.inventory_version
    except Refused:
        return False


def compared(plans: Sequence[PlacementPlan]) -> dict[str, Any]:
    """Return plans side by side: which new sites all have, which each has alone, and whether they may be compared."""
    sites = [set((plan.proposal or {}).get("new_sites", [])) for plan in plans]
    common = set.intersection(*sites)
    is_same = len({str(plan.request["definition"]) for plan in plans}) == 1
    others = [set().union(*(other for other in sites if other is not own)) for own in sites]
    return {
        "common": sorted(common),
        "alone": [sorted(own - other) for own, other in zip(sites, others, strict=True)],
        "is_same_definition": is_same,
        "is_same_inventory": len({plan.inventory_version for plan in plans}) == 1 if is_same else None,
        "plans": list(plans),
    }


def requeue_lost(now: datetime, send: Send) -> int:
    """Take up again plans whose worker was lost, once, and see that a waiting plan is begun. Return how many were."""
    rows = PlacementPlan.objects.select_related("region")
    count = leased.requeue_lost(rows, now, send=_wait_for_its_turn, tell=_tell)
    send_next(send)
    return count


def send_next(send: Send) -> None:
    """Hand the plan that waits longest to a worker, when none is being proven."""
    if PlacementPlan.objects.filter(state=PlanState.PROVING).exists():
        return
    following = PlacementPlan.objects.filter(state=PlanState.QUEUED).order_by("asked_at").first()
    if following:
        _send(following, send)


def _prove(plan: PlacementPlan, clock: Clock, prover: Prover) -> None:
    named = placement.case_of(plan.region, placement.request_of(plan.request))
    best = placement.solved(named, kernel.preview)  # valid at once, failures included
    first = best
    if not _hold(plan, clock(), inventory_version=named.case.digest, **_news(best, first)):
        return
    if not first.is_proven:
        with prover(named.case, MOST_S) as proof:
            for solution in proof:
                best = _better(named, best, solution, is_over=proof.is_over)
                if not (proof.is_over or _hold(plan, clock(), **(_news(best, first) if solution else {}))):
                    return
    state = PlanState.PROVEN if best.is_proven else PlanState.FAILED
    problem = "" if best.is_proven else f"not proven within {MOST_S:g} s: the best plan found is kept with its gap"
    _end(plan, state, clock(), problem=problem, **_news(best, first))


def _better(named: Named, best: Proposal, plan: Solution | None, *, is_over: bool) -> Proposal:
    """Return the best proposal after news. While failures are still being added, news are a bound and no plan."""
    if plan is None:
        return best
    if is_over or not named.case.is_survived:
        return placement.proposal(named, plan)
    return placement.bounded(named.request.goal, best, plan.bound)


def _news(best: Proposal, first: Proposal) -> dict[str, Any]:
    closed = None if best.gap is None or first.gap is None else 1.0 if not first.gap else 1 - best.gap / first.gap
    progress = 1.0 if best.is_proven else None if closed is None else min(max(closed, 0.0), 1.0)
    return {
        "proposal": best.as_json(), "cost": best.cost, "bound": best.bound, "gap": best.gap, "progress_share": progress,
    }  # fmt: skip


def _edge_nodes(plan: PlacementPlan, sizing: Sizing) -> list[Mapping[str, Any]]:
    new = (plan.proposal or {})["new_sites"]
    sites = Site.objects.in_bulk(new, field_name="slug")
    if gone := [slug for slug in new if slug not in sites]:
        raise Refused(f"site {gone[0]} of plan {plan.name} is no longer in the inventory")
    return [
        {
            "slug": f"edge-{slug}"[:40], "site": slug, "name_en": f"{sites[slug].name_en} edge node"[:80],
            "name_zh": f"{sites[slug].name_zh}边缘节点"[:80], "cores": sizing.cores, "memory_gb": sizing.memory_gb,
            "accelerators": sizing.accelerators,
        }
        for slug in new
    ]  # fmt: skip


@transaction.atomic
def _hold(plan: PlacementPlan, now: datetime, **news: Any) -> bool:
    if not plan.renew(now, **news):
        return False
    if news:
        _tell(plan, now)
    return True


@transaction.atomic
def _end(plan: PlacementPlan, state: PlanState, now: datetime, **news: Any) -> None:
    if plan.end(state, now, **news):
        _tell(plan, now)


def _send(plan: PlacementPlan, send: Send) -> None:
    after_commit(send, str(plan.uuid))


def _wait_for_its_turn(_: PlacementPlan) -> None:
    """Send nothing: what waits longest is sent when no plan is being proven."""


def _tell(plan: PlacementPlan, now: datetime) -> None:
    hub.publish(PlanChanged(at=now, plan=plan_json(plan), organisation=plan.organisation_id))


def plan_json(plan: PlacementPlan) -> dict[str, Any]:
    """Return a plan as browsers and the REST API show it. Its region must have been selected."""
    names = (
        "name", "state", "attempts", "progress_share", "bound", "gap", "proposal", "cost", "inventory_version",
        "asked_by", "asked_at", "started_at", "ended_at", "adopted_at", "adopted_by", "adopted_from", "problem",
    )  # fmt: skip
    shown = {name: getattr(plan, name) for name in names}
    key = placement.request_of(plan.request).definition.key
    return {"id": str(plan.uuid), "region": plan.region.slug, "definition_key": key, "wish": plan.request, **shown}
