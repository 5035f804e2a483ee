"""Alarms against the truth: random faults on the demo topology, probed and judged as in production.

The faults, and what each does to a site, are the emulator's, and so is the log of what truly happened, by which is
scored; the judging of agreements and the naming of root causes are the kernels that the console uses. Time is
simulated, so that fifty scenarios take seconds.
"""

import json
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import dijkstra

from console.bench import Row, bench
from network.actions import demo, demo_service
from network.actions.probing import MOST_LOOKED_AT, second_look_after_s
from network.emulator.faults import Fault, Faults
from network.emulator.routes import Routes, Span, link_name
from network.emulator.truth import Truth
from network.kernels import circle, correlation
from network.kernels.correlation import Cause, Net, Observed
from network.kernels.latency import propagation_ms
from network.kernels.sla import Metric, State, judge, judge_counts
from network.models import Region, SiteKind

SCENARIOS, ROUNDS, PERIOD_S = 50, 60, 2.0
PACKETS, SPACING_S, TIMEOUT_S = 3, 0.02, 0.8
LINGER_S = 35.0  # after the end of a fault its agreements are still breached, for as long as their window
BASE_LOSS = 1e-4
OWN_MS, JITTER_MS = 0.6, 0.05
NOT_MEASURED = {SiteKind.CORE}
WELL = Observed(False, 0.0)
Name = frozenset[str]  # sites and links that a cause may be; any of them is right


@dataclass(frozen=True)
class City:
    """The demo topology, and whom each of its elements concerns."""

    slugs: list[str]
    probed: dict[int, float]  # node: objective of the round trip [ms]
    net: Net
    routes: Routes
    cut_off: correlation.Prediction
    carried: correlation.Prediction


@dataclass
class Site:
    """What the console remembers of one site."""

    answered: deque[bool] = field(default_factory=lambda: deque([True] * 15, 15))  # 30 s of rounds
    rtts_ms: deque[float] = field(default_factory=lambda: deque(maxlen=180))  # 120 s of packets
    seen: Observed = WELL
    slow: Observed = WELL


@dataclass(frozen=True)
class Happened:
    """A fault as the log of what truly happened tells it."""

    subject: str
    since_s: float
    until_s: float


@dataclass
class Score:
    """Named causes and true ones, and how long each right one took."""

    named: int = 0
    right: int = 0
    true: int = 0
    found: int = 0
    delays_s: list[float] = field(default_factory=list)


@bench("alarms")
def run() -> Iterator[Row]:
    """Yield precision, recall and the time to the alarm."""
    yield from rows(score_all(city(), SCENARIOS), SCENARIOS)


def rows(total: Score, scenarios: int) -> Iterator[Row]:
    """Yield what was scored. A cause is right when the true one is among those that no probe could tell apart."""
    note = f"{scenarios} random scenarios on the demo topology, {total.true} faults, simulated rounds; right is the "
    note += "true cause or one that no probe can tell from it"
    yield Row("alarms_precision", round(total.right / max(total.named, 1), 4), "share", note=f"{note}; goal 0.95")
    yield Row("alarms_recall", round(total.found / max(total.true, 1), 4), "share", note=f"{note}; goal 0.95")
    mean_s, p95_s = (float(np.mean(total.delays_s)), float(np.quantile(total.delays_s, 0.95))) if total.delays_s else (
        np.nan, np.nan)  # fmt: skip
    worst_s = max(total.delays_s, default=np.nan)
    note = f"mean; 95 % within {p95_s:.2f} s, all within {worst_s:.2f} s; "
    note += f"a probe period is {PERIOD_S:g} s, an answer is awaited {TIMEOUT_S:g} s"
    yield Row("alarms_detection_s", round(mean_s, 2), "s", note=f"{note}; goal: two periods")


def score_all(place: City, scenarios: int, seed: int = 2026) -> Score:
    """Play and score as many scenarios."""
    total = Score()
    for number in range(scenarios):
        play(place, np.random.default_rng([seed, number]), total)
    return total


def city() -> City:
    """Return the demo topology, without a database."""
    region = Region(slug=demo.SLUG, lat_deg=demo.LAT_DEG, lon_deg=demo.LON_DEG, radius_m=demo.RADIUS_M)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    sites = list(demo._sites(region, now))  # noqa: SLF001  the demo without its rows
    links = list(demo._metro_links(sites, now))  # noqa: SLF001
    place = {site.slug: node for node, site in enumerate(sites)}
    ends = tuple((place[link.a.slug], place[link.b.slug]) for link in links)
    ms = [float(propagation_ms(link.length_km * 1_000)) + 0.02 for link in links]
    core = next(node for node, site in enumerate(sites) if site.kind == SiteKind.CORE)
    net = Net(len(sites), ends, core)
    graph = circle.adjacency(len(sites), ends, ms)
    _, towards = dijkstra(graph, directed=False, indices=core, return_predecessors=True)
    spans = tuple(Span(link.a.slug, link.b.slug, way_ms) for link, way_ms in zip(links, ms, strict=True))
    probed = {
        node: demo_service.RTT_OBJECTIVE_MS[SiteKind(site.kind)]
        for node, site in enumerate(sites) if site.kind not in NOT_MEASURED
    }  # fmt: skip
    cut_off, carried = correlation.cut_off(net), correlation.carried(net, towards.tolist())
    return City([site.slug for site in sites], probed, net, Routes(spans, sites[core].slug), cut_off, carried)


def draw(place: City, rng: np.random.Generator) -> list[Fault]:
    """Return one to three faults: cuts, failed sites and data centres, slow sites and links, sites that come and go."""
    cuts = [link for kind, link in place.cut_off if kind == "link"]
    busy = [link for kind, link in place.carried if kind == "link" and len(place.carried[kind, link]) > 1]
    hubs = [node for node in place.probed if len(place.cut_off["node", node]) > 1]
    faults = []
    for kind in rng.choice(
        ["cut", "down", "hub", "delay", "slow link"], rng.integers(1, 4), p=[0.3, 0.2, 0.25, 0.15, 0.1]
    ):
        if kind in ("cut", "slow link"):
            a, b = place.net.links[int(rng.choice(cuts if kind == "cut" else busy))]
            subject = link_name(place.slugs[a], place.slugs[b])
        else:
            subject = place.slugs[int(rng.choice(hubs if kind == "hub" else list(place.probed)))]
        since_s = float(rng.uniform(4.0, 50.0))
        name = {"hub": "down", "slow link": "delay"}.get(str(kind), str(kind))
        faults.append(Fault(subject, name, 20.0, since_s + float(rng.uniform(20.0, 60.0)), since_s))
    return _apart(place, faults)


def _apart(place: City, faults: list[Fault]) -> list[Fault]:
    """Leave out a fault that another one hides: no probe could tell that it is there."""
    kept: list[Fault] = []
    for fault in sorted(faults, key=lambda one: -len(_concerned(place, one))):
        if all(_concerned(place, fault).isdisjoint(_concerned(place, other)) for other in kept):
            kept.append(fault)
    return sorted(kept, key=lambda fault: fault.since_s)


def _concerned(place: City, fault: Fault) -> frozenset[int]:
    predictions = place.carried if fault.kind == "delay" and fault.befalls == "link" else place.cut_off
    if fault.kind == "delay" and fault.befalls == "site":
        return frozenset({place.slugs.index(fault.subject)})
    return next(
        (nodes for element, nodes in predictions.items() if _name(place, element) == fault.subject), frozenset()
    )


def play(place: City, rng: np.random.Generator, total: Score) -> None:
    """Play one scenario and add its score."""
    faults, clock, named = draw(place, rng), [0.0], []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "truth.jsonl"
        truth = Faults(lambda: clock[0], place.routes, Truth(log, lambda: clock[0]))
        named = list(_named(place, truth, deque(faults), clock, rng))
        happened = told(log)
    found: dict[str, float] = {}
    for name, at_s in named:
        _count(total, happened, found, name, at_s)
    total.true += len(happened)
    total.found += len(found)


def told(log: Path) -> list[Happened]:
    """Return what the log of what truly happened tells."""
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    began = [
        (next(iter(one["root"].values())), datetime.fromisoformat(one["at"]).timestamp(), one["for_s"])
        for one in lines if one["event"] == "began"
    ]  # fmt: skip
    return [Happened(subject, since_s, since_s + for_s) for subject, since_s, for_s in began]


def _named(
    place: City, truth: Faults, waiting: deque[Fault], clock: list[float], rng: np.random.Generator
) -> Iterator[tuple[Name, float]]:
    """Yield what is put on the alarm list, and when: after every round, and after every second look."""
    sites = {node: Site(rtts_ms=deque(OWN_MS + rng.gamma(1, JITTER_MS, 180), 180)) for node in place.probed}
    open_names: set[Name] = set()
    phase_s, second_s = float(rng.uniform(0, PERIOD_S)), second_look_after_s(PERIOD_S)
    for number in range(ROUNDS):
        again = set(sites)
        for at_s in (phase_s + number * PERIOD_S, phase_s + number * PERIOD_S + (second_s or 0.0)):
            _begin(truth, waiting, clock, at_s)
            before = {node for node, site in sites.items() if site.seen.is_affected}
            probe(place, truth, {node: sites[node] for node in again}, at_s, rng)
            names = name_causes(place, sites)
            yield from ((name, at_s + (PACKETS - 1) * SPACING_S + TIMEOUT_S) for name in names - open_names)
            open_names = names
            again = {node for node in again - before if sites[node].seen.is_affected}
            if second_s is None or not 0 < len(again) <= MOST_LOOKED_AT:
                break


def _begin(truth: Faults, waiting: deque[Fault], clock: list[float], at_s: float) -> None:
    """Let the faults happen whose time has come, each at its own time."""
    while waiting and waiting[0].since_s <= at_s:
        clock[0] = waiting[0].since_s
        truth.inject(waiting.popleft())
    clock[0] = at_s


def _count(total: Score, faults: Sequence[Happened], found: dict[str, float], name: Name, at_s: float) -> None:
    total.named += 1
    right = [one for one in faults if one.subject in name and one.since_s <= at_s <= one.until_s + LINGER_S]
    total.right += bool(right)
    for fault in right:
        if fault.subject not in found:
            found[fault.subject] = at_s - fault.since_s
            total.delays_s.append(found[fault.subject])


def probe(place: City, truth: Faults, sites: dict[int, Site], at_s: float, rng: np.random.Generator) -> None:
    """Measure every site once, and note what the console would."""
    for node, site in sites.items():
        now = truth.condition(place.slugs[node])
        lost = rng.random(PACKETS) < max(now.loss_share, BASE_LOSS)
        rtts_ms = OWN_MS + now.delay_ms + rng.gamma(1, JITTER_MS, PACKETS)
        rtts_ms[lost | now.is_silent] = np.nan
        is_answered = bool(np.isfinite(rtts_ms).any())
        site.answered.append(is_answered)
        site.rtts_ms.extend(rtts_ms.tolist())
        site.seen = _follow(site.seen, not is_answered, at_s)
        if is_answered:
            is_slow = _is_slow(site, place.probed[node]) and float(np.nanmedian(rtts_ms)) > place.probed[node]
            site.slow = replace(_follow(site.slow, is_slow, at_s), since_s=0.0 if is_slow else at_s, packets=6)


def _follow(before: Observed, is_affected: bool, at_s: float) -> Observed:  # noqa: FBT001  it reads in order
    if not is_affected:
        return Observed(False, at_s)
    return Observed(True, before.since_s if before.is_affected else at_s, before.packets * before.is_affected + PACKETS)


def _is_slow(site: Site, objective_ms: float) -> bool:
    if max(one for one in site.rtts_ms if one == one) <= objective_ms:  # noqa: PLR0124  NaN is not itself
        return False
    return judge(list(site.rtts_ms), Metric.RTT_P99, objective_ms, demo_service.RTT_MIN_SAMPLES).state is State.BREACHED


def _is_out(site: Site) -> bool:
    lost = sum(not answered for answered in site.answered)
    metric, least = Metric.AVAILABILITY, demo_service.AVAILABILITY_MIN_SAMPLES
    return judge_counts(15, lost, metric, demo_service.AVAILABILITY_OBJECTIVE, least).state is State.BREACHED


def name_causes(place: City, sites: dict[int, Site]) -> set[Name]:
    """Return what stands on the alarm list now: root causes of several sites, and every other broken agreement."""
    silent = {node: site.seen for node, site in sites.items()}
    slow = {node: site.slow for node, site in sites.items() if not site.seen.is_affected}
    large = [
        (cause, predictions)
        for seen, predictions in ((silent, place.cut_off), (slow, place.carried))
        for cause in correlation.explain(place.net, predictions, seen) if len(cause.affected) > 1
    ]  # fmt: skip
    covered = frozenset[int]().union(*(cause.affected for cause, _ in large))
    names = {_names(place, cause) for cause, _ in large}
    broken = [node for node, site in sites.items() if node not in covered and _stands_alone(site, place.probed[node])]
    return names | {_alone(place, node) for node in broken}


def _stands_alone(site: Site, objective_ms: float) -> bool:
    """Whether a site's own alarm is new or lasts; one that merely outlives its cause was named before."""
    return (site.seen.is_affected and _is_out(site)) or (site.slow.is_affected and _is_slow(site, objective_ms))


def _names(place: City, cause: Cause) -> Name:
    return frozenset(_name(place, element) for element in cause.elements)


def _alone(place: City, node: int) -> Name:
    """Return what a single affected site may mean: itself, or a link that leads to it alone."""
    both = [*place.cut_off.items(), *place.carried.items()]
    alike = {_name(place, element) for element, nodes in both if nodes == {node}}
    return frozenset(alike | {place.slugs[node]})


def _name(place: City, element: correlation.Element) -> str:
    kind, number = element
    if kind == "node":
        return place.slugs[number]
    return link_name(*(place.slugs[end] for end in place.net.links[number]))
