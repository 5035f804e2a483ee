"""The bench of alarms: it plays what the emulator draws through the console's own actions, and scores what it says."""

import pytest
from django.db import connections

from network.actions.alarms import alarm_root
from network.actions.equipment import counters
from network.bench import alarms
from network.bench.alarms import play, truth
from network.bench.alarms.play import Played, Raised, Row
from network.bench.alarms.score import Key, Score, score
from network.bench.alarms.truth import Happened
from network.emulator.faults.faults import Fault
from network.emulator.faults.scenario import Scenario
from network.emulator.routes import Routes, Span
from network.models import Alarm

AVAILABILITY = "Availability below its objective"
ROUTES = Routes((Span("core", "oa", 1.0), Span("oa", "bs-1", 1.0), Span("oa", "bs-2", 1.0)), "core")
PROBED = frozenset({"oa", "bs-1", "bs-2"})


def fault(subject, kind, since_s, until_s, amount=1.0) -> Fault:
    return Fault(subject, kind, amount, until_s, since_s, scenario="a test")


def test_a_fault_behind_another_one_is_seen_only_when_that_is_over():
    hub, hidden = fault("core~oa", "cut", 10, 30), fault("bs-1", "down", 12, 40)
    assert truth.sight(ROUTES, PROBED, [hub, hidden]) == [(10, 20), (30, 10)]


@pytest.mark.parametrize(
    ("kind", "amount", "seen"),
    [("delay", 20, 8), ("jitter", 5, 8), ("loss", 0.3, 8), ("clock", 5, 8), ("flapping", 4, 4),
     ("sleeping", 1, 0), ("overload", 2, 0), ("silent", 1, 0)],
)  # fmt: skip
def test_what_only_counters_show_makes_no_difference_to_a_probe(kind, amount, seen):
    sight = truth.sight(ROUTES, PROBED, [fault("bs-1", kind, 2, 10, amount)])
    assert sight == [(2 if seen else None, seen)]


def test_those_that_silence_the_same_sites_look_alike():
    aliases = truth.alike(ROUTES, PROBED)
    assert aliases["bs-1"] == {"bs-1", "bs-1~oa"}
    assert aliases["oa"] == aliases["core~oa"] == {"oa", "core~oa", "core"}


KEY = Key({"OA": "oa", "Core": "core", "BS-1": "bs-1"}, truth.alike(ROUTES, PROBED), 2.0)
HUB = Happened(fault("core~oa", "cut", 10, 60), PROBED, 10.0, 50.0)


def row(key, subject, since_s, problem=AVAILABILITY, causes=(), *, is_every_one=False) -> Row:
    return Row(key, subject, problem, causes, is_every_one, since_s)


def test_an_alarm_is_right_when_what_it_names_has_such_a_fault_then():
    stood = [
        row(1, "OA", 12.5, alarm_root.FAILED.text, ("OA",)),  # looks like the cut link
        row(2, "BS-1", 13.0),  # is merely a consequence
        row(3, "OA", 70.0, alarm_root.FAILED.text, ("OA",)),  # is over by then
        row(4, "OA", 20.0, counters.SILENT.text),  # is another matter
        row(1, "OA", 80.0, alarm_root.FAILED.text, ("OA",)),  # came back without a cause
    ]
    raised = [
        Raised(1, "OA", alarm_root.FAILED.text, False, 12.5, 61.0),
        Raised(2, "BS-1", AVAILABILITY, True, 13.0, None),
    ]
    tally = score(KEY, Played(stood, raised, [("bs-1", "OA"), ("other", "OA")]), [HUB])
    assert (tally.ours.named, tally.ours.right, tally.again, tally.left) == (5, 1, 1, 3)
    assert (tally.ours.found, tally.ours.delays_s) == ({"cut": 1}, {"cut": [2.5]})
    assert (tally.plain.named, tally.plain.right) == (1, 0)
    assert (tally.attached, tally.attached_right, tally.clears_s) == (2, 1, [1.0])


def test_of_several_that_failed_together_every_one_has_to_be_true():
    both = row(1, "both", 12.5, alarm_root.CUT.text, ("Core – OA", "BS-1 – OA"), is_every_one=True)
    either = row(2, "either", 12.5, alarm_root.CUT.text, ("Core – OA", "BS-1 – OA"))
    tally = score(KEY, Played([both, either]), [HUB])
    assert (tally.ours.named, tally.ours.right) == (2, 1)


def test_what_nobody_could_see_counts_among_all_and_not_among_the_visible():
    hidden = Happened(fault("bs-1", "sleeping", 5, 60), frozenset({"bs-1"}))
    tally = score(KEY, Played([row(1, "OA", 11.0, alarm_root.FAILED.text, ("OA",))]), [HUB, hidden])
    rows = {row.name: row for row in alarms.rows(tally, 1)}
    assert (rows["alarms_precision"].value, rows["alarms_recall"].value) == (1.0, 1.0)
    assert "of all 2: 0.5000" in rows["alarms_recall"].note
    assert "sleeping 0/0/1" in rows["alarms_recall"].note
    assert rows["alarms_detection_s"].value == 1.0


def test_a_bench_of_nothing_claims_nothing():
    assert {row.name: row.value for row in alarms.rows(Score(), 0)}["alarms_recall"] == 0.0


@pytest.mark.django_db
def test_a_failed_hub_is_played_as_in_service_and_named_with_its_consequences_below(monkeypatch):
    monkeypatch.setattr(play, "WARM_UP_S", 20.0)
    monkeypatch.setattr(play, "TAIL_S", 40.0)
    before = connections["default"]
    with play.stage(seed=1) as stage:
        inventory = stage.world.inventory
        faults = (fault("oa-002", "down", 1.0, 9.0), fault("bs-010", "silent", 1.0, 9.0))
        played = stage.play(Scenario("a test", faults), 0)
        key = Key(stage.names, truth.alike(inventory.routes, inventory.slugs), 2.0)
        happened = truth.faults_of(stage.log, inventory.routes, inventory.slugs, "a test")
        tally = score(key, played, happened)
        assert not Alarm.objects.active().exists()
    assert connections["default"] is before
    assert [event.fault.kind for event in happened] == ["down", "silent"]
    assert [(row.subject, row.problem) for row in played.stood] == [("OA-002", alarm_root.FAILED.text)]
    assert (tally.ours.right, tally.visible, tally.attached, tally.attached_right) == (1, {"down": 1}, 3, 3)
    assert tally.plain.named == 3  # an alarm for every breached site
    assert 0 < tally.ours.delays_s["down"][0] <= 4.0
