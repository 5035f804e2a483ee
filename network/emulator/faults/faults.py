"""Faults that are injected into simulated sites and links, each for a time, and what they do to every site."""

from collections import defaultdict
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from network.emulator.routes import Routes, link_name

MAX_FOR_S = 86_400.0
MAX_FAULTS = 1_000


@dataclass(frozen=True)
class Kind:
    """What a kind of fault may befall, and what its amount may be."""

    befalls: tuple[str, ...]
    usual: float
    most: float
    amount: str
    is_signed: bool = False


_ANY, _SITE, _LINK = ("site", "link"), ("site",), ("link",)
KINDS = {
    "down": Kind(_SITE, 1.0, 1.0, "unused"),
    "cut": Kind(_LINK, 1.0, 1.0, "unused"),
    "delay": Kind(_ANY, 20.0, 10_000.0, "milliseconds added to the round trip"),
    "loss": Kind(_ANY, 0.3, 1.0, "share of round trips lost"),
    "jitter": Kind(_ANY, 5.0, 1_000.0, "mean of the milliseconds added at random to each direction"),
    "clock": Kind(_SITE, 5.0, 60_000.0, "milliseconds that the site's clock is ahead", is_signed=True),
    "sleeping": Kind(_SITE, 1.0, 1.0, "unused"),
    "overload": Kind(_SITE, 1.5, 10.0, "traffic offered, as a multiple of what the site can carry"),
    "flapping": Kind(_ANY, 4.0, 600.0, "seconds from one failure to the next; down for half of them"),
    "silent": Kind(_SITE, 1.0, 1.0, "unused"),
}
OVERLOAD_RESIDENCE_MS = 2.0  # what a reflector on a busy board takes longer, for each multiple above one


@dataclass(frozen=True)
class Fault:
    """One fault of a site, or of a link: `subject` is then its two ends with a tilde between."""

    subject: str
    kind: str
    amount: float
    until_s: float
    since_s: float = 0.0
    number: int = 0
    scenario: str = ""

    @property
    def befalls(self) -> str:
        """Whether it is of a site or of a link."""
        return "link" if "~" in self.subject else "site"

    @staticmethod
    def read(request: Any, sites: Container[str], now_s: float, links: Container[str] = ()) -> "Fault":
        """Make a fault of a request's JSON.

        Raises:
            ValueError: a field is wrong; the message names field, value and what is expected.
        """
        if not isinstance(request, dict):
            raise ValueError("the body is no JSON object; expected site or link, kind, for_s, amount")  # noqa: TRY004  as all others
        name = request.get("kind")
        if not isinstance(name, str) or name not in KINDS:
            raise ValueError(f"kind is {name!r}; expected one of {', '.join(KINDS)}")
        kind = KINDS[name]
        subject = _subject(request, kind, sites, links)
        for_s = _number(request, "for_s", 60.0, MAX_FOR_S)
        amount = _number(request, "amount", kind.usual, kind.most, is_signed=kind.is_signed)
        return Fault(subject, name, amount, now_s + for_s, now_s)


def _subject(request: dict[str, Any], kind: Kind, sites: Container[str], links: Container[str]) -> str:
    site, link = request.get("site"), request.get("link")
    if (site is None) == (link is None):
        raise ValueError(f"site is {site!r} and link {link!r}; expected one of them")
    field, value = ("site", site) if link is None else ("link", link)
    if field not in kind.befalls:
        raise ValueError(f"{field} is {value!r}; expected a {kind.befalls[0]} for this kind")
    if field == "link":
        value = link_name(*value.split("~", 1)) if isinstance(value, str) and "~" in value else value
    if not isinstance(value, str) or value not in (sites if field == "site" else links):
        raise ValueError(f"{field} is {value!r}; expected the slug of a simulated {field}")
    return value


def _number(request: dict[str, Any], name: str, default: float, most: float, *, is_signed: bool = False) -> float:
    value = request.get(name)
    value = default if value is None else value
    is_number = not isinstance(value, bool) and isinstance(value, int | float)
    if not is_number or not 0 < (abs(value) if is_signed else value) <= most:
        expected = "a number other than 0, within" if is_signed else "a number above 0, at most"
        raise ValueError(f"{name} is {value!r}; expected {expected} {most:g}")
    return float(value)


@dataclass(frozen=True, slots=True)
class FaultState:
    """What the faults in force make of one site."""

    is_silent: bool = False  # nothing comes or goes: it, or the way to it, is down
    delay_ms: float = 0.0  # round trip
    jitter_ms: float = 0.0  # mean, each direction
    loss_share: float = 0.0
    clock_ms: float = 0.0
    residence_ms: float = 0.0
    load: float = 0.0  # traffic offered, as a multiple of the capacity; 0: as usual
    is_asleep: bool = False  # its cells carry nobody, though it says that all is well
    is_mute: bool = False  # its counters are not told


WELL = FaultState()
Watcher = Callable[[str, Fault, frozenset[str], frozenset[str]], None]


class Faults:
    """The faults in force: at most one of each kind per site or link; the newest counts."""

    def __init__(self, clock: Callable[[], float], routes: Routes | None = None, watch: Watcher | None = None) -> None:
        self._clock = clock
        self._routes = routes or Routes()
        self._watch = watch
        self._faults: dict[tuple[str, str], Fault] = {}
        self._conditions: dict[str, FaultState] = {}
        self._stale_s = inf
        self._count = 0

    def inject(self, fault: Fault) -> Fault:
        """Put a fault in force; return it with its number.

        Raises:
            ValueError: there are too many already.
        """
        self.settle()
        key = fault.subject, fault.kind
        if len(self._faults) >= MAX_FAULTS and key not in self._faults:
            raise ValueError(f"there are {MAX_FAULTS} faults already; clear some first")
        self._end(key)
        before = dict(self._conditions)
        self._count += 1
        self._faults[key] = fault = replace(fault, number=self._count)
        self._judge_all()
        if self._watch:
            alone = self._judge([fault], fault.since_s)
            changed = {site for site, now in self._conditions.items() if before.get(site) != now} | alone.keys()
            silent = {site for site in changed if self._conditions.get(site, WELL).is_silent}
            self._watch("began", fault, frozenset(silent), frozenset(changed - silent))
        return fault

    def clear(self, subject: str = "", scenario: str = "") -> int:
        """End every fault of a site or link, or of a scenario; return how many there were."""
        gone = [
            key
            for key, fault in self._faults.items()
            if (subject and key[0] == subject) or (scenario and fault.scenario == scenario)
        ]
        for key in gone:
            self._end(key)
        self._judge_all()
        return len(gone)

    def listed(self) -> list[dict[str, Any]]:
        """Return what is in force, as JSON can carry it."""
        self.settle()
        now_s = self._clock()
        return [
            {fault.befalls: fault.subject, "kind": fault.kind, "amount": fault.amount, "number": fault.number,
             "scenario": fault.scenario, "left_s": round(fault.until_s - now_s, 1)}
            for fault in self._faults.values()
        ]  # fmt: skip

    def of(self, subject: str) -> list[Fault]:
        """Return what is in force of one site or link."""
        self.settle()
        return [fault for (name, _), fault in self._faults.items() if name == subject]

    def is_gone(self, fault: Fault) -> bool:
        """Whether a fault takes its site or link away at this moment."""
        return _is_gone(fault, self._clock())

    def age_s(self, fault: Fault) -> float:
        """Return for how long a fault has been in force. [s]."""
        return max(self._clock() - fault.since_s, 0.0)

    def condition(self, site: str) -> FaultState:
        """Return what the faults make of a site now."""
        if self._clock() >= self._stale_s:
            self.settle()
            self._judge_all()
        return self._conditions.get(site, WELL)

    def settle(self) -> None:
        """End the faults whose time is over."""
        now_s = self._clock()
        over = [key for key, fault in self._faults.items() if fault.until_s <= now_s]
        for key in over:
            self._end(key)
        if over:
            self._judge_all()

    def rejudge(self) -> None:
        """Judge anew: the routes have changed."""
        self._judge_all()

    def _end(self, key: tuple[str, str]) -> None:
        fault = self._faults.pop(key, None)
        if fault and self._watch:
            self._watch("ended", fault, frozenset(), frozenset())

    def _judge_all(self) -> None:
        now_s = self._clock()
        self._conditions = self._judge(list(self._faults.values()), now_s)
        self._stale_s = min((_next_change_s(fault, now_s) for fault in self._faults.values()), default=inf)

    def _judge(self, faults: list[Fault], now_s: float) -> dict[str, FaultState]:
        """Return the condition of every site that these faults touch."""
        gone = {fault.subject for fault in faults if _is_gone(fault, now_s)}
        by_subject: dict[str, list[Fault]] = defaultdict(list)
        for fault in faults:
            by_subject[fault.subject].append(fault)
        routing = self._routes.without(gone)
        usual = self._routes.usual
        fault_states = {}
        for site in usual.keys() | self._routes.pins.keys() | {name for name in by_subject if "~" not in name}:
            route, before = routing.get(site), usual.get(site)
            is_silent = site in gone or (before is not None and route is None)
            links = route.links if route else ()
            felt = [*by_subject.get(site, ()), *(fault for link in links for fault in by_subject.get(link, ()))]
            detour_ms = 2 * (route.ms - before.ms) if route and before else 0.0
            condition = _condition(felt, is_silent=is_silent, detour_ms=detour_ms)
            if condition != WELL:
                fault_states[site] = condition
        return fault_states


def _condition(felt: list[Fault], *, is_silent: bool, detour_ms: float) -> FaultState:
    amounts: dict[str, list[float]] = defaultdict(list)
    for fault in felt:
        amounts[fault.kind].append(fault.amount)
    passed_share = 1.0
    for share in amounts["loss"]:
        passed_share *= 1 - share
    load = max(amounts["overload"], default=0.0)
    return FaultState(
        is_silent=is_silent,
        delay_ms=sum(amounts["delay"]) + detour_ms,
        jitter_ms=sum(amounts["jitter"]),
        loss_share=1 - passed_share,
        clock_ms=sum(amounts["clock"]),
        residence_ms=OVERLOAD_RESIDENCE_MS * max(load - 1.0, 0.0),
        load=load,
        is_asleep="sleeping" in amounts,
        is_mute="silent" in amounts or is_silent,
    )


def _is_gone(fault: Fault, now_s: float) -> bool:
    if fault.kind == "flapping":
        return (now_s - fault.since_s) % fault.amount < fault.amount / 2
    return fault.kind in ("down", "cut")


def _next_change_s(fault: Fault, now_s: float) -> float:
    if fault.kind != "flapping":
        return fault.until_s
    half_s = fault.amount / 2
    return min(fault.until_s, fault.since_s + ((now_s - fault.since_s) // half_s + 1) * half_s)
