"""A network as arrays: what each layer costs, and real backbones."""

import json
from importlib.resources import files

import numpy as np
import pytest

from network.kernels.topology import failures, latency, topology
from network.kernels.topology.definition import STANDARD, Definition, Direction, Layer

OPTICAL, IP = Definition("optical", "one_way"), Definition("ip", "one_way")


def backbone(name):
    """A real network of the package of topologies."""
    return json.loads(files("topohub").joinpath(f"data/topozoo/{name}.json").read_bytes())


def line(length_km, **changes):
    """A chain of nodes with links of these lengths."""
    count = len(length_km) + 1
    edges = [{"source": n, "target": n + 1, "length_km": km, **changes} for n, km in enumerate(length_km)]
    return topology.from_node_link({"nodes": [{"id": n} for n in range(count)], "edges": edges})


def cost_ms(network, definition, centre=0):
    weights = topology.weights(network, definition)
    return failures.nearest(weights, [centre]).cost_ms + weights.end_ms


def test_bare_fibre_of_204_kilometres_takes_one_millisecond():
    weights = topology.arcs(np.array([[0, 1]]), np.zeros(2), latency.propagation_ms([204_200.0]), np.zeros(2))
    assert failures.nearest(weights, [0]).cost_ms[1] == pytest.approx(1.0, rel=1e-3)


def test_a_path_pays_every_node_once_and_every_link():
    path_ms = cost_ms(line([10, 20]), OPTICAL)
    node = latency.path_latency([latency.optical_node()]).mean_ms
    assert path_ms == pytest.approx([node, 2 * node + 10 * 4.8967e-3, 3 * node + 30 * 4.8967e-3], rel=1e-4)


def test_the_ip_layer_agrees_with_the_folded_path():
    fold = latency.path_latency(
        [latency.optical_node(), latency.ip_node(), *latency.fibre_link(42_000, 10, 0.7), latency.optical_node(),
         latency.ip_node()]
    )  # fmt: skip
    assert cost_ms(line([42], rate_gbps=10, load_share=0.7), IP)[1] == pytest.approx(fold.mean_ms)


def test_a_round_trip_takes_twice_as_long_and_layers_only_add():
    network = line([10, 20, 30], load_share=0.5)
    there = cost_ms(network, OPTICAL)
    assert cost_ms(network, Definition("optical", "round_trip")) == pytest.approx(2 * there)
    assert (cost_ms(network, IP) > there).all()


def test_an_all_optical_node_saves_the_electrical_hop():
    electrical = line([10])
    optical = topology.Topology(
        electrical.names, electrical.ends, electrical.length_m, electrical.rate_gbps, electrical.load_share,
        np.zeros(2, bool), electrical.is_routed, electrical.access,
    )  # fmt: skip
    saved = topology.node_ms(electrical, Layer.OPTICAL) - topology.node_ms(optical, Layer.OPTICAL)
    assert saved == pytest.approx([0.030, 0.030])


def test_hops_on_the_way_of_a_link_delay_it_at_every_layer():
    hops = {"optical_hops": np.array([4, 0]), "electrical_hops": np.array([0, 2])}
    passed = topology.Topology(**{**vars(line([10, 10])), **hops})
    for layer in Layer:
        added = topology.link_ms(passed, layer) - topology.link_ms(line([10, 10]), layer)
        assert added == pytest.approx([4 * 0.0005, 2 * 0.1])
    with pytest.raises(ValueError, match="electrical_hops"):
        topology.Topology(**{**vars(passed), "electrical_hops": np.array([0, -1])})


def test_a_microwave_link_goes_at_the_speed_of_light_in_air_at_every_layer():
    fibre = line([30, 30])
    mixed = topology.Topology(**{**vars(fibre), "is_microwave": np.array([True, False])})
    for layer in Layer:  # 30 km: 0.1469 ms of fibre, 0.1001 ms of air
        saved = topology.link_ms(fibre, layer) - topology.link_ms(mixed, layer)
        assert saved == pytest.approx([0.0468, 0.0], abs=1e-4)
    with pytest.raises(ValueError, match="is_microwave"):
        topology.Topology(**{**vars(fibre), "is_microwave": np.array([True])})


def test_radio_alone_breaks_one_millisecond():
    network = line([1])
    by_radio = topology.Topology(
        network.names, network.ends, network.length_m, network.rate_gbps, network.load_share, network.is_electrical,
        network.is_routed, np.array([0, topology.Access.RADIO]),
    )  # fmt: skip
    one_way, both = (cost_ms(by_radio, Definition("end_to_end", way))[1] for way in Direction)
    assert one_way > 2.14
    assert both == pytest.approx(2 * cost_ms(by_radio, IP)[1] + 2.14 + 1.44 + 2 * 0.150)


def test_of_parallel_links_the_cheapest_counts():
    nodes = [{"id": "a"}, {"id": "b"}]
    edges = [{"source": "a", "target": "b", "length_km": km} for km in (30, 10, 20)]
    weights = topology.weights(topology.from_node_link({"nodes": nodes, "edges": edges}), OPTICAL)
    assert weights.graph.nnz == 2
    assert failures.nearest(weights, [0]).cost_ms[1] == pytest.approx(0.0305 + 10 * 4.8967e-3, rel=1e-4)


@pytest.mark.parametrize(("name", "nodes", "links", "leaves"), [("Chinanet", 38, 62, 18), ("Cernet", 37, 54, 7)])
def test_real_backbones_load_and_show_their_single_points(name, nodes, links, leaves):
    network = topology.from_node_link(backbone(name), detour=1.8)
    assert (len(network.names), len(network.ends)) == (nodes, links)
    values, bridges = failures.single_points(topology.weights(network, OPTICAL))
    assert len(values) == leaves
    assert set(values) <= set(network.ends[bridges].ravel())  # every leaf hangs on a bridge
    assert "Beijing" in network.names


def test_lengths_of_a_real_backbone_are_geodesic_times_detour():
    data = backbone("Chinanet")
    bare = {**data, "edges": [{"source": edge["source"], "target": edge["target"]} for edge in data["edges"]]}
    given, computed = (topology.from_node_link(graph, detour=1.8).length_m for graph in (data, bare))
    assert given == pytest.approx(computed, rel=0.006)  # sphere and ellipsoid differ by up to 0.56 %


def test_every_standard_definition_has_weights():
    for definition in STANDARD:
        assert (topology.weights(line([5, 5]), definition).arc_ms > 0).all()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "nodes: NoneType given"),
        ({"nodes": [{"id": 1}, {"id": 1}], "edges": []}, r"nodes\[1\].id: 1 given"),
        ({"nodes": [{}], "edges": []}, r"nodes\[0\].id"),
        ({"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 9}]}, r"edges\[0\].target: 9 given"),
        ({"nodes": [{"id": 1}], "edges": [{"source": 1, "target": 1, "length_km": 1}]}, "ends where it begins"),
        ({"nodes": [{"id": 1}, {"id": 2}], "edges": [{"source": 1, "target": 2, "length_km": -3}]}, "length_km: -3"),
        ({"nodes": [{"id": 1}, {"id": 2}], "edges": [{"source": 1, "target": 2, "dist": float("nan")}]}, "dist: nan"),
        ({"nodes": [{"id": 1}, {"id": 2}], "edges": [{"source": 1, "target": 2}]}, r"nodes\[0\].pos: None"),
        ({"nodes": [{"id": 1}, {"id": 2}],
          "edges": [{"source": 1, "target": 2, "dist": 1, "rate_gbps": 0}]}, "rate_gbps: 0.0 given; expected above 0"),
        ({"nodes": [{"id": 1}, {"id": 2}],
          "edges": [{"source": 1, "target": 2, "dist": 1, "load_share": 2}]}, "load_share: 2.0 given; expected 0 to 1"),
        ({"nodes": [{"id": n} for n in range(100_001)], "edges": []}, "at most 100000"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_by_field(data, words):
    with pytest.raises(ValueError, match=words):
        topology.from_node_link(data)


def test_a_detour_is_at_least_one():
    with pytest.raises(ValueError, match=r"detour: 0\.5"):
        topology.from_node_link({"nodes": [], "edges": []}, detour=0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ends": np.zeros((1, 3), int)}, "ends: shape"),
        ({"ends": np.array([[0, 7]])}, "ends: 0 to 7"),
        ({"length_m": np.zeros(2)}, "length_m: shape"),
    ],
)
def test_arrays_must_fit_each_other(change, words):
    network = line([1])
    with pytest.raises(ValueError, match=words):
        topology.Topology(**{**vars(network), **change})
