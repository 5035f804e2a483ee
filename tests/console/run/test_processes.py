"""Which worker takes what: rounds begin whatever else is under way, and what takes long has a worker of its own."""

import socket
from contextlib import closing

import pytest

from console.celery import app
from console.run import processes
from console.run.liveness import REDIS_PING
from console.run.processes import at_last, specs
from industry import runtimes

LONG = ["network.tasks.prove_plan", "network.tasks.make_report", "network.tasks.draw_evidence"]
LONG += ["console.tasks.delete_old", "console.tasks.delete_old_daily", "network.tasks.prepare_partitions"]
LONG += ["network.tasks.record_programme"]
ROUNDS = ["network.tasks.run_health_checks", "network.tasks.check_shard"]


def queue_of(task: str) -> str:
    return str(app.amqp.router.route({}, task)["queue"].name)


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.setattr(runtimes, "edge_plans", list)
    words = {spec.name: spec for spec in specs() if spec.program is processes.celery and "worker" in spec.command}
    return {spec.command[spec.command.index("-Q") + 1]: spec for spec in words.values()}


def test_what_takes_long_waits_in_a_queue_of_its_own():
    assert {queue_of(task) for task in LONG} == {"heavy"}


def test_a_round_begins_on_a_worker_that_does_nothing_else_than_rounds():
    assert {queue_of(task) for task in ROUNDS} == {"checks"}
    assert queue_of("network.tasks.measure_shard") == "probes"
    app.loader.import_default_modules()
    known = [task for task in app.tasks if not task.startswith("celery.")]
    assert sorted(task for task in known if queue_of(task) in ("checks", "probes")) == sorted(
        [*ROUNDS, "network.tasks.measure_shard"]
    )


def test_every_queue_has_a_worker_and_the_heavy_one_stands_back(workers):
    app.loader.import_default_modules()
    assert {queue_of(task) for task in app.tasks if not task.startswith("celery.")} == workers.keys()
    assert workers["heavy"].nice > 0
    assert [name for name, spec in workers.items() if spec.nice] == ["heavy"]


def test_simulated_stations_are_there_before_anyone_probes_them(monkeypatch, settings):
    monkeypatch.setattr(runtimes, "edge_plans", list)
    settings.LOFT_DEMO = True
    needs = {spec.name: spec.needs for spec in specs()}
    assert [name for name, needed in needs.items() if "basestations" in needed] == ["worker-checks", "worker-probes"]


def test_every_process_of_the_plan_is_asked_or_shows_that_its_loops_turn(monkeypatch, settings):
    settings.LOFT_DEMO, settings.LOFT_DEMO_DRONES, settings.LOFT_WEB_PROCESSES = True, 10, 2
    monkeypatch.setattr(runtimes, "edge_plans", lambda: [processes.celery_worker("edge-a", "edge-a")])
    with closing(socket.socket()) as listener:
        rows = {spec.name: spec for spec in specs(listener=listener)}
    assert {name for name, spec in rows.items() if spec.asks} == {"redis", "web", "web-2"}
    assert [name for name, spec in rows.items() if not spec.asks and not spec.beats] == []
    assert rows["redis"].question is REDIS_PING
    for name in ("web", "web-2"):
        rows[name].sockets[1].close()


def test_with_a_redis_elsewhere_whose_silence_is_not_seen_loops_may_be_silent_for_longer(monkeypatch, settings):
    monkeypatch.setattr(runtimes, "edge_plans", list)
    assert {spec.patience for spec in specs()} == {1.0}
    settings.REDIS_EMBEDDED = False
    assert {spec.patience for spec in specs()} == {processes.REMOTE_PATIENCE}


def test_what_is_never_ready_is_waited_for_only_so_long():
    assert at_last(lambda: False, most_s=0.0)()
    patient = at_last(lambda: False)
    assert not patient()
    assert not patient()
    assert at_last(lambda: True)()
