"""Scoring the alarm list against what truly happened.

An alarm stands for itself when it is neither held nor below a root cause. It is right when what it names, or what no
probe can tell from it, has such a fault at that moment; a round that was under way may still say so after its end.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from network.actions.alarms import root_cause
from network.actions.alarms.problem import Problem
from network.actions.equipment import counter_alarms, counters
from network.actions.measurement import clocks
from network.actions.sla import sla_breaches
from network.bench.alarms.play import Played, Raised, Row
from network.bench.alarms.truth import Happened
from network.emulator.routes import link_name
from network.kernels.sla.sla import Metric

SILENCE, SLOWNESS = frozenset({"down", "cut", "flapping", "loss"}), frozenset({"delay", "jitter"})
_MEANS: dict[Problem, frozenset[str]] = {
    **dict.fromkeys((root_cause.CUT, root_cause.FAILED, root_cause.CUT_OR_FAILED), SILENCE - {"loss"}),
    root_cause.SLOW: SLOWNESS,
    sla_breaches.PROBLEMS[Metric.AVAILABILITY]: SILENCE,
    sla_breaches.PROBLEMS[Metric.LOSS_SHARE]: SILENCE,
    sla_breaches.PROBLEMS[Metric.RTT_P99]: SLOWNESS,
    clocks.WRONG: frozenset({"clock"}),
    counters.SILENT: frozenset({"silent"}),
    counter_alarms.SLEEPING: frozenset({"sleeping"}),
    **dict.fromkeys((counter_alarms.OVERLOADED, counter_alarms.QUEUE_LONG), frozenset({"overload"})),
}
MEANS = {problem.text: kinds for problem, kinds in _MEANS.items()}
"""Which kinds of fault an alarm of a problem can mean; one of any other problem is wrong."""
LEAST_SEEN_PERIODS, GRACE_PERIODS = 2, 1
Names = Mapping[str, str]  # of sites, as alarms call them: slug


@dataclass
class Tally:
    """What was counted of one way to tell of faults, such as the console's alarms or plain ones."""

    named: int = 0
    right: int = 0
    found: Counter[str] = field(default_factory=Counter)  # faults that an alarm named, by kind
    found_visible: Counter[str] = field(default_factory=Counter)  # of these, such as a probe could see
    delays_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # of visible ones, by kind

    @property
    def precision(self) -> float:
        """Right ones of all; nothing named is nothing wrong."""
        return self.right / self.named if self.named else 1.0

    @property
    def all_delays_s(self) -> list[float]:
        """How long each visible fault that was named took."""
        return [delay_s for many in self.delays_s.values() for delay_s in many]

    def add(self, other: "Tally") -> None:
        """Take another one's counts in."""
        self.named, self.right = self.named + other.named, self.right + other.right
        self.found.update(other.found)
        self.found_visible.update(other.found_visible)
        for kind, delays_s in other.delays_s.items():
            self.delays_s[kind] += delays_s


@dataclass
class Score:
    """What was counted, over one scenario or many."""

    ours: Tally = field(default_factory=Tally)
    plain: Tally = field(default_factory=Tally)  # one alarm per breached site, uncorrelated
    faults: Counter[str] = field(default_factory=Counter)  # by kind
    visible: Counter[str] = field(default_factory=Counter)  # those that a probe could see
    hidden_first: int = 0  # visible, but at first behind another fault
    attached: int = 0
    attached_right: int = 0
    again: int = 0  # came to stand on the list anew though no such fault was there
    clears_s: list[float] = field(default_factory=list)  # from the end of a fault to that of its last alarm
    left: int = 0  # alarms still open long after every fault's end
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Take another one's counts in."""
        self.ours.add(other.ours)
        self.plain.add(other.plain)
        self.faults.update(other.faults)
        self.visible.update(other.visible)
        for name in ("hidden_first", "attached", "attached_right", "again", "left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.clears_s += other.clears_s
        self.wrong += other.wrong


@dataclass(frozen=True)
class Key:
    """What is needed to read an alarm."""

    names: Names
    alike: Mapping[str, frozenset[str]]
    period_s: float

    def elements(self, row: Row) -> list[frozenset[str]]:
        """Return what an alarm names: of each the true one may be any that no probe can tell from it.

        Of alternatives one has to be true, of several that failed together every one.
        """
        words = row.causes or (row.subject,)
        aliases = [self.alike.get(slug, frozenset({slug})) for slug in map(self._slug, words)]
        return aliases if row.is_every_one else [frozenset().union(*aliases)]

    def _slug(self, words: str) -> str:
        ends = [self.names.get(word, word) for word in words.split(" – ")]
        return ends[0] if len(ends) == 1 else link_name(*ends[:2])


def score(key: Key, played: Played, happened: Sequence[Happened]) -> Score:
    """Score one scenario."""
    total = Score()
    _tally(key, played.stood, happened, total.ours)
    _tally(key, list(_plain(played.raised)), happened, total.plain)
    total.wrong = [f"{row.subject}: {row.problem}" for row in played.stood if not _named(key, row, happened)]
    total.faults.update(happened.fault.kind for happened in happened)
    for event in happened:
        if is_visible(event, key.period_s):
            total.visible[event.fault.kind] += 1
            total.hidden_first += (event.seen_from_s or 0.0) > event.fault.since_s + 2 * key.period_s
    _count_attached(key, played, happened, total)
    before: set[int] = set()
    for row in played.stood:
        total.again += row.key in before and not _named(key, row, happened)
        before.add(row.key)
    _count_ends(key, played, happened, total)
    return total


def is_visible(happened: Happened, period_s: float) -> bool:
    """Whether probing can detect a fault: for two periods in all it changes what some probe packet meets."""
    return happened.seen_from_s is not None and happened.seen_for_s >= LEAST_SEEN_PERIODS * period_s


def _tally(key: Key, rows: Sequence[Row], happened: Sequence[Happened], tally: Tally) -> None:
    """Count alarms and the faults that they name; a fault's delay counts from when it could first be seen."""
    first_s: dict[int, float] = {}
    for row in rows:
        named = _named(key, row, happened)
        tally.named += 1
        tally.right += bool(named)
        for number in named:
            first_s.setdefault(number, row.since_s)
    for number, at_s in first_s.items():
        event = happened[number]
        tally.found[event.fault.kind] += 1
        if is_visible(event, key.period_s) and event.seen_from_s is not None:
            tally.found_visible[event.fault.kind] += 1
            tally.delays_s[event.fault.kind].append(at_s - event.seen_from_s)


def _named(key: Key, row: Row, happened: Sequence[Happened]) -> set[int]:
    """Return the faults that an alarm names rightly; none where it names something that is well."""
    grace_s = GRACE_PERIODS * key.period_s
    kinds = MEANS.get(row.problem, frozenset())
    fitting = [
        number
        for number, event in enumerate(happened)
        if event.fault.kind in kinds and event.fault.since_s <= row.since_s <= event.fault.until_s + grace_s
    ]
    named: set[int] = set()
    for element in key.elements(row):
        matching = {number for number in fitting if happened[number].fault.subject in element}
        if not matching:
            return set()
        named |= matching
    return named


def _plain(raised: Iterable[Raised]) -> Iterator[Row]:
    """Yield what an alarm system without root causes lists: each broken agreement of each site."""
    for alarm in raised:
        if alarm.is_agreement:
            yield Row(alarm.key, alarm.subject, alarm.problem, (), False, alarm.since_s)


def _count_attached(key: Key, played: Played, happened: Sequence[Happened], total: Score) -> None:
    """Count alarms that were put below a root cause, and those whose site its true fault concerns."""
    roots: dict[str, set[int]] = defaultdict(set)
    for row in played.stood:
        roots[row.subject] |= _named(key, row, happened)
    for slug, subject in played.attached:
        total.attached += 1
        total.attached_right += any(slug in happened[number].concerned for number in roots[subject])


def _count_ends(key: Key, played: Played, happened: Sequence[Happened], total: Score) -> None:
    """Count how long alarms outlive the fault that they name, and those that never ended."""
    ended = {raised.key: raised.until_s for raised in played.raised}
    lasts_s: dict[int, float] = {}
    for row in played.stood:
        until_s = ended.get(row.key)
        total.left += until_s is None
        for number in _named(key, row, happened):
            lasts_s[number] = max(lasts_s.get(number, -np.inf), until_s if until_s is not None else np.inf)
    late_s = [until_s - happened[number].fault.until_s for number, until_s in lasts_s.items()]
    total.clears_s = [max(late_, 0.0) for late_ in late_s if np.isfinite(late_)]
