"""Scenarios: files that say which faults befall whom and when; read, written, drawn at random, and played."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from network.emulator.faults.faults import KINDS, MAX_FOR_S, Fault, Faults
from network.emulator.places import Inventory
from network.emulator.routes import Routes

MAX_EVENTS = 1_000
MOST_FILE_BYTES = 200_000
SHIPPED = Path(__file__).resolve().parent / "scenarios"
"""Scenarios for the demo's city: one of each kind of fault, and a mixed day."""
_FIELDS = {"at_s", "for_s", "kind", "site", "link", "amount"}
DRAWN = {
    "cut": 5, "down": 5, "delay": 2, "loss": 2, "jitter": 1, "clock": 1, "sleeping": 1, "overload": 1, "flapping": 2,
    "silent": 1,
}  # fmt: skip
"""How often each kind is drawn, of their sum."""


@dataclass(frozen=True)
class Scenario:
    """Faults with a timetable; `since_s` and `until_s` of each count from the start."""

    name: str
    faults: tuple[Fault, ...]

    @property
    def length_s(self) -> float:
        """When its last fault ends."""
        return max((fault.until_s for fault in self.faults), default=0.0)


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with Loft, by name."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.toml"))}


def load_scenario(file: Path) -> dict[str, Any]:
    """Read a scenario file, unchecked.

    Raises:
        ValueError: it is too long, or no TOML.
        OSError: it cannot be read.
    """
    if file.stat().st_size > MOST_FILE_BYTES:
        raise ValueError(f"{file} holds {file.stat().st_size} bytes; expected at most {MOST_FILE_BYTES}")
    try:
        return tomllib.loads(file.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise ValueError(f"{file} is no TOML: {reason}") from reason


def read_scenario(raw: Any, inventory: Inventory) -> Scenario:
    """Check a scenario as it comes from a file or a request.

    Raises:
        ValueError: a field is wrong; the message names event, field, value and what is expected.
    """
    if not isinstance(raw, dict) or not isinstance(events := raw.get("event"), list) or not events:
        raise ValueError("event is missing; expected a list of events, [[event]] in TOML")
    if len(events) > MAX_EVENTS:
        raise ValueError(f"event has {len(events)} entries; expected at most {MAX_EVENTS}")
    name = str(raw.get("name", "scenario"))[:80]
    return Scenario(name, tuple(_fault(number, event, inventory, name) for number, event in enumerate(events, 1)))


def _fault(number: int, event: Any, inventory: Inventory, scenario: str) -> Fault:
    try:
        fault = Fault.read(event, inventory.slugs, _at_s(event), inventory.routes.names)
    except ValueError as reason:
        raise ValueError(f"event {number}: {reason}") from reason
    return replace(fault, scenario=scenario)


def _at_s(event: Any) -> float:
    if isinstance(event, dict) and (strange := event.keys() - _FIELDS):
        raise ValueError(f"{min(strange)} is no field; expected {', '.join(sorted(_FIELDS))}")
    at_s = event.get("at_s") if isinstance(event, dict) else None
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or not 0 <= at_s <= MAX_FOR_S:
        raise ValueError(f"at_s is {at_s!r}; expected a number from 0, at most {MAX_FOR_S:g}")
    return float(at_s)


def as_toml(scenario: Scenario) -> str:
    """Return the scenario as a file holds it."""
    lines = [f"name = {json.dumps(scenario.name)}"]
    for fault in scenario.faults:
        for_s = fault.until_s - fault.since_s
        lines += ["", "[[event]]", f"at_s = {fault.since_s:.1f}", f"for_s = {for_s:.1f}", f'kind = "{fault.kind}"']
        lines += [f'{fault.befalls} = "{fault.subject}"', f"amount = {fault.amount:g}"]
    return "\n".join(lines) + "\n"


def as_json(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as the emulator's control line takes it."""
    return tomllib.loads(as_toml(scenario))


def random_scenario(
    inventory: Inventory, seed: int, *, events: int = 4, length_s: float = 120.0, kinds: tuple[str, ...] = ()
) -> Scenario:
    """Draw a scenario: the same for the same seed and inventory.

    Args:
        inventory: whom it may befall. A cut is drawn among the links that leave somebody silent, where there are any.
        seed: of the draw.
        events: how many faults, each of another site or link. One that would add nothing is left out.
        length_s: within which all of them begin and end. [s]
        kinds: those drawn from; none: all.

    Raises:
        ValueError: a kind is none.
    """
    if strange := set(kinds) - KINDS.keys():
        raise ValueError(f"kinds holds {min(strange)!r}; expected some of {', '.join(KINDS)}")
    rng = np.random.default_rng(seed)
    weights = {kind: weight for kind, weight in DRAWN.items() if not kinds or kind in kinds}
    chances = np.array(list(weights.values())) / sum(weights.values())
    sites, links = sorted(inventory.slugs), _grave_links(inventory.routes)
    faults: dict[str, Fault] = {}
    for kind in rng.choice(list(weights), size=events, p=chances).tolist():
        pool = links if "site" not in KINDS[kind].befalls else sites
        if not pool:
            continue
        subject = pool[int(rng.integers(len(pool)))]
        at_s = round(float(rng.uniform(0.0, 0.4 * length_s)), 1)
        for_s = round(float(rng.uniform(0.3, 0.55)) * length_s, 1)
        if subject not in faults:
            faults[subject] = Fault(subject, kind, _amount(kind, rng), at_s + for_s, at_s, scenario=f"random {seed}")
    return Scenario(f"random {seed}", tuple(sorted(faults.values(), key=lambda fault: fault.since_s)))


def _amount(kind: str, rng: np.random.Generator) -> float:
    usual = KINDS[kind].usual
    if kind in ("down", "cut", "sleeping", "silent"):
        return usual
    return round(min(usual * float(rng.uniform(0.8, 2.0)), KINDS[kind].most), 2)


def _grave_links(routes: Routes) -> list[str]:
    """Return the links without which somebody cannot be reached; all of them when there is none such."""
    everybody = len(routes.usual)
    used = sorted({name for route in routes.usual.values() for name in route.links})
    grave = [name for name in used if len(routes.without({name})) < everybody]
    return grave or sorted(routes.names)


class Handle(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Call it off."""


class Player:
    """Plays scenarios: each fault is injected at its time."""

    def __init__(self, faults: Faults, clock: Callable[[], float], call_later: Callable[..., Handle]) -> None:
        self._faults = faults
        self._clock = clock
        self._call_later = call_later
        self._playing: dict[str, tuple[float, float, list[Handle]]] = {}

    def play(self, scenario: Scenario) -> None:
        """Start a scenario from its beginning; one of the same name that still plays is stopped first."""
        self.stop(scenario.name)
        handles = [self._call_later(fault.since_s, self._begin, fault) for fault in scenario.faults]
        self._playing[scenario.name] = self._clock(), scenario.length_s, handles

    def stop(self, name: str) -> bool:
        """Stop a scenario and end its faults; return whether it played."""
        if name not in self._playing:
            return False
        for handle in self._playing.pop(name)[2]:
            handle.cancel()
        self._faults.clear(scenario=name)
        return True

    def listed(self) -> list[dict[str, Any]]:
        """Return what plays, as JSON can carry it."""
        now_s = self._clock()
        self._playing = {name: kept for name, kept in self._playing.items() if kept[0] + kept[1] > now_s}
        return [
            {"name": name, "played_s": round(now_s - started_s, 1), "length_s": length_s}
            for name, (started_s, length_s, _) in self._playing.items()
        ]

    def _begin(self, fault: Fault) -> None:
        now_s = self._clock()
        self._faults.inject(replace(fault, since_s=now_s, until_s=now_s + fault.until_s - fault.since_s))
