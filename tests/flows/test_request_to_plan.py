"""A request becomes a proven plan, whole: REST, the row, Celery, the solver in its own process; and a proof is cancelled."""

import pytest

from tests.waiting import wait_until

pytestmark = [pytest.mark.stack]
WISH = {"region": "lanwan", "least_share": 0.75, "failure": "worst_single", "from_scratch": True}


@pytest.fixture(scope="module")
def planner(stack):
    return stack.signed_in("administrator")


def plan_of(caller, asked):
    return caller.get(f"/api/v1/placement/plans/{asked['id']}").json()


def test_a_worker_proves_what_was_asked_for_and_a_waiting_plan_is_cancelled_at_once(planner):
    asked = planner.post("/api/v1/placement/plans", json={**WISH, "name": "first"}).json()
    waiting = planner.post("/api/v1/placement/plans", json={**WISH, "name": "second", "times": 2}).json()
    cancelled = planner.post(f"/api/v1/placement/plans/{waiting['id']}/cancel")
    done = wait_until(
        lambda: (plan := plan_of(planner, asked))["ended_at"] and plan,
        "the plan has ended",
        timeout_s=120,
        every_s=0.5,
    )
    assert (done["state"], done["gap"], done["progress_share"], done["attempts"]) == ("proven", 0.0, 1.0, 1)
    assert done["proposal"]["share_after_worst"] >= 0.75 - 1e-9
    assert done["is_current"] is True
    assert cancelled.status_code in (200, 409)  # 409: the demo's plans are proven in a moment
