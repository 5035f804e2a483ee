"""What faults do to every site of a small network: a chain core - a - b with a ring back, and a leaf behind b."""

import pytest

from network.emulator.faults.faults import KINDS, MAX_FAULTS, WELL, Fault, Faults, FaultState
from network.emulator.routes import Routes, Span

SITES = {"core", "a", "b", "leaf"}
ROUTES = Routes((Span("core", "a", 1.0), Span("a", "b", 1.0), Span("b", "core", 5.0), Span("b", "leaf", 0.5)), "core")


@pytest.fixture
def seen():
    return []


@pytest.fixture
def faults(clock, seen):
    return Faults(lambda: clock[0], ROUTES, lambda *event: seen.append(event))


def silent(faults):
    return {site for site in SITES if faults.condition(site).is_silent}


def test_a_cut_spur_silences_its_end_and_a_cut_ring_makes_the_way_longer(faults):
    faults.inject(Fault("b~leaf", "cut", 1.0, 60.0))
    assert silent(faults) == {"leaf"}
    faults.clear("b~leaf")
    faults.inject(Fault("a~b", "cut", 1.0, 60.0))
    assert silent(faults) == set()
    assert faults.condition("leaf") == FaultState(delay_ms=6.0)  # 5.5 ms instead of 2.5, both ways
    assert faults.condition("a") == WELL


def test_two_cuts_of_the_ring_silence_what_lies_between(faults):
    faults.inject(Fault("a~b", "cut", 1.0, 60.0))
    faults.inject(Fault("b~core", "cut", 1.0, 60.0))
    assert silent(faults) == {"b", "leaf"}


def test_a_site_that_is_down_takes_those_behind_it_along(faults):
    faults.inject(Fault("b", "down", 1.0, 60.0))
    assert silent(faults) == {"b", "leaf"}


def test_a_fault_of_a_link_is_felt_by_whom_it_serves(faults):
    faults.inject(Fault("a~b", "delay", 8.0, 60.0))
    faults.inject(Fault("a~b", "loss", 0.5, 60.0))
    faults.inject(Fault("leaf", "loss", 0.5, 60.0))
    assert faults.condition("a") == WELL
    assert faults.condition("b") == FaultState(delay_ms=8.0, loss_share=0.5)
    assert faults.condition("leaf") == FaultState(delay_ms=8.0, loss_share=0.75)  # half of the half that is left


def test_every_kind_does_what_it_says(faults):
    for kind, amount in (("jitter", 3.0), ("clock", -7.0), ("sleeping", 1.0), ("overload", 2.5), ("silent", 1.0)):
        faults.inject(Fault("a", kind, amount, 60.0))
    assert faults.condition("a") == FaultState(
        jitter_ms=3.0, clock_ms=-7.0, is_asleep=True, load=2.5, residence_ms=3.0, is_mute=True
    )


def test_a_fault_ends_at_its_time(faults, clock):
    faults.inject(Fault("a", "delay", 8.0, 10.0))
    clock[0] = 9.99
    assert faults.condition("a").delay_ms == 8.0
    clock[0] = 10.0
    assert faults.condition("a") == WELL
    assert faults.listed() == []


def test_a_flapping_site_is_down_for_the_first_half_of_every_period(faults, clock):
    faults.inject(Fault("a", "flapping", 4.0, 100.0))
    states = []
    for now_s in (0.0, 1.9, 2.0, 3.9, 4.0, 5.9, 6.0, 99.0):
        clock[0] = now_s
        states.append(faults.condition("a").is_silent)
    assert states == [True, True, False, False, True, True, False, False]


def test_a_flapping_link_silences_and_restores_those_behind_it(faults, clock):
    faults.inject(Fault("b~leaf", "flapping", 10.0, 100.0))
    assert silent(faults) == {"leaf"}
    clock[0] = 5.0
    assert silent(faults) == set()


def test_who_watches_is_told_the_root_and_whom_it_silences_or_harms(faults, seen, clock):
    faults.inject(Fault("b", "down", 1.0, 60.0))
    faults.inject(Fault("a~b", "cut", 1.0, 60.0))
    event, fault, gone, worse = seen[0]
    assert (event, fault.subject, fault.number, gone, worse) == ("began", "b", 1, {"b", "leaf"}, set())
    assert seen[1][1].number == 2
    assert seen[1][2:] == ({"b", "leaf"}, set())  # they would have felt it too, and are silent
    clock[0] = 60.0
    faults.settle()
    assert [(event, fault.number) for event, fault, *_ in seen[2:]] == [("ended", 1), ("ended", 2)]


def test_the_newest_fault_of_a_kind_counts_and_the_one_before_has_ended(faults, seen):
    faults.inject(Fault("a", "delay", 8.0, 60.0))
    faults.inject(Fault("a", "delay", 9.0, 60.0))
    assert faults.condition("a").delay_ms == 9.0
    assert [event[0] for event in seen] == ["began", "ended", "began"]


def test_clearing_ends_a_site_or_a_scenario(faults):
    for kind in ("delay", "loss"):
        faults.inject(Fault("a", kind, 0.5, 60.0, scenario="one"))
    faults.inject(Fault("b", "delay", 1.0, 60.0, scenario="two"))
    assert faults.clear("a") == 2
    assert faults.clear(scenario="two") == 1
    assert faults.clear("a") == 0


def test_faults_are_bounded():
    faults = Faults(lambda: 0.0)
    for number in range(MAX_FAULTS):
        faults._faults[f"bs-{number}", "down"] = Fault(f"bs-{number}", "down", 1.0, 60.0)
    faults.inject(Fault("bs-1", "down", 1.0, 70.0))  # in place of the same
    with pytest.raises(ValueError, match="clear some"):
        faults.inject(Fault("one more", "down", 1.0, 60.0))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"site": "nowhere", "kind": "down"}, "site"),
        ({"kind": "down"}, "site"),
        ({"site": "a", "link": "a~b", "kind": "delay"}, "site"),
        ({"link": "a~b", "kind": "down"}, "link"),
        ({"link": "a~leaf", "kind": "cut"}, "link"),
        ({"site": "a", "kind": "cut"}, "site"),
        ({"site": "a", "kind": "fire"}, "kind"),
        ({"site": "a", "kind": ["down"]}, "kind"),
        ({"site": "a", "kind": "down", "for_s": 0}, "for_s"),
        ({"site": "a", "kind": "down", "for_s": 1e9}, "for_s"),
        ({"site": "a", "kind": "down", "for_s": True}, "for_s"),
        ({"site": "a", "kind": "loss", "amount": 1.5}, "amount"),
        ({"site": "a", "kind": "loss", "amount": -0.5}, "amount"),
        ({"site": "a", "kind": "clock", "amount": 0}, "amount"),
        ({"site": "a", "kind": "clock", "amount": -60_001}, "amount"),
        ({"site": "a", "kind": "delay", "amount": "much"}, "amount"),
        ([], "body"),
    ],
)
def test_a_wrong_fault_is_refused_by_field(body, field):
    with pytest.raises(ValueError, match=field):
        Fault.read(body, SITES, 0.0, ROUTES.names)


def test_a_link_may_be_named_from_either_end_and_a_clock_may_be_behind():
    assert Fault.read({"link": "b~a", "kind": "cut"}, SITES, 5.0, ROUTES.names) == Fault("a~b", "cut", 1.0, 65.0, 5.0)
    assert Fault.read({"site": "a", "kind": "clock", "amount": -3}, SITES, 0.0).amount == -3.0


def test_every_kind_has_an_amount_within_its_limits():
    assert all(0 < kind.usual <= kind.most for kind in KINDS.values())
