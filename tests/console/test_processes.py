"""Which worker takes what: rounds begin whatever else is under way, and what takes long has a worker of its own."""

import pytest

from console import processes
from console.celery import app
from console.processes import at_last, plans
from industry import runtimes

LONG = ["network.tasks.prove_plan", "network.tasks.make_report", "network.tasks.draw_evidence"]
LONG += ["network.tasks.delete_old_samples", "network.tasks.delete_old_counters", "industry.tasks.delete_old_results"]
LONG += ["network.tasks.record_programme"]
ROUNDS = ["network.tasks.run_health_checks", "network.tasks.check_shard"]


def queue_of(task: str) -> str:
    return str(app.amqp.router.route({}, task)["queue"].name)


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.setattr(runtimes, "edge_plans", list)
    words = {plan.name: plan for plan in plans() if plan.program is processes.celery and "worker" in plan.command}
    return {plan.command[plan.command.index("-Q") + 1]: plan for plan in words.values()}


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
    assert [name for name, plan in workers.items() if plan.nice] == ["heavy"]


def test_simulated_stations_are_there_before_anyone_probes_them(monkeypatch, settings):
    monkeypatch.setattr(runtimes, "edge_plans", list)
    settings.LOFT_DEMO = True
    needs = {plan.name: plan.needs for plan in plans()}
    assert [name for name, needed in needs.items() if "basestations" in needed] == ["worker-checks", "worker-probes"]


def test_what_is_never_ready_is_waited_for_only_so_long():
    assert at_last(lambda: False, most_s=0.0)()
    patient = at_last(lambda: False)
    assert not patient()
    assert not patient()
    assert at_last(lambda: True)()
