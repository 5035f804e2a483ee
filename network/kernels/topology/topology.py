"""A network as arrays, and what it costs under one definition of the circle. Metres in, milliseconds out.

A path pays every node it leaves, every link, and the end of the terminal's own node. Costs of nodes are therefore
carried by the arcs that leave them, and one multi-source Dijkstra from the data centres is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from network.kernels.geodesy import distance_m
from network.kernels.topology.definition import Definition, Direction, Layer
from network.kernels.topology.latency import (
    HOPS,
    MOST_UTILISED,
    HopDefaults,
    hops_ms,
    md1_ms,
    propagation_air_ms,
    propagation_ms,
    serialisation_ms,
)

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
MOST_NODES, MOST_LINKS = 100_000, 400_000
MOST_LENGTH_KM = 40_000.0


class Access(IntEnum):
    """How terminals reach a node."""

    DIRECT = 0  # the node itself is the end
    RADIO = 1
    PASSIVE_OPTICAL = 2


@dataclass(frozen=True)
class AccessDefaults:
    """What the access adds at the terminal's end, on top of `latency.HOPS`, in milliseconds.

    Source: reference figures of 30 kHz DDDSU (downlink mean) and of upstream bandwidth assignment (0.25 to 1.5 ms);
    engineering defaults, not a standard.
    """

    radio_downlink_ms: float = 1.44
    pon_upstream_ms: float = 0.5
    tail_m: float = 1_000.0  # fibre between a passive optical terminal and its node


ACCESS = AccessDefaults()


@dataclass(frozen=True)
class Topology:
    """Nodes and the links between them, numbered from 0. Links carry both ways; parallel ones are allowed.

    Raises:
        ValueError: shapes differ, a link ends nowhere or where it begins, or a quantity is out of range.
    """

    names: tuple[str, ...]
    ends: Indices  # both nodes of every link, shape (links, 2)
    length_m: Array  # of the fibre, or of the way through air
    rate_gbps: Array
    load_share: Array
    is_electrical: Flags  # an OTN cross-connect with transponders stands at the node; else all-optical
    is_routed: Flags  # an IP router stands at the node
    access: Indices  # Access of every node
    optical_hops: Indices | None = None  # cross-connects on the way of each link; None: none on any
    electrical_hops: Indices | None = None  # regenerations likewise
    is_microwave: Flags | None = None  # whose links go through air; None: all are fibre

    def __post_init__(self) -> None:
        _check_ends(self.ends, len(self.names))
        links, nodes = (len(self.ends),), (len(self.names),)
        for name in ("length_m", "rate_gbps", "load_share"):
            _check_shape(name, getattr(self, name), links)
        for name in ("optical_hops", "electrical_hops"):
            if (passed := getattr(self, name)) is not None:
                _check_shape(name, passed, links)
                _check_range(name, passed, passed >= 0, "0 or more")
        if self.is_microwave is not None:
            _check_shape("is_microwave", self.is_microwave, links)
        for name in ("is_electrical", "is_routed", "access"):
            _check_shape(name, getattr(self, name), nodes)
        _check_range("length_m", self.length_m, self.length_m >= 0, "0 or more")
        _check_range("rate_gbps", self.rate_gbps, self.rate_gbps > 0, "above 0")
        _check_range("load_share", self.load_share, (self.load_share >= 0) & (self.load_share <= 1), "0 to 1")


@dataclass(frozen=True)
class Weights:
    """What a topology costs under one definition; arcs are sorted by tail, head and cost."""

    tail: Indices
    head: Indices
    arc_ms: Array  # leaving the tail, and the link
    link: Indices  # which link an arc is one direction of
    end_ms: Array  # what a terminal at the node adds, its own node included
    graph: csr_array  # the cheapest arc of every pair

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.end_ms)


def weights(topology: Topology, definition: Definition, hops: HopDefaults = HOPS) -> Weights:
    """Return what nodes and links cost under a definition: mean milliseconds, one way or both as it says."""
    transit_ms = node_ms(topology, definition.layer, hops)
    ways = 1.0 if definition.direction is Direction.ONE_WAY else 2.0
    end_ms = ways * transit_ms + access_ms(topology, definition, hops)
    return arcs(topology.ends, ways * transit_ms, ways * link_ms(topology, definition.layer, hops), end_ms)


def arcs(ends: Indices, leave_ms: Array, over_ms: Array, end_ms: Array) -> Weights:
    """Return both directions of every link as arcs.

    Args:
        ends: nodes of every link, shape (links, 2).
        leave_ms: cost of leaving each node. [ms]
        over_ms: cost of each link. [ms]
        end_ms: cost of each node's end. [ms]
    """
    tail, head = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
    arc_ms = leave_ms[tail] + np.concatenate([over_ms, over_ms])
    link = np.tile(np.arange(len(ends), dtype=np.int64), 2)
    order = np.lexsort((link, arc_ms, head, tail))
    tail, head, arc_ms, link = tail[order], head[order], arc_ms[order], link[order]
    return Weights(tail, head, arc_ms, link, end_ms, _cheapest(tail, head, arc_ms, len(leave_ms)))


def without(weights: Weights, node: int, link: int) -> Weights:
    """Return the same without every arc of a node and of a link; a negative number leaves everything."""
    kept = (weights.link != link) & (weights.tail != node) & (weights.head != node)
    tail, head, arc_ms = weights.tail[kept], weights.head[kept], weights.arc_ms[kept]
    graph = _cheapest(tail, head, arc_ms, weights.nodes)
    return Weights(tail, head, arc_ms, weights.link[kept], weights.end_ms, graph)


def node_ms(topology: Topology, layer: Layer, hops: HopDefaults = HOPS) -> Array:
    """Return the milliseconds of passing each node once: optical, with electrical and IP parts where they stand."""
    electrical_ms = hops.electrical_ms + hops.transponder_ms
    passing_ms = hops.optical_ms + topology.is_electrical * electrical_ms
    if layer is not Layer.OPTICAL:
        passing_ms = passing_ms + topology.is_routed * hops.router_ms
    return np.asarray(passing_ms, float)


def link_ms(topology: Topology, layer: Layer, hops: HopDefaults = HOPS) -> Array:
    """Return the milliseconds of each link, one way.

    Light and the hops on the way at every layer; above the optics a packet and its M/D/1 queue as well.
    """
    optical, electrical = (
        0 if values is None else values for values in (topology.optical_hops, topology.electrical_hops)
    )
    light_ms = propagation_ms(topology.length_m)
    if topology.is_microwave is not None:
        light_ms = np.where(topology.is_microwave, propagation_air_ms(topology.length_m), light_ms)
    passing_ms = light_ms + hops_ms(optical, electrical, hops)
    if layer is Layer.OPTICAL:
        return passing_ms
    utilisation = np.minimum(topology.load_share, MOST_UTILISED)
    return np.asarray(passing_ms + md1_ms(serialisation_ms(topology.rate_gbps), utilisation))


def access_ms(
    topology: Topology, definition: Definition, hops: HopDefaults = HOPS, access: AccessDefaults = ACCESS
) -> Array:
    """Return what the access of each node adds, up or both ways; in ms; nil below the end-to-end layer."""
    if definition.layer is not Layer.END_TO_END:
        return np.zeros(len(topology.names))
    tail_ms = float(propagation_ms(access.tail_m))
    up_ms = np.array([0.0, hops.station_ms + hops.radio_uplink_ms, access.pon_upstream_ms + tail_ms])
    down_ms = np.array([0.0, hops.station_ms + access.radio_downlink_ms, tail_ms])
    by_kind_ms = up_ms if definition.direction is Direction.ONE_WAY else up_ms + down_ms
    return np.asarray(by_kind_ms[topology.access])


def from_node_link(data: Mapping[str, Any], detour: float = 1.0) -> Topology:
    """Return the topology of a node-link document: `nodes` with `id`, and `edges` (or `links`).

    Args:
        data: a node has `pos` [lon, lat] and perhaps `name`; an edge has `source`, `target`, and either `length_km` of
            fibre or `dist`, the geodesic in km, or neither, when the geodesic of its nodes is taken.
        detour: fibre over geodesic, applied to all but `length_km`.

    Returns:
        The topology; every node has an OTN cross-connect and a router, links are 100 Gbit/s at no load unless
        `rate_gbps` and `load_share` say otherwise.

    Raises:
        ValueError: naming field, value and what was expected.
    """
    nodes, edges = _rows(data, "nodes", MOST_NODES), _rows(data, "edges" if "edges" in data else "links", MOST_LINKS)
    if not (isfinite(detour) and detour >= 1):
        raise ValueError(f"detour: {detour} given; expected 1 or more")
    place: dict[str, int] = {}
    for number, node in enumerate(nodes):
        if place.setdefault(str(node.get("id")), number) != number or node.get("id") is None:
            raise ValueError(f"nodes[{number}].id: {node.get('id')!r} given; expected one id per node")
    ends = np.array([_ends(number, edge, place) for number, edge in enumerate(edges)], np.int64).reshape(-1, 2)
    length_km = [_length_km(number, edge, nodes, ends[number], detour) for number, edge in enumerate(edges)]
    return Topology(
        tuple(str(node.get("name", node["id"])) for node in nodes),
        ends,
        np.array(length_km, float) * 1_000,
        np.array(
            [_number(edge.get("rate_gbps", 100.0), f"edges[{n}].rate_gbps") for n, edge in enumerate(edges)], float
        ),
        np.array(
            [_number(edge.get("load_share", 0.0), f"edges[{n}].load_share") for n, edge in enumerate(edges)], float
        ),
        np.ones(len(nodes), bool),
        np.ones(len(nodes), bool),
        np.zeros(len(nodes), np.int64),
    )


def _rows(data: Mapping[str, Any], name: str, most: int) -> Sequence[Mapping[str, Any]]:
    rows = data.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name}: {type(rows).__name__} given; expected a list of objects")
    if len(rows) > most:
        raise ValueError(f"{name}: {len(rows)} given; expected at most {most}")
    return rows


def _ends(number: int, edge: Mapping[str, Any], place: Mapping[str, int]) -> tuple[int, int]:
    for name in ("source", "target"):
        if str(edge.get(name)) not in place:
            raise ValueError(f"edges[{number}].{name}: {edge.get(name)!r} given; expected the id of a node")
    return place[str(edge["source"])], place[str(edge["target"])]


def _length_km(
    number: int, edge: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]], ends: Indices, detour: float
) -> float:
    if "length_km" in edge:
        return _number(edge["length_km"], f"edges[{number}].length_km")
    if "dist" in edge:
        return _number(edge["dist"], f"edges[{number}].dist") * detour
    (lon1, lat1), (lon2, lat2) = (_position(int(end), nodes[end]) for end in ends)
    return float(distance_m(lat1, lon1, lat2, lon2)) / 1_000 * detour


def _position(number: int, node: Mapping[str, Any]) -> tuple[float, float]:
    position = node.get("pos")
    if not isinstance(position, list | tuple) or len(position) != 2:
        raise ValueError(f"nodes[{number}].pos: {position!r} given; expected [longitude, latitude]")
    lon_deg, lat_deg = (_number(value, f"nodes[{number}].pos", least=-180.0, most=180.0) for value in position)
    return lon_deg, lat_deg


def _number(value: object, field: str, least: float = 0.0, most: float = MOST_LENGTH_KM) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{field}: {value!r} given; expected a number, {least:g} to {most:g}")
    return float(value)


def _cheapest(tail: Indices, head: Indices, arc_ms: Array, nodes: int) -> csr_array:
    first = np.ones(len(tail), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    starts = np.searchsorted(tail[first], np.arange(nodes + 1))
    return csr_array((arc_ms[first], head[first], starts), shape=(nodes, nodes))


def _check_ends(ends: Indices, nodes: int) -> None:
    if ends.ndim != 2 or ends.shape[1] != 2:
        raise ValueError(f"ends: shape {ends.shape} given; expected (links, 2)")
    if ends.size and not (ends.min() >= 0 and ends.max() < nodes):
        raise ValueError(f"ends: {ends.min()} to {ends.max()} given; expected 0 to {nodes - 1}")
    if np.any(ends[:, 0] == ends[:, 1]):
        raise ValueError(f"ends: link {int(np.argmax(ends[:, 0] == ends[:, 1]))} ends where it begins")


def _check_shape(name: str, values: NDArray[Any], shape: tuple[int]) -> None:
    if values.shape != shape:
        raise ValueError(f"{name}: shape {values.shape} given; expected {shape}")


def _check_range(name: str, values: ArrayLike, is_right: Flags, expected: str) -> None:
    wrong = ~(is_right & np.isfinite(np.asarray(values, float)))
    if np.any(wrong):
        raise ValueError(f"{name}: {np.asarray(values)[wrong][0]} given; expected {expected}")
