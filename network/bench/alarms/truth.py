"""What truly happened: the emulator's log of faults, what each changes for a probe, and who looks alike to it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from network.emulator.faults.faults import WELL, Fault, Faults, FaultState
from network.emulator.routes import Routes

STEP_S = 0.25
LEAST_DELAY_MS = 1.0
"""A smaller change of delay, such as that of a detour in the city, breaks no promise."""
_UNSEEN = {"sleeping": "counters", "overload": "counters", "silent": "counters"}
"""Kinds whose effect no probe packet meets, and what shows them."""


@dataclass(frozen=True)
class Happened:
    """A fault as the log tells it, and when a probe could see it."""

    fault: Fault  # its times are absolute
    concerned: frozenset[str]  # sites that it silences or worsens, by the log
    seen_from_s: float | None = None  # when it first changed what a probe packet meets; None: it never did
    seen_for_s: float = 0.0

    @property
    def seen_by(self) -> str:
        """What shows such a fault by profile."""
        return _UNSEEN.get(self.fault.kind, "probe")


def faults_of(log: Path, routes: Routes, probed: frozenset[str], scenario: str) -> list[Happened]:
    """Return what the log tells of a scenario."""
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    began = [line for line in lines if line["event"] == "began" and line["scenario"] == scenario]
    faults = [_fault(line) for line in began]
    seen = sight(routes, probed, faults)
    return [
        Happened(fault, frozenset(line["silent"]) | frozenset(line["worse"]), *seen[number])
        for number, (fault, line) in enumerate(zip(faults, began, strict=True))
    ]


def _fault(line: Mapping[str, object]) -> Fault:
    root, since_s = line["root"], datetime.fromisoformat(str(line["at"])).timestamp()
    assert isinstance(root, dict)
    subject, for_s, amount = next(iter(root.values())), float(str(line["for_s"])), float(str(line["amount"]))
    return Fault(subject, str(line["kind"]), amount, since_s + for_s, since_s)


def sight(routes: Routes, probed: frozenset[str], faults: Sequence[Fault]) -> list[tuple[float | None, float]]:
    """Return since when, and for how long altogether, each fault made a difference to some probe packet.

    The difference is between the conditions of all sites with all the faults, and with all but this one: what hides
    behind another fault makes none as long as that one lasts.
    """
    judge = _Judge(routes, probed)
    sight = []
    for fault in faults:
        steps = np.arange(fault.since_s, fault.until_s, STEP_S).tolist()
        at_s = [now_s for now_s in steps if judge.differs(faults, fault, now_s)]
        sight.append((at_s[0] if at_s else None, len(at_s) * STEP_S))
    return sight


class _Judge:
    """What probes meet under given faults; remembered, because routes take long to find."""

    def __init__(self, routes: Routes, probed: frozenset[str]) -> None:
        self._faults = Faults(lambda: 0.0, routes)
        self._probed = probed
        self._met: dict[tuple[tuple[Fault, bool], ...], dict[str, FaultState]] = {}

    def differs(self, faults: Sequence[Fault], without: Fault, now_s: float) -> bool:
        """Whether some probed site's packets suffer otherwise without that fault."""
        lasting = [fault for fault in faults if fault.since_s <= now_s < fault.until_s]
        full = self._conditions(lasting, now_s)
        rest = self._conditions([fault for fault in lasting if fault is not without], now_s)
        return any(_differ(full.get(site, WELL), rest.get(site, WELL)) for site in self._probed)

    def _conditions(self, faults: list[Fault], now_s: float) -> dict[str, FaultState]:
        key = tuple((fault, fault.kind == "flapping" and _is_down(fault, now_s)) for fault in faults)
        if key not in self._met:
            self._met[key] = self._faults._judge(faults, now_s)  # noqa: SLF001  the emulator's own judgement
        return self._met[key]


def _is_down(fault: Fault, now_s: float) -> bool:
    return (now_s - fault.since_s) % fault.amount < fault.amount / 2


def _differ(state: FaultState, other: FaultState) -> bool:
    """Whether probe packets tell two conditions apart: by silence, delay, jitter, loss, or time stamps."""
    if state.is_silent or other.is_silent:
        return state.is_silent != other.is_silent
    is_late = abs(state.delay_ms - other.delay_ms) >= LEAST_DELAY_MS
    return is_late or (state.jitter_ms, state.loss_share, state.clock_ms) != (
        other.jitter_ms,
        other.loss_share,
        other.clock_ms,
    )


def alike(routes: Routes, probed: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return, for each site and link, those that silence exactly the same probed sites by failing: itself included."""
    sites, everybody = frozenset(probed), frozenset(routes.usual)
    silences: dict[str, frozenset[str]] = {
        name: sites & (everybody - routes.without({name}).keys()) for name in sorted(routes.names | everybody)
    }
    by_silence: dict[frozenset[str], set[str]] = {}
    for name, silent in silences.items():
        by_silence.setdefault(silent, set()).add(name)
    return {name: frozenset(by_silence[silent]) if silent else frozenset({name}) for name, silent in silences.items()}
