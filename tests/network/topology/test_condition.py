"""What is known of places and links: rules, without a database."""

import pytest

from network.kernels.topology import condition
from network.kernels.topology.condition import Condition, Heard


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (Heard(True, True, 0, False), Condition.UP),
        (Heard(True, True, 0, True), Condition.DEGRADED),  # answers, and less well than promised
        (Heard(True, True, 3, False), Condition.DEGRADED),  # one round of silence is not believed yet
        (Heard(True, True, 5, True), Condition.DEGRADED),
        (Heard(True, True, 6, False), Condition.DOWN),
        (Heard(True, False, 6_000, True), Condition.DOWN),  # silent for long, and asked all the time
        (Heard(True, False, 0, False), Condition.UNKNOWN),  # asked by a prober that was itself unwell
        (Heard(False, True, 0, False), Condition.UNKNOWN),
        (Heard(False, False, 60, True), Condition.UNKNOWN),  # what was down is not known to be down any more
    ],
)
def test_a_site_is_what_its_probe_heard_lately_and_otherwise_unknown(heard, expected):
    assert condition.of_probe(heard) is expected


CUT_OFF = {("node", 1): frozenset({1, 2, 3}), ("node", 2): frozenset({2}), ("link", 0): frozenset({1, 2, 3})}


def test_somebody_answers_through_a_place_that_nobody_probes_so_it_is_up():
    assert condition.implied_up([0, 1], frozenset({3}), CUT_OFF, vantage=0) == {0, 1}


def test_a_place_around_which_there_is_another_way_stays_unknown():
    assert condition.implied_up([2, 4], frozenset({3}), CUT_OFF, vantage=0) == frozenset()


def test_while_nobody_answers_even_the_probers_own_place_is_unknown():
    assert condition.implied_up([0, 1], frozenset(), CUT_OFF, vantage=0) == frozenset()


def test_a_link_is_what_was_found_out_about_it():
    assert condition.of_link((Condition.UP, Condition.UP), Condition.DOWN) is Condition.DOWN
    assert condition.of_link((Condition.DOWN, Condition.UP), Condition.DOWN) is Condition.DOWN
    assert condition.of_link((Condition.UP, Condition.UP), Condition.DEGRADED) is Condition.DEGRADED


def test_a_slow_link_to_a_site_that_does_not_answer_any_more_is_not_known_to_pass_anything_on():
    assert condition.of_link((Condition.DOWN, Condition.UP), Condition.DEGRADED) is Condition.UNKNOWN


def test_a_link_that_is_surely_cut_is_so_whatever_else_is_said_of_it():
    found = [Condition.DEGRADED, Condition.UNKNOWN, Condition.DOWN]
    assert condition.gravest(found) is Condition.DOWN
    assert condition.gravest(found[:2]) is Condition.UNKNOWN


@pytest.mark.parametrize("end", [Condition.DOWN, Condition.UNKNOWN])
def test_a_link_to_a_site_that_does_not_answer_is_unknown(end):
    assert condition.of_link((Condition.UP, end), None) is Condition.UNKNOWN


def test_a_station_whose_radio_sleeps_passes_traffic_on():
    assert condition.of_link((Condition.ASLEEP, Condition.DEGRADED), None) is Condition.UP
