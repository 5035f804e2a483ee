"""Whether a process hangs: a loop whose count stands still (`console.run.loops`), or a process that was stopped.

All times here are of the supervisor's attention, a clock that runs only while the supervisor itself does: on a machine
that was suspended, or that left it no turn, nobody else had one either, and nobody is taken for hung (as in TILT of
Redis Sentinel). For the same reason time that the threads of a process spent waiting for a processor is no silence.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from console.run.loops import Page, Row

MOST_TURN_S = 1.0
"""So much of the time between two turns of the supervisor counts; one usually takes 0.2 s."""
START_S = 60.0
"""So long a process may take until a loop of it turns first: what is busy starting is not hung."""
STOPPED_S = 15.0
"""So long a process may be stopped (SIGSTOP); nothing of ours ever is."""
MOST_EXCUSES = 6
"""So often a loop is excused in a row for want of a processor: one that spins for ever wants one as well."""
SUSPECT_SHARE = 0.6
START = -1
"""The place of what a process does until its first loop turns."""
PROC = Path("/proc")


class Attention:
    """A clock that runs while its owner does, whoever sets the time or stops the machine. [s]."""

    def __init__(self, now_s: float) -> None:
        self.now_s = 0.0
        self._last_s = now_s

    def turn(self, now_s: float) -> float:
        """Count the time since the last turn, as far as it was not a gap of our own, and return it."""
        since_s = min(max(now_s - self._last_s, 0.0), MOST_TURN_S)
        self.now_s += since_s
        self._last_s = now_s
        return since_s


@dataclass
class _Seen:
    row: Row
    since_s: float  # when its count changed last
    half_s: float = 0.0  # when it had been still for half of what it may
    waits_s: dict[str, float] = field(default_factory=dict)  # how long its threads had waited for a processor then
    excuses: int = 0


@dataclass(frozen=True)
class Silence:
    """A loop that stands still: for how long, as a share of what it may, and whether it is on its way to be a hang."""

    loop: str
    silent_s: float
    share: float

    @property
    def is_hang(self) -> bool:
        """Whether that is longer than it may be."""
        return self.share > 1.0

    @property
    def is_suspect(self) -> bool:
        """Whether nobody should count on it."""
        return self.share > SUSPECT_SHARE


class LoopWatch:
    """The loops of one process, from its start to its end."""

    def __init__(self, pid: int, page: Page, now_s: float, patience: float = 1.0) -> None:
        """Begin to look. `patience`: by how much longer it may be silent than its loops say, as it hung before."""
        self._pid, self._page, self._patience = pid, page, patience
        self._seen = {START: _Seen(Row("start", 0, START_S), now_s)}

    @property
    def has_turned(self) -> bool:
        """Whether a loop of it has turned."""
        return START not in self._seen

    def turn(self, now_s: float, excused_s: float = 0.0) -> None:
        """Look at all counts; `excused_s` of the time since the last look are not theirs."""
        for place, row in enumerate(self._page.rows()):
            if row is None:
                self._seen.pop(place, None)
            elif place not in self._seen or self._seen[place].row != row:
                self._seen[place] = _Seen(row, now_s)
                self._seen.pop(START, None)
        for seen in self._seen.values():
            seen.since_s = min(seen.since_s + excused_s, now_s)
            self._excuse(seen, now_s)

    def worst(self, now_s: float) -> Silence | None:
        """Return the loop that has stood still for the longest, of what it may."""
        rows = [(now_s - seen.since_s, seen.row) for seen in self._seen.values()]
        silences = [Silence(row.name, silent_s, silent_s / (row.limit_s * self._patience)) for silent_s, row in rows]
        return max(silences, key=lambda silence: silence.share, default=None)

    def _excuse(self, seen: _Seen, now_s: float) -> None:
        """Begin anew for a loop that spent most of the second half of its time waiting for a processor."""
        share = (now_s - seen.since_s) / (seen.row.limit_s * self._patience)
        if share < 0.5:
            seen.half_s = 0.0
        elif not seen.half_s:
            seen.half_s, seen.waits_s = now_s, waits_s(self._pid)
        elif share > 1.0 and seen.excuses < MOST_EXCUSES:
            waited_s = [wait_s - seen.waits_s.get(thread, 0.0) for thread, wait_s in waits_s(self._pid).items()]
            if max(waited_s, default=0.0) > (now_s - seen.half_s) / 2:
                seen.excuses += 1
                seen.since_s, seen.half_s = now_s, 0.0


class StopWatch:
    """Since when a process, or one that it has started, is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._since_s: dict[int, float] = {}

    def turn(self, now_s: float) -> None:
        """Look whether any of them is stopped."""
        stopped = {pid for pid in family(self._pid) if state(pid) == "T"}
        self._since_s = {pid: self._since_s.get(pid, now_s) for pid in stopped}

    def over(self, now_s: float, limit_s: float = STOPPED_S) -> list[tuple[int, float]]:
        """Return those that have been for longer than they may, and for how long."""
        return [(pid, now_s - since_s) for pid, since_s in self._since_s.items() if now_s - since_s > limit_s]

    def forget(self, pid: int) -> None:
        """Count anew for one that is being ended."""
        self._since_s.pop(pid, None)


def family(pid: int) -> Iterator[int]:
    """Yield a process and those below it."""
    yield pid
    for path in PROC.glob(f"{pid}/task/*/children"):
        try:
            words = path.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for word in words:
            yield from family(int(word))


def state(pid: int) -> str:
    """Return the kernel's letter for what a process does, such as R, S, D, T or Z; nothing when there is none."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def waits_s(pid: int) -> dict[str, float]:
    """Return for how long each thread of a process has waited for a processor; none where the kernel does not count."""
    waits = {}
    for path in PROC.glob(f"{pid}/task/*/schedstat"):
        with suppress(OSError, IndexError, ValueError):
            waits[path.parent.name] = int(path.read_text().split()[1]) / 1e9
    return waits
