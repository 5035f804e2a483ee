"""Alarms reach other systems from a whole Loft; a schedule that is dead is told of, too."""

import json

import pytest

from network.kernels.notices.notice import signature
from tests.receivers import receiving
from tests.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.stack]
DOWN, OVERDUE = "A process of Loft does not run", "Scheduled health checks are overdue"


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


def notices_of(receiver, kind: str, problem: str) -> list[dict]:
    bodies = [json.loads(call.body) for call in receiver.calls]
    return [
        body
        for body in bodies
        if body["kind"] == kind and body["alarm"] and body["alarm"]["specific_problem"] == problem
    ]


def test_an_alarm_goes_out_signed_and_a_dead_schedule_is_an_alarm_that_goes_out_as_well(stack: Stack, receiver):
    planner = stack.signed_in("planner")
    made = planner.post("/api/v1/alarms/channels", json={"name": "umbrella", "kind": "webhook", "target": receiver.url})
    assert made.status_code == 201, made.text
    tried = planner.post(f"/api/v1/alarms/channels/{made.json()['id']}/test").json()
    wait_until(lambda: receiver.calls, "the test has come")
    call = receiver.calls[0]
    at_s = int(call.headers["webhook-timestamp"])
    assert call.headers["webhook-id"] == tried["id"]
    assert call.headers["webhook-signature"] == signature(made.json()["secret"], tried["id"], at_s, call.body)
    state = lambda: planner.get(f"/api/v1/alarms/notices/{tried['id']}").json()["state"]  # noqa: E731
    wait_until(lambda: state() == "sent", "it is known to have arrived")

    with stack.stopped("beat"):  # a scheduler that hangs, and so does whichever takes its place
        alarm = wait_until(lambda: notices_of(receiver, "raised", DOWN), "the dead scheduler is told of", 120, 0.3)
        assert (alarm[0]["alarm"]["severity"], alarm[0]["alarm"]["subject"]) == ("critical", "process beat")
        rows = planner.get("/api/v1/alarms", params={"is_active": "true", "search": OVERDUE}).json()
        assert rows["count"] == 0  # one cause, one alarm
    wait_until(lambda: notices_of(receiver, "cleared", DOWN), "it is told that the scheduler runs", 120, 0.3)
    assert len(set(receiver.ids())) == len(receiver.ids())
