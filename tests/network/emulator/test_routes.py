"""The ways of the simulated network, on a ring with a spur whose times are added up by hand."""

import pytest

from network.emulator.routes import Route, Routes, Span, link_name

RING = (Span("core", "a", 1.0), Span("a", "b", 1.0), Span("b", "core", 5.0), Span("b", "leaf", 0.5))


@pytest.fixture
def routes():
    return Routes(RING, "core")


def test_a_link_has_one_name_from_either_end():
    assert link_name("b", "a") == link_name("a", "b") == "a~b"
    assert Span("b", "a", 1.0).name == "a~b"


def test_everybody_is_reached_by_the_shortest_way(routes):
    assert routes.usual["leaf"] == Route(2.5, ("a~core", "a~b", "b~leaf"))
    assert routes.usual["core"] == Route(0.0, ())


def test_without_a_link_of_the_ring_the_other_way_round_is_taken(routes):
    assert routes.without({"a~b"})["leaf"] == Route(5.5, ("b~core", "b~leaf"))
    assert routes.without({"a~b"})["a"].ms == 1.0


def test_without_the_spur_its_end_is_not_reached(routes):
    assert routes.without({"b~leaf"}).keys() == {"core", "a", "b"}


def test_without_a_site_those_behind_it_are_not_reached(routes):
    assert routes.without({"b"}).keys() == {"core", "a"}
    assert routes.without({"core"}) == {}


def test_a_pushed_route_is_taken_and_is_not_protected(routes):
    routes.pins["leaf"] = ("core", "b", "leaf")
    assert routes.without(frozenset())["leaf"] == Route(5.5, ("b~core", "b~leaf"))
    assert "leaf" not in routes.without({"b~core"})
    assert "leaf" not in routes.without({"b"})
    assert routes.without({"a~b"})["leaf"].ms == 5.5


@pytest.mark.parametrize("nodes", [("core",), ("a", "b"), ("core", "leaf"), ()])
def test_a_route_that_is_none_is_refused(routes, nodes):
    with pytest.raises(ValueError, match="route"):
        routes.along(nodes)


def test_no_links_are_a_network_too():
    assert Routes().usual == {"": Route(0.0, ())}
    assert Routes().names == frozenset()
