"""Faults are drawn from a seed."""

import itertools
import random

import pytest

from console.chaos.plan import LASTS_S, PAUSE_S, Kind, draw, kind_of, rounds

NAMES = ["beat", "engine", "redis", "web", "worker-default"]
UP = [
    "basestations", "beat", "engine", "factory", "redis", "web", "web-2", "worker-checks", "worker-default",
    "worker-edge-east", "worker-edge-west", "worker-heavy", "worker-probes",
]  # fmt: skip
HERE = [Kind.KILL, Kind.KILL_CHILD, Kind.STOP, Kind.FILL_REDIS, Kind.CUT_REDIS, Kind.LOCK_DATABASE]


def test_the_same_seed_draws_the_same_faults_and_another_seed_others():
    first = draw(7, 600, list(Kind), NAMES, 6)
    assert draw(7, 600, list(Kind)[::-1], NAMES[::-1], 6) == first
    assert draw(8, 600, list(Kind), NAMES, 6) != first


def test_every_kind_comes_in_a_long_run_and_only_those_that_are_wanted():
    assert {fault.kind for fault in draw(1, 3_600, list(Kind), NAMES, 6)} == set(Kind)
    assert {fault.kind for fault in draw(1, 600, [Kind.KILL, Kind.STOP], NAMES, 6)} == {Kind.KILL, Kind.STOP}


@pytest.mark.parametrize("seed", range(50))
def test_a_minute_has_ten_kills_or_more_and_none_of_a_kind_for_the_second_time_before_all_others(seed):
    kinds = [kind_of(fault.target) for fault in draw(seed, 60, HERE, UP, 2.5) if fault.kind == Kind.KILL]
    assert len(kinds) >= 10
    every = {kind_of(name) for name in UP}
    assert len(every) == 11
    assert len(set(kinds[:11])) == min(len(kinds), 11)


def test_processes_of_one_kind_are_killed_as_one_and_each_in_a_long_run():
    assert [kind_of(name) for name in ("web-2", "worker-edge-east", "worker-heavy")] == [
        "web", "worker-edge", "worker-heavy",
    ]  # fmt: skip
    assert {fault.target for fault in draw(3, 1_800, [Kind.KILL], UP, 2.5)} == set(UP)


def test_every_process_is_killed_in_a_long_run():
    assert {fault.target for fault in draw(3, 3_600, [Kind.KILL], NAMES, 6)} == set(NAMES)


def test_who_is_killed_or_stopped_is_named_and_only_workers_have_children_killed():
    for fault in draw(2, 3_600, list(Kind), NAMES, 6):
        assert bool(fault.target) == (fault.kind in (Kind.KILL, Kind.KILL_CHILD, Kind.STOP))
        assert fault.kind != Kind.KILL_CHILD or fault.target == "worker-default"


def test_a_fault_is_over_before_the_next_begins_and_before_the_run_ends():
    faults = draw(5, 600, list(Kind), NAMES, 3)
    for fault, following in itertools.pairwise(faults):
        assert following.at_s - fault.at_s - fault.for_s >= PAUSE_S - 0.11
    assert faults[-1].at_s + faults[-1].for_s <= 600


def test_faults_last_as_long_as_their_kind_says_give_or_take_a_half():
    for fault in draw(5, 3_600, list(Kind), NAMES, 3):
        mean_s = LASTS_S.get(fault.kind, 0.0)
        assert 0.5 * mean_s - 0.06 <= fault.for_s <= 1.5 * mean_s + 0.06


@pytest.mark.parametrize("seconds", [0.0, 0.9])
def test_a_run_too_short_for_a_fault_has_none(seconds):
    assert draw(1, seconds, list(Kind), NAMES, 6) == []


def test_a_fault_says_what_it_does():
    texts = {str(fault) for fault in draw(1, 3_600, [Kind.STOP], ["web"], 6)}
    assert all(text.startswith("stop web for ") for text in texts)


def test_rounds_kill_everybody_as_often_in_an_order_of_its_own_each_time():
    faults = rounds(NAMES, 3, 2.0, random.Random(1).shuffle)
    orders = [[fault.target for fault in faults[start : start + 5]] for start in (0, 5, 10)]
    assert all(sorted(order) == NAMES for order in orders)
    assert orders[0] != orders[1] or orders[1] != orders[2]
    assert [fault.at_s for fault in faults] == [2.0 * number for number in range(1, 16)]
