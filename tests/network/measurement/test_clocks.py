"""A clock that is wrong shows in packets that came before they were sent; a few rounds running make it an alarm."""

from dataclasses import replace

import pytest

from network.actions.measurement.clocks import RUNNING, WRONG, Clocks
from network.kernels.measurement.variation import Refusal
from network.models import Alarm
from network.probes.stamp import Measured, Round
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def round_of(*sites, is_wrong=True, **fields):
    direction_fields = {"one_way_refusal": Refusal.IMPOSSIBLE} if is_wrong else {"forward_ms": 0.4, "backward_ms": 0.4}
    measured = [Measured(site.pk, 0, [1.0], 0, 0, 0.1, **direction_fields, **fields) for site in sites]
    return Round(measured, 0.1, True, True, 0)


def active():
    return list(Alarm.objects.active().values_list("subject", "specific_problem", "severity"))


def test_five_rounds_running_make_it_and_as_many_take_it_back(make_site):
    clocks, site = Clocks(), make_site()
    for _ in range(RUNNING - 1):
        clocks.note(round_of(site), NOON)
    assert active() == []
    clocks.note(round_of(site), NOON)
    assert active() == [("BS-000", WRONG.text, "warning")]
    for _ in range(RUNNING - 1):
        clocks.note(round_of(site, is_wrong=False), NOON)
    assert len(active()) == 1
    clocks.note(round_of(site, is_wrong=False), NOON)
    assert active() == []


def test_rounds_that_tell_nothing_count_neither_way(make_site):
    clocks, site = Clocks(), make_site()
    for _ in range(RUNNING - 1):
        clocks.note(round_of(site), NOON)
    silent = replace(round_of(site).measured[0], one_way_refusal=Refusal.NO_ANSWER, rtts_ms=[None])
    clocks.note(replace(round_of(site), measured=[silent]), NOON)
    clocks.note(replace(round_of(site), is_well=False), NOON)
    assert active() == []
    clocks.note(round_of(site), NOON)
    assert len(active()) == 1


def test_another_process_takes_over_what_stands_alone_or_among_many(make_site):
    sites = [make_site(f"bs-{number:03}") for number in range(12)]
    first = Clocks()
    for _ in range(RUNNING):
        first.note(round_of(*sites), NOON)
    assert active() == [("base stations", WRONG.text, "warning")]
    second = Clocks()
    second.note(round_of(sites[0]), NOON)
    assert active() == [("base stations", WRONG.text, "warning")]
    for _ in range(RUNNING):
        second.note(round_of(*sites[2:], is_wrong=False), NOON)
    assert {subject for subject, _, _ in active()} == {"BS-000", "BS-001"}


def test_a_round_without_news_asks_the_database_nothing(make_site, django_assert_num_queries):
    clocks, site = Clocks(), make_site()
    clocks.note(round_of(site, is_wrong=False), NOON)
    with django_assert_num_queries(0):
        clocks.note(round_of(site, is_wrong=False), NOON)
