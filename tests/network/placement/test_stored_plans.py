"""Stored plans: asked for, proven by one worker at a time, cancelled, lost and found, compared, adopted."""

from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from console.actions.audit.audit import SYSTEM, Actor
from console.errors import Invalid, Refused
from network import runtimes
from network.actions import inventory
from network.actions.placement import placement, plan
from network.actions.placement.placement import PlacementRequest
from network.actions.placement.plan import Sizing
from network.kernels.placement.placement import Goal, Solution
from network.kernels.topology.definition import OFFICIAL, Definition
from network.models import Change, EdgeNode, Link, PlacementPlan, PlanState
from tests.conftest import NOON
from tests.retention import deleted

LATER = NOON + timedelta(days=30)
FAR = NOON.replace(year=2100)  # for REST, which goes by the clock
TWICE = PlacementRequest(
    Goal(least_share=0.8), times=2
)  # five of six reached twice: fifteen needed, three from each site
EVERYBODY = PlacementRequest(Goal(least_share=1.0))
SURVIVED = PlacementRequest(Goal(least_share=5 / 6), Definition("optical", "one_way", failure="worst_single"))


@pytest.fixture
def ring(make_site):
    """Six access points on a ring of 150 km links, all key sites: each reaches its neighbours within a millisecond."""
    sites = [
        make_site(f"oa-{n}", kind="optical_access", is_key_site=True, name_en=f"OA {n}", name_zh=f"接入{n}")
        for n in range(6)
    ]
    for a, b in zip(sites, [*sites[1:], sites[0]], strict=True):
        Link.objects.create(a=a, b=b, length_km=150, rate_gbps=100, changed_at=NOON)
    return sites


@pytest.fixture
def sent():
    return []


@pytest.fixture
def ask(ring, region, sent, django_capture_on_commit_callbacks):
    """Ask for a plan; what would be handed to a worker is in `sent`."""

    def make(wanted=EVERYBODY, name="all in", actor=SYSTEM):
        with django_capture_on_commit_callbacks(execute=True):
            return plan.ask(actor, region, name, wanted, NOON, sent.append)

    return make


class Said(list):
    """A solver that says what it was told to."""

    is_over = False

    def __iter__(self):
        for event in super().__iter__():
            self.is_over = event is self[-1]
            yield event


def saying(*plans, during=lambda: None):
    @contextmanager
    def prover(_case, _most_s):
        during()
        yield Said(plans)

    return prover


def clock():
    return NOON


def prove(asked, prover=runtimes.proving, sent=()):
    plan.prove(asked.pk, clock, list(sent).append, prover)
    asked.refresh_from_db()
    return asked


def test_a_plan_is_kept_with_its_request_and_handed_to_a_worker(ask, sent):
    asked = ask(SURVIVED)
    assert (asked.state, asked.name, sent) == ("queued", "all in", [str(asked.pk)])
    assert placement.request_of(asked.request) == SURVIVED
    assert len(asked.inventory_version) == 16


def test_the_solver_in_its_own_process_proves_it(ask):
    asked = prove(ask(TWICE))
    assert (asked.state, asked.cost, asked.bound, asked.gap, asked.progress_share) == ("proven", 4.0, 4.0, 0.0, 1.0)
    assert len(asked.proposal["new_sites"]) == 4
    assert asked.proposal["definition"]["key"] == OFFICIAL.key
    assert (asked.started_at, asked.ended_at, asked.claim, asked.attempts) == (NOON, NOON, None, 1)


def test_a_plan_for_the_worst_failure_is_the_one_that_the_command_proves(ask, region):
    asked = prove(ask(SURVIVED))
    assert asked.state == "proven"
    assert asked.cost == placement.prove(region, SURVIVED).cost
    assert asked.proposal["share_after_worst"] >= 5 / 6 - 1e-9


def test_what_cannot_be_reached_fails_with_the_reason(ask):
    asked = ask(PlacementRequest(Goal(least_share=1.0), SURVIVED.definition))
    Link.objects.all().delete()
    failed = prove(asked)
    assert (failed.state, failed.proposal) == ("failed", None)
    assert "all candidates together reach" in failed.problem


def test_the_greedy_plan_is_there_while_the_proof_is_under_way(ask):
    asked, seen = ask(SURVIVED), []

    def look():
        seen.append(PlacementPlan.objects.get())

    prove(asked, saying(Solution((0, 2, 4), 5 / 6, 3.0, 3.0, 0.0), during=look))
    assert (seen[0].state, seen[0].proposal["is_proven"]) == ("proving", False)
    assert (seen[0].cost, seen[0].bound, seen[0].gap, seen[0].progress_share) == (4.0, 2.0, 0.5, 0.0)


def test_progress_is_the_part_of_the_first_gap_that_is_closed(ask):
    asked = ask(PlacementRequest(Goal(most_sites=3), times=2))
    done = prove(asked, saying(None, Solution((0, 1, 2), 0.5, 3.0, 0.6, 1 / 6)))
    assert (done.state, done.gap, done.progress_share) == ("failed", pytest.approx(1 / 6), pytest.approx(0.5))
    assert "kept with its gap" in done.problem
    assert done.proposal["new_sites"] == ["oa-0", "oa-1", "oa-2"]


def test_while_failures_are_added_news_are_a_bound_and_no_plan(ask):
    asked, seen = ask(SURVIVED), []

    class Watched(Said):
        def __iter__(self):
            for event in super().__iter__():
                yield event
                comparison = PlacementPlan.objects.get()
                seen.append((comparison.cost, comparison.bound, comparison.progress_share))

    @contextmanager
    def prover(_case, _most_s):
        yield Watched([Solution((0, 3), 1.0, 2.0, 3.0, 0.0), Solution((0, 2, 4), 5 / 6, 3.0, 3.0, 0.0)])

    prove(asked, prover)
    assert seen[0] == (4.0, 3.0, 0.5)  # the plan of the moment does not outlive a failure


def test_a_lost_solver_fails_the_plan_and_keeps_the_greedy_one(ask):
    @contextmanager
    def dead(case, _most_s):
        with runtimes.proving(case, 1.0) as proof:
            proof._process.kill()
            yield proof

    done = prove(ask(SURVIVED), dead)
    assert (done.state, done.proposal is None) == ("failed", False)
    assert "the solver ended with code -9" in done.problem


def test_one_plan_is_proven_at_a_time_and_the_next_follows(ask, sent, django_capture_on_commit_callbacks):
    first, second = ask(name="first"), ask(name="second")
    assert PlacementPlan.objects.take(first.pk, NOON) is not None
    assert PlacementPlan.objects.take(second.pk, NOON) is None
    with django_capture_on_commit_callbacks(execute=True):
        plan.send_next(sent.append)
    assert sent == [str(first.pk), str(second.pk)]  # as they were asked for; nothing more while one is proven
    first.refresh_from_db()
    assert first.end(PlanState.PROVEN, NOON)
    with django_capture_on_commit_callbacks(execute=True):
        plan.send_next(sent.append)
    assert sent[2:] == [str(second.pk)]


def test_a_plan_is_taken_once(ask):
    asked = ask()
    assert PlacementPlan.objects.take(asked.pk, NOON) is not None
    assert PlacementPlan.objects.take(asked.pk, NOON) is None
    assert PlacementPlan.objects.get().attempts == 1


def test_the_plan_of_a_killed_worker_is_taken_up_again_exactly_once(ask, sent, django_capture_on_commit_callbacks):
    asked = ask()
    PlacementPlan.objects.take(asked.pk, NOON)
    for after_s, comparison in ((5, 0), (11, 1), (11, 0)):
        with django_capture_on_commit_callbacks(execute=True):
            assert plan.requeue_lost(NOON + timedelta(seconds=after_s), sent.append) == comparison
    asked.refresh_from_db()
    assert asked.state == "queued"
    PlacementPlan.objects.take(asked.pk, NOON)
    with django_capture_on_commit_callbacks(execute=True):
        assert plan.requeue_lost(NOON + timedelta(seconds=11), sent.append) == 1
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("failed", "its worker was lost 2 times")


def test_who_lost_the_claim_changes_nothing(ask):
    asked = ask()
    slow = PlacementPlan.objects.take(asked.pk, NOON)
    plan.requeue_lost(NOON + timedelta(seconds=11), lambda _: None)
    assert not slow.renew(NOON)
    assert not slow.end(PlanState.PROVEN, NOON)
    asked.refresh_from_db()
    assert asked.state == "queued"


def test_a_waiting_plan_is_cancelled_and_never_begun(ask):
    asked = ask()
    plan.cancel(SYSTEM, asked, NOON)
    assert prove(asked).state == "cancelled"
    assert asked.attempts == 0
    with pytest.raises(Refused, match="has ended already: cancelled"):
        plan.cancel(SYSTEM, asked, NOON)


def test_a_cancelled_proof_stops_at_its_next_breath(ask):
    asked = ask(SURVIVED)

    def cancel():
        plan.cancel(SYSTEM, PlacementPlan.objects.select_related("region").get(), NOON)

    done = prove(asked, saying(None, None, Solution((0, 3), 1.0, 2.0, 2.0, 0.0), during=cancel))
    assert (done.state, done.ended_at) == ("cancelled", NOON)
    assert done.proposal is not None  # the greedy plan may still be adopted


def test_a_person_has_few_plans_waiting(ask):
    somebody = Actor("somebody")
    for number in range(plan.MOST_WAITING):
        ask(name=str(number), actor=somebody)
    with pytest.raises(Refused, match="5 plans wait for somebody"):
        ask(actor=somebody)
    ask(actor=Actor("somebody else"))


def test_an_adopted_plan_becomes_planned_edge_nodes_that_are_real_at_their_time(ask):
    done = prove(ask())
    plan.adopt(SYSTEM, done, LATER, Sizing(cores=32), NOON)
    planned = list(Change.objects.planned())
    assert sorted(change.key for change in planned) == sorted(f"edge-{slug}" for slug in done.proposal["new_sites"])
    assert {change.reason for change in planned} == {"plan all in"}
    assert not EdgeNode.objects.exists()
    inventory.apply_due(LATER)
    nodes = list(EdgeNode.objects.select_related("site"))
    assert [node.cores for node in nodes] == [32, 32]
    assert nodes[0].name_zh == f"{nodes[0].site.name_zh}边缘节点"
    assert (done.adopted_by, done.adopted_from) == ("system", LATER)


def test_a_plan_is_adopted_once_and_not_before_it_has_ended(ask):
    asked = ask()
    with pytest.raises(Refused, match="nothing to adopt: queued"):
        plan.adopt(SYSTEM, asked, LATER, Sizing(), NOON)
    done = prove(asked)
    plan.adopt(SYSTEM, done, LATER, Sizing(), NOON)
    with pytest.raises(Refused, match="adopted already"):
        plan.adopt(SYSTEM, done, LATER, Sizing(), NOON, is_old_fine=True)
    assert Change.objects.planned().count() == 2


def test_a_plan_for_another_inventory_is_adopted_only_knowingly(ask):
    done = prove(ask())
    assert plan.is_current(done)
    Link.objects.filter(pk=Link.objects.first().pk).update(length_km=140, revision=1)
    assert not plan.is_current(done)
    with pytest.raises(Refused, match="the inventory has changed"):
        plan.adopt(SYSTEM, done, LATER, Sizing(), NOON)
    plan.adopt(SYSTEM, done, LATER, Sizing(), NOON, is_old_fine=True)
    assert done.adopted_at == NOON


def test_nothing_is_planned_when_one_of_the_edge_nodes_cannot_be(ask):
    done = prove(ask())
    taken = done.proposal["new_sites"][-1]
    inventory.create(
        SYSTEM,
        "edge_node",
        {"slug": f"edge-{taken}", "site": "oa-1", "name_en": "x", "name_zh": "x", "cores": 4, "memory_gb": 8},
        NOON,
    )
    with pytest.raises(Invalid):
        plan.adopt(SYSTEM, done, LATER, Sizing(), NOON, is_old_fine=True)
    done.refresh_from_db()
    assert (done.adopted_at, Change.objects.planned().count()) == (None, 0)


def test_plans_are_compared_by_what_they_share(ask):
    first, two = prove(ask(name="one")), prove(ask(PlacementRequest(Goal(most_sites=1)), "two"))
    comparison = plan.compared([first, two])
    own, other = (set(each.proposal["new_sites"]) for each in (first, two))
    assert set(comparison["common"]) == own & other
    assert [set(alone) for alone in comparison["alone"]] == [own - other, other - own]
    assert (comparison["is_same_definition"], comparison["is_same_inventory"]) == (True, True)
    survived = plan.compared([first, ask(SURVIVED)])
    assert (survived["is_same_definition"], survived["is_same_inventory"]) == (False, None)


def test_old_plans_are_forgotten_unless_adopted(ask):
    kept, gone = prove(ask(name="kept")), prove(ask(name="gone"))
    plan.adopt(SYSTEM, kept, LATER, Sizing(), NOON)
    assert deleted("plans", NOON + plan.RETENTION) == 0
    assert deleted("plans", NOON + plan.RETENTION + timedelta(days=1)) == 1
    assert not PlacementPlan.objects.filter(pk=gone.pk).exists()


def post(client, path="", **body):
    return client.post(f"/api/v1/placement/plans{path}", body, format="json")


def test_a_planner_asks_for_a_plan_over_rest_and_reads_it(ring, signed_in):
    planner = signed_in("planner")
    answer = post(planner, region="here", least_share=1.0, name="north", failure="worst_single")
    asked = answer.json()
    assert (answer.status_code, asked["state"], asked["name"], asked["region"]) == (202, "queued", "north", "here")
    assert asked["definition_key"].endswith("key_sites:worst_single")
    assert asked["proposal"] is asked["gap"] is asked["progress_share"] is None
    listed = planner.get("/api/v1/placement/plans").json()
    assert [row["id"] for row in listed["results"]] == [asked["id"]]
    assert planner.get(f"/api/v1/placement/plans/{asked['id']}").json()["is_current"] is True
    assert "north" in planner.get("/api/v1/placement/plans?format=csv").content.decode()
    assert post(planner, f"/{asked['id']}/cancel").json()["state"] == "cancelled"
    again = post(planner, f"/{asked['id']}/cancel")
    assert (again.status_code, "ended already" in again.json()["detail"]) == (409, True)


def test_a_planner_adopts_and_compares_over_rest(ask, signed_in):
    first, two = prove(ask(name="one")), prove(ask(name="two"))
    planner = signed_in("planner")
    done = post(planner, f"/{first.pk}/adopt", valid_from=FAR.isoformat(), cores=8)
    assert (done.status_code, datetime.fromisoformat(done.json()["adopted_from"])) == (200, FAR)
    assert post(planner, f"/{first.pk}/adopt", valid_from=FAR.isoformat()).status_code == 409
    assert post(planner, f"/{two.pk}/adopt").status_code == 400
    clash = post(planner, f"/{two.pk}/adopt", valid_from=(FAR + timedelta(days=1)).isoformat())
    assert clash.status_code == 400  # edge nodes of these names are planned before
    comparison = planner.get(f"/api/v1/placement/plans/compare?id={first.pk}&id={two.pk}").json()
    assert (len(comparison["plans"]), comparison["is_same_definition"]) == (2, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"region": "here", "least_share": 1.0}, 400),
        ({"region": "here", "name": "x"}, 400),
        ({"region": "nowhere", "least_share": 1.0, "name": "x"}, 404),
        ({"region": "here", "least_share": 1.0, "name": "x" * 81}, 400),
        ({"region": "here", "least_share": 1.0, "name": "x", "denominator": "area"}, 409),
    ],
)
def test_a_wrong_request_for_a_plan_is_refused(ring, signed_in, body, status):
    assert post(signed_in("planner"), **body).status_code == status
    assert not PlacementPlan.objects.exists()


@pytest.mark.parametrize("query", ["", "?id=1&id=2", "?id=0e6f8a3e-0000-4000-8000-000000000000"])
def test_a_wrong_comparison_is_refused(ring, signed_in, query):
    assert signed_in("planner").get(f"/api/v1/placement/plans/compare{query}").status_code == 400


def test_a_plan_that_is_none_is_not_found(ring, signed_in):
    nobody = "/0e6f8a3e-0000-4000-8000-000000000000"
    planner = signed_in("planner")
    assert planner.get(f"/api/v1/placement/plans{nobody}").status_code == 404
    assert post(planner, f"{nobody}/cancel").status_code == 404


def test_a_viewer_looks_and_changes_nothing(ask, signed_in, client):
    asked, viewer = ask(), signed_in("viewer")
    assert viewer.get("/api/v1/placement/plans").status_code == 200
    assert post(viewer, region="here", least_share=1.0, name="x").status_code == 403
    assert post(viewer, f"/{asked.pk}/cancel").status_code == 403
    assert post(viewer, f"/{asked.pk}/adopt", valid_from=LATER.isoformat()).status_code == 403
    assert client.get("/api/v1/placement/plans").status_code == 401


def test_the_number_of_queries_does_not_grow_with_the_plans(ask, signed_in, django_assert_num_queries):
    viewer = signed_in("viewer")
    for number in range(3):
        ask(name=str(number))
    viewer.get("/api/v1/placement/plans")
    with django_assert_num_queries(5):
        viewer.get("/api/v1/placement/plans")
