"""A process that hung, or does not run, is an alarm that says what was not done; it clears when it has been well."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console import health
from console.metrics import processes as process_metrics
from console.run import process_states
from console.run.process_states import ENDED, SILENT, STARTING, UP, Hang, ProcessState
from console.run.processes import specs
from industry import runtimes
from network.actions.selfwatch import processes
from network.actions.selfwatch.processes import DOWN, EDGE, ENGINE, ROUNDS, SCHEDULE, WORLD, Watch, problem_of
from network.models import Alarm
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
BOOTED_S = 5_000.0
EDGE_WORKER = "worker-edge-dc-central"


class Clock:
    """What the watch takes for the time since the machine started."""

    def __init__(self) -> None:
        self.now_s = BOOTED_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def run_dir(monkeypatch, settings, tmp_path) -> Path:
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)
    settings.LOFT_RUN_DIR = tmp_path
    return tmp_path


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def look(clock):
    watch = Watch(NOON, clock)

    def after(seconds: float) -> bool:
        clock.now_s = BOOTED_S + seconds
        return watch.look(NOON + timedelta(seconds=seconds))

    return after


def process(name: str, state: str = UP, hang_s: float | None = None, **more) -> ProcessState:
    """Return a process that hung so long after the watch began, if it did."""
    hang = None if hang_s is None else Hang("2026-06-01T12:00:00+00:00", BOOTED_S + hang_s, "worker", 25.3)
    return ProcessState(name, state, starts=1 + bool(hang), hangs=int(bool(hang)), is_needed=True, hang=hang, **more)


def active() -> dict[str, str]:
    return dict(Alarm.objects.active().values_list("object_key", "problem"))


def test_where_all_is_well_or_nobody_supervises_there_is_no_alarm(look, run_dir):
    assert look(0) is False
    process_states.write(run_dir, [process("engine"), process("beat")])
    assert look(10) is False
    assert active() == {}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("engine", ENGINE), ("worker-probes", ROUNDS), ("worker-checks", ROUNDS), (EDGE_WORKER, EDGE),
        ("beat", SCHEDULE), ("web-2", processes.WEB), ("redis", processes.REDIS), ("worker-heavy", processes.WORK),
        ("fleet", WORLD),
    ],
)  # fmt: skip
def test_a_process_that_was_replaced_is_told_with_what_was_not_done_meanwhile(look, run_dir, name, problem):
    process_states.write(run_dir, [process(name, hang_s=0)])
    assert look(1) is True
    alarm = Alarm.objects.active().get()
    assert (alarm.problem, alarm.subject) == (problem.code, f"process {name}")
    at = "2026-06-01T12:00:00+00:00"
    assert alarm.detail == {"replaced_at": at, "silent_s": 25.3, "loop": "worker", "hangs": 1}


def test_it_clears_when_the_process_has_been_well_for_two_minutes(look, run_dir):
    process_states.write(run_dir, [process(EDGE_WORKER, hang_s=0)])
    look(1)
    look(119)
    assert active() == {f"process {EDGE_WORKER}": EDGE.code}
    look(125)
    assert active() == {}


def test_one_that_hung_long_ago_and_is_silent_again_stands(look, run_dir):
    process_states.write(run_dir, [process("beat", SILENT, hang_s=-1_000)])
    assert look(1) is True
    assert active() == {"process beat": SCHEDULE.code}


def test_a_hang_before_the_machine_was_started_anew_is_over(look, run_dir):
    """Its monotonic time lies ahead of ours: another boot wrote it."""
    process_states.write(run_dir, [process("beat", hang_s=9_000)])
    assert look(1) is False


def test_a_process_that_does_not_come_back_is_an_alarm_after_half_a_minute(look, run_dir):
    process_states.write(run_dir, [process("worker-probes", ENDED), process("engine")])
    assert look(0) is False
    assert look(29) is False
    assert look(35) is True
    assert active() == {"process worker-probes": DOWN.code}
    process_states.write(run_dir, [process("worker-probes"), process("engine")])
    assert look(45) is False
    assert active() == {}


def test_one_that_hung_and_does_not_come_back_is_one_alarm_only(look, run_dir):
    process_states.write(run_dir, [process("engine", STARTING, hang_s=0)])
    look(1)
    assert active() == {"process engine": ENGINE.code}
    look(35)
    assert active() == {"process engine": DOWN.code}
    assert Alarm.objects.active().count() == 1


def test_of_a_redis_that_does_not_answer_the_platform_tells_alone(look, run_dir):
    """Once it is back, what was not done meanwhile is told."""
    for second, state in ((0, SILENT), (20, ENDED), (60, STARTING)):
        process_states.write(run_dir, [process("redis", state, hang_s=0)])
        assert look(second) is False
    process_states.write(run_dir, [process("redis", hang_s=0)])
    assert look(70) is True
    assert active() == {"process redis": processes.REDIS.code}


def test_one_that_ends_and_comes_back_in_between_is_none(look, run_dir):
    for second in range(0, 120, 10):
        state = ENDED if second % 20 else UP
        process_states.write(run_dir, [process("engine", state)])
        assert look(second) is False


def test_what_plays_the_world_is_not_missed(look, run_dir):
    process_states.write(run_dir, [replace(process("fleet", ENDED), is_needed=False)])
    look(0)
    assert look(60) is False


def test_every_process_of_the_plan_has_words_of_its_own_for_a_hang(monkeypatch, settings):
    settings.LOFT_DEMO, settings.LOFT_DEMO_DRONES = True, 10
    monkeypatch.setattr(runtimes, "edge_plans", list)
    of_world = {spec.name for spec in specs() if problem_of(spec.name) is WORLD}
    assert of_world == {spec.name for spec in specs() if not spec.is_needed} == {"basestations", "factory", "fleet"}


CHECKS = {
    "worker-checks": health.checks_turn, "worker-probes": health.probes_turn, EDGE_WORKER: health.edge_workers_turn,
    "beat": health.beat_turns, "worker-default": health.workers_turn, "engine": health.workers_turn,
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("state", [SILENT, ENDED])
def test_readiness_names_what_hangs_or_has_not_come_back(run_dir, name, state):
    others = [process(other) for other in CHECKS if other != name]
    process_states.write(run_dir, [process(name, state), *others])
    wrong = [check for check in set(CHECKS.values()) if check()]
    assert wrong == [CHECKS[name]]
    assert CHECKS[name]() == f"{name}: {state}"


def test_at_the_first_start_nothing_is_missed_yet_and_never_what_plays_the_world(run_dir):
    world = replace(process("fleet", SILENT), is_needed=False)
    process_states.write(run_dir, [process("beat", STARTING), world])
    assert not any(check() for check in CHECKS.values())


def test_without_a_supervisor_readiness_says_nothing_of_processes(run_dir):
    assert not any(check() for check in CHECKS.values())


def test_the_readiness_page_names_the_check(client, run_dir):
    process_states.write(run_dir, [process("worker-probes", SILENT)])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "probes_turn" in answer.json()["wrong"]
    assert "worker-probes" not in answer.content.decode()  # why is for those who may know


def test_an_edge_node_that_is_behind_is_named_and_takes_no_web_process_away(client, run_dir, settings):
    settings.LOFT_READINESS = ["console.health.edge_workers_turn", "console.health.probes_turn"]
    process_states.write(run_dir, [process(EDGE_WORKER, SILENT), process("worker-probes")])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["wrong"]) == (200, True, ["edge_workers_turn"])
    process_states.write(run_dir, [process(EDGE_WORKER, SILENT), process("worker-probes", SILENT)])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["wrong"] == ["edge_workers_turn", "probes_turn"]


def test_metrics_have_every_process(run_dir):
    process_states.write(run_dir, [process("beat", SILENT, hang_s=0), process("engine")])
    samples = {
        (sample.name, sample.labels["process"]): sample.value
        for family in process_metrics() for sample in family.samples
    }  # fmt: skip
    assert samples == {
        ("loft_process_up", "beat"): 0, ("loft_process_up", "engine"): 1,
        ("loft_process_starts_total", "beat"): 2, ("loft_process_starts_total", "engine"): 1,
        ("loft_process_hangs_total", "beat"): 1, ("loft_process_hangs_total", "engine"): 0,
    }  # fmt: skip
