"""The bench of alarms: it scores what it says, and the alarms are good enough."""

import numpy as np
import pytest

from network.bench import alarms
from network.bench.alarms import Happened, Score
from network.emulator.faults import Fault, Faults
from network.emulator.truth import Truth


@pytest.fixture(scope="module")
def place():
    return alarms.city()


def test_the_demo_topology_has_hubs_that_silence_many_and_every_probed_site_is_cut_off_by_something(place):
    assert len(place.probed) == 73
    assert max(len(nodes) for nodes in place.cut_off.values()) >= 15
    assert set(place.probed) <= set().union(*place.cut_off.values())


def test_faults_that_hide_one_another_are_not_asked_for(place):
    hub = max(
        (node for kind, node in place.cut_off if kind == "node"), key=lambda node: len(place.cut_off["node", node])
    )
    hidden = next(iter(place.cut_off["node", hub] - {hub}))
    both = [Fault(place.slugs[hidden], "down", 1, 60, 5), Fault(place.slugs[hub], "down", 1, 60, 10)]
    assert alarms._apart(place, both) == [both[1]]


def test_what_is_named_is_scored_against_what_is_true_then():
    total, found = Score(), {}
    faults = [Happened("bs-001", since_s=10, until_s=60)]
    alarms._count(total, faults, found, frozenset({"bs-001", "bs-001~oa-001"}), 13.0)
    alarms._count(total, faults, found, frozenset({"bs-002"}), 13.0)
    alarms._count(total, faults, found, frozenset({"bs-001"}), 9.0)  # before it happened
    assert (total.named, total.right, total.delays_s) == (3, 1, [3.0])
    rows = {row.name: row.value for row in alarms.rows(Score(4, 3, 2, 1, [3.0]), 1)}
    assert rows == {"alarms_precision": 0.75, "alarms_recall": 0.5, "alarms_detection_s": 3.0}


def test_the_truth_is_read_from_the_emulators_own_log(place, tmp_path):
    clock, log = [5.25], tmp_path / "truth.jsonl"
    truth = Faults(lambda: clock[0], place.routes, Truth(log, lambda: clock[0]))
    truth.inject(Fault("bs-001", "down", 1, until_s=35.25, since_s=5.25))
    clock[0] = 40.0
    truth.settle()
    assert log.read_text().count("\n") == 2  # that it ended is told too
    assert alarms.told(log) == [Happened("bs-001", 5.25, 35.25)]


def test_the_same_seed_draws_the_same_faults(place):
    one, other = (alarms.draw(place, np.random.default_rng(5)) for _ in range(2))
    assert one == other


def test_causes_are_named_rightly_and_within_two_rounds(place):
    total = alarms.score_all(place, 8)
    assert total.true >= 6
    assert total.named - total.right <= 1  # of some fifteen; the bench itself plays fifty scenarios
    assert total.true - total.found <= 1
    assert np.quantile(total.delays_s, 0.95) <= 2 * alarms.PERIOD_S
    assert max(total.delays_s) <= 2 * alarms.PERIOD_S + alarms.TIMEOUT_S + 2 * alarms.SPACING_S
