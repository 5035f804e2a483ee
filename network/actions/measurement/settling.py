"""Whether a round tells of the sites, or of what Loft itself has just started: its prober, or its simulated stations.

While these settle, nothing is concluded: what is measured is kept, and is unknown time.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from console.run import starts
from console.run.clock import MACHINE, Clock, StepMeter
from network.probes.stamp import CHECKER, PROBER, Round

LEAST, MOST = timedelta(seconds=10), timedelta(seconds=60)
CALM_ROUNDS = 3
"""So many rounds in a row in which hardly a packet was lost end the settling, once the least time is over."""
CALM_LOST_SHARE = 0.02
AHEAD = timedelta(seconds=5)
"""A start so shortly after a round fell into the time in which its answers were awaited."""
PROCESSES = {PROBER: "worker-probes", CHECKER: "worker-checks"}
STATIONS = "basestations"


@dataclass
class _Run:
    """How one probe fared since the newest start of what it depends on."""

    began_at: datetime
    calm: int = 0
    is_over: bool = False


@dataclass
class Settling:
    """Kept in the process that measures: it knows of each probe whether it has settled since the newest start."""

    clock: Clock = MACHINE
    _runs: dict[str, _Run] = field(default_factory=dict)
    _set_s: float | None = None
    """When the clock was last found to be set, by the time since the machine started."""

    def __post_init__(self) -> None:
        self._meter = StepMeter(self.clock)

    def is_on(self, round_: Round, now: datetime) -> bool:
        """Take a round in; return whether nothing may be concluded from it.

        Delays come of times by the wall clock: a round in which it was set is wrong by the step.
        """
        if self._is_clock_new():
            return True
        began_at = starts.process_started_at(_depends_on(round_.prober))
        if began_at is None or not -AHEAD <= now - began_at < MOST:
            return False
        run = self._runs.get(round_.subject)
        if run is None or run.began_at != began_at:
            run = self._runs[round_.subject] = _Run(began_at)
        run.calm = run.calm + 1 if is_calm(round_) else 0
        run.is_over |= now - began_at >= LEAST and run.calm >= CALM_ROUNDS
        return not run.is_over

    def _is_clock_new(self) -> bool:
        if self._meter.take_s():
            self._set_s = self.clock.elapsed_s()
        return self._set_s is not None and self.clock.elapsed_s() - self._set_s < LEAST.total_seconds()


def is_calm(round_: Round) -> bool:
    """Whether the probe was well and hardly a packet was lost."""
    packets = sum(len(measured.rtts_ms) for measured in round_.measured)
    return round_.is_well and sum(measured.lost for measured in round_.measured) <= CALM_LOST_SHARE * packets


def _depends_on(prober: str) -> list[str]:
    return [PROCESSES[prober], *([STATIONS] if settings.LOFT_DEMO else [])]
