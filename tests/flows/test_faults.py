"""Anything may be killed at any moment: what was accepted is there exactly once, every job ends once, pages come back."""

import itertools
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from console.run import process_states
from console.run.process_states import ProcessState
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
        wait_until(lambda: len(self.accepted) > enough, f"reports are taken again after {victim} was killed")

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


def test_whatever_is_killed_every_accepted_report_is_stored_exactly_once(own_stack: Stack):
    load = Load(own_stack)
    load.start()
    for victim in VICTIMS:
        own_stack.kill(victim)
        load.goes_on(victim)
    load.ended.set()
    load.join()
    wait_until(
        lambda: stored(own_stack) >= load.accepted,
        f"all {len(load.accepted)} accepted reports are stored",
        progress=lambda: len(stored(own_stack)),
    )
    rows = own_stack.query("SELECT COUNT(*), COUNT(DISTINCT drone_id * 10000000000000 + at_ms) FROM airspace_position")
    assert rows[0][0] == rows[0][1]
    assert httpx.get(f"{own_stack.url}/readyz").status_code == 200 or wait_until(own_stack._is_ready, "it is ready")


def stored(stack: Stack) -> set[tuple[str, int]]:
    return {
        (serial, at)
        for serial, at in stack.query(
            "SELECT serial, at_ms FROM airspace_position JOIN airspace_drone ON airspace_drone.id = drone_id"
        )
    }


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


def states(stack: Stack) -> dict[str, ProcessState]:
    return {state.name: state for state in process_states.read(stack.home / "run")}


def stand_again(stack: Stack, before: dict[str, int]) -> bool:
    """Whether each of these has been replaced and does its work."""
    noted = states(stack)
    return all(stack.pid(name) != number and noted[name].is_up for name, number in before.items())


def test_whatever_stops_is_told_by_readiness_and_replaced_within_thirty_seconds(own_stack: Stack):
    """All but Redis and the web process, which is asked meanwhile, at once."""
    wait_until(lambda: all(state.is_up for state in states(own_stack).values()), "all are up")
    before = {name: own_stack.pid(name) for name in states(own_stack) if name not in ("redis", "web")}
    assert len(before) > 6
    for number in before.values():
        os.kill(number, signal.SIGSTOP)
    names = {"beat_turns", "checks_turn", "probes_turn", "edge_workers_turn", "workers_turn"}
    wait_until(lambda: names <= set(httpx.get(f"{own_stack.url}/readyz").json()["wrong"]), "readiness names them")
    wait_until(lambda: stand_again(own_stack, before), "all are replaced")
    assert all(states(own_stack)[name].hang.silent_s < 25 for name in before)
    wait_until(own_stack._is_ready, "it is ready")
    kinds = "SELECT problem FROM network_alarm WHERE problem LIKE 'process_hung_%' AND ended_at IS NULL"
    told = {"process_hung_engine", "process_hung_rounds", "process_hung_edge", "process_hung_schedule"}
    wait_until(lambda: told <= {kind for (kind,) in own_stack.query(kinds)}, "alarms say what was not done")


def test_a_web_process_and_a_redis_that_hang_are_replaced_within_thirty_seconds_and_nobody_else_is(own_stack: Stack):
    """All others wait for Redis meanwhile, and for longer than their loops may stand still otherwise."""
    hangs = {name: state.hangs for name, state in states(own_stack).items()}
    before = {name: own_stack.pid(name) for name in ("web", "redis")}
    for number in before.values():
        os.kill(number, signal.SIGSTOP)
    wait_until(lambda: stand_again(own_stack, before), "both are replaced")
    assert all(states(own_stack)[name].hang.silent_s < 30 for name in before)  # as the supervisor's turns went
    wait_until(own_stack._is_ready, "it is ready")
    assert not any(alive(number) for number in before.values())
    expected = {**hangs, **{name: hangs[name] + 1 for name in before}}
    assert {name: state.hangs for name, state in states(own_stack).items()} == expected


def test_while_the_web_process_is_restarted_nobody_is_refused(own_stack: Stack):
    """The socket is the supervisor's: who comes meanwhile waits a moment."""
    own_stack.kill("web")
    for _ in range(20):
        assert httpx.get(f"{own_stack.url}/healthz", timeout=30).status_code == 200


def test_a_killed_installation_leaves_no_orphan_and_starts_again(own_stack: Stack):
    pids = [own_stack.pid(path.stem) for path in (own_stack.home / "run").glob("*.pid")]
    assert len(pids) > 6
    pids += [grandchild for pid in pids for grandchild in children(pid)]
    own_stack.process.kill()
    own_stack.process.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids), "every process is gone")
    own_stack.start()


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    from tests.console.run.test_supervisor import is_alive

    return is_alive(pid)
