"""Alarms of key sites that left their circle: connected still, and by a way that takes longer than the circle allows.

The official reading of the circle, modelled over what is known to pass traffic on now. A site that is silent itself has
alarms of that, and a share of no circle; of a station that sleeps, as it was told to, the way to it counts alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from console.errors import Refused
from network.actions.alarms.alarm_condition import AlarmCondition
from network.actions.alarms.alarm_source import AlarmSource, Look, follow, run
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import SITE, ObjectId, of_site
from network.actions.alarms.problem import Problem, register
from network.actions.topology import graph
from network.actions.topology import live as live_
from network.actions.topology.graph import Network
from network.actions.topology.live import Live, carries
from network.kernels.topology import failures, topology
from network.kernels.topology.definition import OFFICIAL
from network.kernels.topology.topology import Array, Flags
from network.models import AlarmType, Severity, Site

LEFT = register(Problem(
    "circle_left", "A key site is outside its one-millisecond circle", AlarmType.QUALITY_OF_SERVICE,
    "thresholdCrossed", Severity.MAJOR, is_symptom=True,
))  # fmt: skip


@dataclass(frozen=True)
class Outside:
    """How far computing is now by the official reading, and as planned: both modelled. None: no way leads there."""

    modelled_ms: float | None
    planned_ms: float
    limit_ms: float


@dataclass(frozen=True)
class _Key:
    """Key sites by node: who is surely outside now and connected, and of whom that is not known."""

    outside: Flags
    unsure: Flags
    now_ms: Array
    planned_ms: Array


def look(now: datetime) -> None:
    """Look for key sites that left their circle, and make alarms of the difference."""
    run([SOURCE], now)


def find(now: datetime) -> Look | None:
    """Return which key sites are outside now and inside as planned. Of too large an inventory nothing is said."""
    live = live_.live(now)
    if live.is_starting:
        return None
    try:
        judged: _Key = live.derived.get("circle of key sites", lambda: _judge(live))
    except Refused:
        return None
    slugs = [site.slug for site in live.snapshot.sites]
    unsure = {ObjectId(SITE, slugs[node]) for node in np.flatnonzero(judged.unsure)}
    conditions = list(_conditions(live, judged))
    follow(conditions, now)
    return Look((LEFT,), conditions, unsure)


def _judge(live: Live) -> _Key:
    planned, possible, known = (
        graph.read(part)
        for part in (live.snapshot, live.carrying(with_unknown=True), live.carrying(with_unknown=False))
    )
    is_key = planned.is_key_site > 0
    planned_ms, possible_ms, known_ms = _ms(planned), _ms(possible), _ms(known)
    was_inside, may_be, is_inside = is_key & _is_near(planned_ms), _is_near(possible_ms), _is_near(known_ms)
    is_connected = carries(live.codes, with_unknown=False)
    unsure = was_inside & ~is_inside & (may_be | carries(live.codes, with_unknown=True) & ~is_connected)
    return _Key(was_inside & ~may_be & is_connected, unsure, possible_ms, planned_ms)


def _is_near(way_ms: Array) -> Flags:
    return np.asarray(way_ms <= OFFICIAL.threshold_ms + failures.TOLERANCE_MS)


def _ms(network: Network) -> Array:
    """Return how far computing is from every node, whether or not a terminal may enter there now: stations sleep."""
    weights = topology.weights(network.topology, OFFICIAL)
    return failures.nearest(weights, network.centres).cost_ms + weights.end_ms


def _conditions(live: Live, judged: _Key) -> Iterator[AlarmCondition]:
    nodes = np.flatnonzero(judged.outside).tolist()
    keys = live.snapshot.site_ids
    sites = Site.objects.in_bulk([keys[node] for node in nodes]) if nodes else {}
    for node in nodes:
        now_ms = float(judged.now_ms[node])
        is_reached = bool(np.isfinite(now_ms))
        planned_ms = round(float(judged.planned_ms[node]), 4)
        detail = Outside(round(now_ms, 4) if is_reached else None, planned_ms, OFFICIAL.threshold_ms)
        if site := sites.get(keys[node]):
            yield AlarmCondition(of_site(site), LEFT, detail)


SOURCE = register_source(AlarmSource((LEFT,), find))
