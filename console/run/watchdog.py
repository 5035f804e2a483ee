"""Whether one process of the plan hangs, from its start to its end: asked, watched and looked at.

Nothing here waits. Times are of the supervisor's attention (`console.run.hangs`).
"""

from dataclasses import dataclass

from console.run.hangs import LoopWatch, StopWatch
from console.run.liveness import MISSES, Inquiry

LOOK_EVERY_S = 1.0
SUSPECT_STOPPED_S = 3.0
MOST_PATIENCE = 8.0
"""What hangs again and again, as on a machine that is too slow, is given twice the time each time, up to this."""


@dataclass(frozen=True)
class Finding:
    """A process that hangs: the planned one or one that it started, what of it stood still, and for how long."""

    pid: int
    loop: str
    silent_s: float
    is_stopped: bool = False

    @property
    def words(self) -> str:
        """What is said of it in a log."""
        return f"{self.loop}, for {self.silent_s:.0f} s"


class Watchdog:
    """Watches one run of a process."""

    def __init__(self, pid: int, now_s: float, inquiry: Inquiry | None, loops: LoopWatch | None) -> None:
        self.pid = pid
        self.inquiry, self.loops = inquiry, loops
        self._stops = StopWatch(pid)
        self._look_s = now_s

    def turn(self, now_s: float, excused_s: float = 0.0) -> None:
        """Look at it; `excused_s` of the time since the last look are not its own fault."""
        if self.inquiry:
            self.inquiry.turn(now_s)
        if self.loops:
            self.loops.turn(now_s, excused_s)
        if now_s >= self._look_s:
            self._look_s = now_s + LOOK_EVERY_S
            self._stops.turn(now_s)

    def finding(self, now_s: float, patience: float = 1.0) -> Finding | None:
        """Return what hangs, the process itself before one that it started."""
        if self.inquiry and self.inquiry.is_hung(now_s, patience):
            return Finding(self.pid, self.inquiry.question.name, self.inquiry.silent_s(now_s))
        silence = self.loops.worst(now_s) if self.loops else None
        if silence and silence.is_hang:
            return Finding(self.pid, silence.loop, silence.silent_s)
        if not (stopped := self._stops.over(now_s)):
            return None
        pid, silent_s = stopped[0]
        self._stops.forget(pid)  # it is seen until the next look, and is ended once
        return Finding(pid, f"process {pid} is stopped", silent_s, is_stopped=True)

    def has_begun(self) -> bool:
        """Whether it does its work: it has answered, and a loop of it has turned."""
        return (not self.inquiry or self.inquiry.has_answered) and (not self.loops or self.loops.has_turned)

    def is_suspect(self, now_s: float) -> bool:
        """Whether it is silent for so long that nobody should count on it, though not long enough to replace it."""
        if self.inquiry and self.inquiry.misses >= MISSES - 1:
            return True
        silence = self.loops.worst(now_s) if self.loops else None
        return bool(silence and silence.is_suspect) or bool(self._stops.over(now_s, SUSPECT_STOPPED_S))

    def close(self) -> None:
        """Hang up."""
        if self.inquiry:
            self.inquiry.close()
