"""Anything may be killed at any moment: what was accepted is there exactly once, every job ends once, pages come back."""

import itertools
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.stack import Stack
from tests.waiting import wait_until

VICTIMS = ["engine", "redis", "web", "worker-default", "worker-edge-dc-central", "beat"]
DRONES = 20


class Load(threading.Thread):
    """Posts reports without a pause; remembers every one that was accepted."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self.caller = stack.with_key("demo-fleet")
        self.accepted: set[tuple[str, int]] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        for turn in itertools.count():
            if self.ended.wait(0.05):
                return
            self._post(turn)

    def goes_on(self, victim: str) -> None:
        """Wait until reports are accepted again."""
        enough = len(self.accepted) + 5 * DRONES
        wait_until(lambda: len(self.accepted) > enough, f"reports are taken again after {victim} was killed", 60)

    def _post(self, turn: int) -> None:
        now = datetime.now(UTC)
        sent = [
            (f"FAULT-{number:02}", int((now + timedelta(milliseconds=number)).timestamp() * 1000))
            for number in range(DRONES)
        ]
        body = [
            {"serial": serial, "at": at, "lat_deg": 29 + turn % 100 / 1e4, "lon_deg": 123.5, "altitude_wgs84_m": 60}
            for serial, at in sent
        ]
        try:
            answer = self.caller.post("/api/v1/reports", json=body)
        except httpx.HTTPError:
            return  # not accepted, so nothing was promised
        if answer.status_code == 202 and answer.json()["accepted"] == len(sent):
            self.accepted.update(sent)


@pytest.mark.timeout(420)
def test_whatever_is_killed_every_accepted_report_is_stored_exactly_once(own_stack: Stack):
    load = Load(own_stack)
    load.start()
    for victim in VICTIMS:
        own_stack.kill(victim)
        load.goes_on(victim)
    load.ended.set()
    load.join()
    wait_until(lambda: stored(own_stack) >= load.accepted, f"all {len(load.accepted)} accepted reports are stored", 60)
    rows = own_stack.query("SELECT COUNT(*), COUNT(DISTINCT drone_id * 10000000000000 + at_ms) FROM airspace_position")
    assert rows[0][0] == rows[0][1]
    assert httpx.get(f"{own_stack.url}/readyz").status_code == 200 or wait_until(own_stack._is_ready, "it is ready", 30)


def stored(stack: Stack) -> set[tuple[str, int]]:
    return {
        (serial, at)
        for serial, at in stack.query(
            "SELECT serial, at_ms FROM airspace_position JOIN airspace_drone ON airspace_drone.id = drone_id"
        )
    }


@pytest.mark.timeout(300)
def test_every_job_ends_once_though_its_worker_is_killed(own_stack: Stack):
    factory = own_stack.with_key("demo-factory")
    slug = factory.get("/api/v1/factories").json()["results"][0]["slug"]
    jobs: set[str] = set()
    for turn in range(12):
        answer = factory.post(f"/api/v1/factories/{slug}/readings", json=[reading(turn)])
        assert answer.status_code == 202, answer.text
        jobs.update(job["id"] for job in answer.json()["jobs"])
        if turn in (3, 8):
            own_stack.kill("worker-edge-dc-central")
    assert jobs
    done = wait_until(lambda: finished(factory, jobs), "every job has ended", 120)
    assert {job["state"] for job in done} == {"done"}


def finished(factory: httpx.Client, jobs: set[str]) -> list[dict]:
    states = [factory.get(f"/api/v1/jobs/{job}").json() for job in jobs]
    return states if all(job["ended_at"] for job in states) else []


def reading(turn: int) -> dict[str, object]:
    at = datetime.now(UTC) - timedelta(milliseconds=turn)
    return {
        "machine": "FAULT-PRESS", "at": at.isoformat(), "type": "M", "air_temperature_k": 300.1,
        "process_temperature_k": 310.2, "rotational_speed_rpm": 1500, "torque_nm": 42.0, "tool_wear_min": 10 + turn,
    }  # fmt: skip


@pytest.mark.timeout(120)
def test_a_web_process_that_hangs_is_replaced_within_thirty_seconds(own_stack: Stack):
    before = own_stack.pid("web")
    os.kill(before, signal.SIGSTOP)
    wait_until(lambda: own_stack.pid("web") != before, "another web process is there", timeout_s=30)
    wait_until(own_stack._is_ready, "it is ready", 30)
    assert not alive(before)


@pytest.mark.timeout(120)
def test_while_the_web_process_is_restarted_nobody_is_refused(own_stack: Stack):
    """The socket is the supervisor's: who comes meanwhile waits a moment."""
    own_stack.kill("web")
    for _ in range(20):
        assert httpx.get(f"{own_stack.url}/healthz", timeout=30).status_code == 200


@pytest.mark.timeout(240)
def test_a_killed_installation_leaves_no_orphan_and_starts_again(own_stack: Stack):
    pids = [own_stack.pid(path.stem) for path in (own_stack.home / "run").glob("*.pid")]
    assert len(pids) > 6
    pids += [grandchild for pid in pids for grandchild in children(pid)]
    own_stack.process.kill()
    own_stack.process.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids), "every process is gone", timeout_s=15)
    began = time.monotonic()
    own_stack.start()
    assert time.monotonic() - began < 60


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    from tests.console.test_supervisor import is_alive

    return is_alive(pid)
