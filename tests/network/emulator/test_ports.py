"""Ports of simulated sites: what they see of cut and errored fibres and of neighbours that failed."""

import pytest

from network.emulator.equipment.ports import ports
from network.emulator.faults.faults import Fault, Faults
from network.emulator.routes import Routes, Span

ROUTES = Routes((Span("core", "one", 1.0), Span("core", "two", 1.0), Span("one", "two", 1.0)), "core")


class World:
    def __init__(self):
        self.now_s = 1_000.0
        self.faults = Faults(lambda: self.now_s, ROUTES)

    def fail(self, subject, kind, amount=1.0, for_s=100.0):
        self.faults.inject(Fault(subject, kind, amount, self.now_s + for_s, self.now_s))

    def states(self, slug="one"):
        return {port["to"]: port["state"] for port in ports(slug, ROUTES, self.faults)}


@pytest.fixture
def world():
    return World()


def test_where_nothing_fails_every_port_is_up(world):
    assert ports("one", ROUTES, world.faults) == [
        {"to": to, "state": "up", "errored_share": 0.0, "for_s": None} for to in ("core", "two")
    ]
    assert ports("of no link", ROUTES, world.faults) == []


def test_both_ends_of_a_cut_fibre_get_no_light_and_say_for_how_long(world):
    world.fail("one~two", "cut")
    world.now_s += 20
    assert world.states("one") == {"core": "up", "two": "loss_of_signal"}
    assert world.states("two") == {"core": "up", "one": "loss_of_signal"}
    assert [port["for_s"] for port in ports("two", ROUTES, world.faults)] == [None, 20.0]
    world.now_s += 90
    assert set(world.states("one").values()) == {"up"}


def test_a_neighbour_that_fails_says_so_with_its_last_light_unless_the_fibre_is_cut_too(world):
    world.fail("two", "down")
    assert world.states() == {"core": "up", "two": "remote_off"}
    world.fail("one~two", "cut")
    assert world.states() == {"core": "up", "two": "loss_of_signal"}


def test_lost_frames_degrade_and_a_longer_way_does_not(world):
    world.fail("one~two", "loss", 0.2)
    world.fail("core~one", "delay", 20.0)
    told = {port["to"]: (port["state"], port["errored_share"]) for port in ports("one", ROUTES, world.faults)}
    assert told == {"core": ("up", 0.0), "two": ("degraded", 0.2)}


def test_a_fibre_that_comes_and_goes_has_light_half_of_the_time(world):
    world.fail("one~two", "flapping", 4.0)
    seen = []
    for _ in range(4):
        seen.append(world.states()["two"])
        world.now_s += 2.0
    assert seen == ["loss_of_signal", "up"] * 2
