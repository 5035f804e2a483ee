"""What the supervisor knows of every process, in a file of the run directory, for readiness, metrics and alarms.

It is written when something changes, whole, and as large as there are processes; the supervisor opens nothing else.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

FILE = "processes.json"
STARTING, UP, SILENT, ENDED = "starting", "up", "silent", "ended"
SETTLES_S = 10.0
"""So long after it came back what a process does may not be seen yet: a first round, a beat that others hear."""


@dataclass(frozen=True)
class Hang:
    """The last time a process did not answer and was replaced. `monotonic_s` is of this machine, since its start."""

    at: str
    monotonic_s: float
    loop: str
    silent_s: float


@dataclass(frozen=True)
class ProcessState:
    """A planned process: what it does now, how often it was started, how often it hung, and when it did last.

    `is_needed`: Loft is not ready without it; what plays the simulated world is not. `up_s`: since when it has been up,
    in seconds since this machine's start.
    """

    name: str
    state: str
    starts: int
    hangs: int
    is_needed: bool
    hang: Hang | None = None
    up_s: float | None = None

    @property
    def is_up(self) -> bool:
        """Whether it does its work, as far as can be seen."""
        return self.state == UP

    @property
    def is_missed(self) -> bool:
        """Whether it does not do its work although it once did; at the very first start nothing is missed."""
        return not self.is_up and (self.state != STARTING or self.starts > 1)

    def is_settling(self, now_s: float) -> bool:
        """Whether it came back so recently that nobody can tell by its effects how it is."""
        return self.is_up and self.starts > 1 and self.up_s is not None and 0 <= now_s - self.up_s < SETTLES_S


def write(folder: Path, states: Iterable[ProcessState]) -> None:
    """Write the states down; whoever reads sees all of them or all of before.

    Raises:
        OSError: there is no room.
    """
    draft = folder / f"{FILE}.draft"
    draft.write_text(json.dumps([asdict(state) for state in states]))
    draft.replace(folder / FILE)


def read(folder: Path) -> list[ProcessState]:
    """Return the states as they were written last; none without a supervisor."""
    try:
        rows = json.loads((folder / FILE).read_text())
        return [ProcessState(**row | {"hang": Hang(**row["hang"]) if row["hang"] else None}) for row in rows]
    except (OSError, ValueError, TypeError, KeyError):  # of another version, for a moment
        return []


def is_missed(folder: Path, *names: str) -> bool:
    """Whether one of these needed processes does not do its work, which has its own alarm, or has just come back."""
    asked = [state for state in read(folder) if state.is_needed and state.name in names]
    return any(state.is_missed or state.is_settling(monotonic()) for state in asked)
