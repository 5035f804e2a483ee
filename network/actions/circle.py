"""Who is inside the one-millisecond circle by each definition, now and after any single failure, over the inventory."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from console.errors import Refused
from network.kernels import failures, topology
from network.kernels.definition import STANDARD, Definition, Denominator, Direction, Failure, Layer
from network.kernels.failures import Kind, Loss, Survey
from network.kernels.topology import Access, Array, Indices, Topology
from network.models import RADIO_KINDS, EdgeNode, Link, Region, Site, SiteKind

_SITE_FIELDS = ("pk", "slug", "kind", "region_id", "is_key_site", "lon_deg", "lat_deg", "people")
_LINK_FIELDS = ("a_id", "b_id", "length_km", "rate_gbps", "load_share")
_ROUTED = (SiteKind.DATA_CENTRE, SiteKind.CORE)
MOST_SITES = 20_000
MOST_LOST_NAMED = 200


@dataclass(frozen=True)
class Network:
    """The inventory as a topology. Nodes are numbered as `slugs`, links as `link_names`."""

    topology: Topology
    slugs: tuple[str, ...]
    link_names: tuple[str, ...]
    region_ids: Indices
    is_key_site: Array  # 1 or 0
    centres: Indices  # nodes with computing
    lon_lat_deg: Array  # of every node, shape (nodes, 2)
    people: Array  # who live in each site's service area; NaN where not known


@dataclass(frozen=True)
class Failed:
    """A single failure and what it takes out of the circle."""

    kind: str
    subject: str
    share: float
    lost: tuple[str, ...]  # key sites, by slug; at most MOST_LOST_NAMED of them
    lost_count: int


@dataclass(frozen=True)
class Reading:
    """The circle by one definition. The share is unknown where its denominator is not in the inventory."""

    definition: Definition
    share: float | None
    covered: int | None
    total: int | None
    outside: tuple[str, ...]
    worst: tuple[Failed, ...]  # of links, sites and data centres, the one of each that costs most
    source: str = "modelled"


def readings(region: Region, definitions: Sequence[Definition] = STANDARD) -> list[Reading]:
    """Return the circle of a region's key sites by every definition, in the order given.

    Args:
        region: whose key sites are counted; computing anywhere in the network counts.
        definitions: how to read the circle; those that differ only in failure or denominator share one computation.

    Raises:
        Refused: the inventory holds more sites than one answer can wait for.
    """
    network = read()
    counted = network.is_key_site * (network.region_ids == region.pk)
    surveys: dict[tuple[Layer, Direction, float], Survey] = {}
    for one in definitions:
        if (key := (one.layer, one.direction, one.threshold_ms)) not in surveys:
            weights = topology.weights(network.topology, one)
            surveys[key] = failures.survey(weights, network.centres, counted, one.threshold_ms)
    return [_reading(network, one, surveys[one.layer, one.direction, one.threshold_ms], counted) for one in definitions]


def read() -> Network:
    """Return the inventory as a topology.

    Raises:
        Refused: it holds more sites than one answer can wait for.
    """
    rows = list(Site.objects.order_by("pk").values_list(*_SITE_FIELDS).iterator())
    if len(rows) > MOST_SITES:
        raise Refused(f"the inventory holds {len(rows)} sites; the circle is computed for at most {MOST_SITES}")
    place = {row[0]: number for number, row in enumerate(rows)}
    found = Link.objects.order_by("pk").values_list(*_LINK_FIELDS).iterator()
    links = [link for link in found if link[0] in place and link[1] in place]  # a site may have come meanwhile
    kinds = [row[2] for row in rows]
    ends = np.array([(place[a], place[b]) for a, b, *_ in links], np.int64).reshape(-1, 2)
    slugs = tuple(row[1] for row in rows)
    figures = np.array([row[5:] for row in rows], float).reshape(-1, 3)
    length_km, rate_gbps, load_share = np.array([link[2:] for link in links], float).reshape(-1, 3).T
    built = Topology(
        slugs, ends, length_km * 1_000, rate_gbps, load_share,
        np.ones(len(rows), bool),
        np.array([kind in _ROUTED for kind in kinds], bool),
        np.array([_access(kind) for kind in kinds], np.int64),
    )  # fmt: skip
    centres = sorted({place[pk] for pk in EdgeNode.objects.values_list("site_id", flat=True) if pk in place})
    return Network(
        built, slugs, tuple(f"{slugs[a]} - {slugs[b]}" for a, b in ends.tolist()),
        np.array([row[3] for row in rows], np.int64), np.array([row[4] for row in rows], float),
        np.array(centres, np.int64), figures[:, :2], figures[:, 2],
    )  # fmt: skip


def real_network(name: str, detour: float = 1.8) -> Topology:
    """Return a real backbone of the topohub package, such as `Chinanet` or `Cernet`, its geodesic lengths times detour.

    Raises:
        Refused: there is none of that name.
    """
    found = files("topohub") / "data" / "topozoo" / f"{name}.json"
    if not name.isalnum() or not found.is_file():
        raise Refused(f"no network {name} among the packaged topologies")
    return topology.from_node_link(json.loads(found.read_bytes()), detour)


def _reading(network: Network, definition: Definition, survey: Survey, counted: Array) -> Reading:
    if definition.denominator is not Denominator.KEY_SITES:
        return Reading(definition, None, None, None, (), ())
    is_now = definition.failure is Failure.NONE
    worst = () if is_now else tuple(_failed(network, loss) for loss in _worst_of_each(survey))
    lost = () if is_now or survey.worst is None else survey.worst.lost
    outside = (counted > 0) & ~survey.inside
    outside[list(lost)] = True
    total = int(counted.sum())
    share = survey.share if is_now else survey.share_after_worst
    names = tuple(network.slugs[node] for node in np.flatnonzero(outside)[:MOST_LOST_NAMED])
    return Reading(definition, share, total - int(outside.sum()), total, names, worst)


def _worst_of_each(survey: Survey) -> list[Loss]:
    firsts = [next((loss for loss in survey.losses if loss.kind is kind), None) for kind in Kind]
    return sorted((loss for loss in firsts if loss is not None), key=lambda loss: loss.share)


def _failed(network: Network, loss: Loss) -> Failed:
    subject = (network.link_names if loss.kind is Kind.LINK else network.slugs)[loss.index]
    lost = tuple(network.slugs[node] for node in sorted(loss.lost)[:MOST_LOST_NAMED])
    return Failed(str(loss.kind), subject, loss.share, lost, len(loss.lost))


def _access(kind: str) -> Access:
    if kind in RADIO_KINDS:
        return Access.RADIO
    return Access.PASSIVE_OPTICAL if kind == SiteKind.OPTICAL else Access.DIRECT
