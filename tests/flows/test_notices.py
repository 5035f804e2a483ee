"""Alarms reach other systems from a whole Loft; a schedule that is dead is told of, too."""

import json
import os
import signal

import pytest

from network.kernels.notice import signature
from tests.receivers import receiving
from tests.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
OVERDUE = "Scheduled health checks are overdue"


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


def told(receiver, kind: str, problem: str) -> list[dict]:
    bodies = [json.loads(call.body) for call in receiver.calls]
    return [
        one for one in bodies if one["kind"] == kind and one["alarm"] and one["alarm"]["specific_problem"] == problem
    ]


def test_an_alarm_goes_out_signed_and_a_dead_schedule_is_an_alarm_that_goes_out_as_well(stack: Stack, receiver):
    planner = stack.signed_in("planner")
    made = planner.post("/api/v1/alarms/channels", json={"name": "umbrella", "kind": "webhook", "target": receiver.url})
    assert made.status_code == 201, made.text
    tried = planner.post(f"/api/v1/alarms/channels/{made.json()['id']}/test").json()
    wait_until(lambda: receiver.calls, "the test has come", timeout_s=60)
    call = receiver.calls[0]
    at_s = int(call.headers["webhook-timestamp"])
    assert call.headers["webhook-id"] == tried["id"]
    assert call.headers["webhook-signature"] == signature(made.json()["secret"], tried["id"], at_s, call.body)
    state = lambda: planner.get(f"/api/v1/alarms/notices/{tried['id']}").json()["state"]  # noqa: E731
    wait_until(lambda: state() == "sent", "it is known to have arrived")

    heard = stack.pid("beat")
    os.kill(heard, signal.SIGSTOP)  # a scheduler that hangs: the supervisor sees it alive
    try:
        alarm = wait_until(
            lambda: told(receiver, "raised", OVERDUE), "the dead schedule is told of", timeout_s=90, every_s=0.3
        )
        assert (alarm[0]["alarm"]["severity"], alarm[0]["alarm"]["subject"]) == ("critical", "schedule")
        rows = planner.get("/api/v1/alarms", params={"is_active": "true", "search": "overdue"}).json()
        assert rows["count"] == 1
    finally:
        os.kill(heard, signal.SIGCONT)
    wait_until(
        lambda: told(receiver, "cleared", OVERDUE), "it is told that the schedule runs", timeout_s=90, every_s=0.3
    )
    assert len(set(receiver.ids())) == len(receiver.ids())
