"""Who is inside the one-millisecond circle by each definition, now and after any single failure, over the inventory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from network.actions.circle import denominator
from network.actions.topology import graph
from network.actions.topology.graph import Network
from network.actions.topology.live import Live
from network.kernels.topology import failures
from network.kernels.topology.definition import STANDARD, Definition, Denominator, Direction, Failure, Layer
from network.kernels.topology.failures import Kind, Loss, Survey
from network.kernels.topology.topology import Array, Flags
from network.models import Region

MOST_LOST_NAMED = 200


@dataclass(frozen=True)
class Failed:
    """A single failure and what it takes out of the circle."""

    kind: str
    subject: str
    share: float
    lost: tuple[str, ...]  # counted sites, by slug; at most MOST_LOST_NAMED of them
    lost_count: int


@dataclass(frozen=True)
class Now:
    """Of what is inside the circle as planned: how much is surely outside now, and of how much that is not known."""

    lost: float  # in the unit of the reading
    asleep: float  # the way there is whole, and the station sends nothing, as it was told to
    unknown: float
    lost_sites: tuple[str, ...]  # by slug, at most MOST_LOST_NAMED
    asleep_sites: tuple[str, ...]
    unknown_sites: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """The circle by one definition. The share is unknown where its denominator is not in the inventory.

    By the live twin only who is known to be reached counts as covered, and `now` tells of the others.
    """

    definition: Definition
    share: float | None
    covered: float | None  # in the unit
    total: float | None
    outside: tuple[str, ...]
    worst: tuple[Failed, ...]  # of links, sites and data centres, the one of each that costs most
    unit: str  # sites, people or km2
    now: Now | None = None  # of the live twin
    source: str = "modelled"


def readings(region: Region, definitions: Sequence[Definition] = STANDARD, live: Live | None = None) -> list[Reading]:
    """Return the circle of a region by every definition, in the order given.

    Args:
        region: whose sites are counted; computing anywhere in the network counts.
        definitions: how to read the circle; those that differ only in failure share one computation.
        live: the live twin, where the circle is to be read as it is now; without it, as planned.

    Raises:
        Refused: the inventory holds more sites than one answer can wait for.
    """
    network = graph.read(live.carrying(with_unknown=False) if live else None)
    counted: dict[Denominator, Array | None] = {}
    surveys: dict[tuple[Layer, Direction, float, Denominator], Survey] = {}
    readings = []
    for definition in definitions:
        if definition.denominator not in counted:
            counted[definition.denominator] = denominator.weights(network, region, definition.denominator)
        weight = counted[definition.denominator]
        if weight is None:
            readings.append(Reading(definition, None, None, None, (), (), denominator.UNITS[definition.denominator]))
            continue
        key = (definition.layer, definition.direction, definition.threshold_ms, definition.denominator)
        if key not in surveys:
            surveys[key] = _survey(network, definition, weight)
        now = _now(live, definition, surveys[key], weight) if live else None
        readings.append(replace(_reading(network, definition, surveys[key], weight), now=now))
    return readings


def _survey(network: Network, definition: Definition, weight: Array) -> Survey:
    return failures.survey(network.weights(definition), network.centres, weight, definition.threshold_ms)


def _now(live: Live, definition: Definition, known: Survey, weight: Array) -> Now:
    planned, possible = (
        inside(network, definition) & (weight > 0)
        for network in (graph.read(live.snapshot), graph.read(live.carrying(with_unknown=True)))
    )
    gone, unknown = planned & ~possible & ~known.inside, possible & ~known.inside
    parts = gone & ~live.is_asleep, gone & live.is_asleep, unknown
    slugs = [site.slug for site in live.snapshot.sites]
    lost, asleep, doubtful = (float(weight[part].sum()) for part in parts)
    named = (tuple(slugs[node] for node in np.flatnonzero(part)[:MOST_LOST_NAMED]) for part in parts)
    return Now(lost, asleep, doubtful, *named)


def inside(network: Network, definition: Definition) -> Flags:
    """Return which sites of a network are inside the circle, of any region."""
    weights = network.weights(definition)
    cost_ms = failures.nearest(weights, network.centres).cost_ms + weights.end_ms
    return np.asarray(cost_ms <= definition.threshold_ms + failures.TOLERANCE_MS)


def _reading(network: Network, definition: Definition, survey: Survey, weight: Array) -> Reading:
    is_now = definition.failure is Failure.NONE
    worst = () if is_now else tuple(_failed(network, loss) for loss in _worst_of_each(survey))
    lost = () if is_now or survey.worst is None else survey.worst.lost
    outside = (weight > 0) & ~survey.inside
    outside[list(lost)] = True
    share = survey.share if is_now else survey.share_after_worst
    covered, total = float(weight[~outside].sum()), float(weight.sum())
    names = tuple(network.slugs[node] for node in np.flatnonzero(outside)[:MOST_LOST_NAMED])
    unit = denominator.UNITS[definition.denominator]
    return Reading(definition, share, covered, total, names, worst, unit)


def _worst_of_each(survey: Survey) -> list[Loss]:
    firsts = [next((loss for loss in survey.losses if loss.kind is kind), None) for kind in Kind]
    return sorted((loss for loss in firsts if loss is not None), key=lambda loss: loss.share)


def _failed(network: Network, loss: Loss) -> Failed:
    subject = (network.link_names if loss.kind is Kind.LINK else network.slugs)[loss.index]
    lost = tuple(network.slugs[node] for node in sorted(loss.lost)[:MOST_LOST_NAMED])
    return Failed(str(loss.kind), subject, loss.share, lost, len(loss.lost))
