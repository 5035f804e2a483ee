"""Playing random scenarios on the demo city: probed, judged and correlated by the console's own actions, as in service.

What stands on the alarm list is noted after every round.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from django.conf import settings

from console.live import hub
from network.actions.alarms import alarm
from network.actions.equipment import counter_alarms, counters
from network.actions.measurement import clocks
from network.actions.sla import probing, sla, sla_window
from network.bench.alarms.world import World
from network.bench.database import own_database
from network.demo import demo, emulation
from network.emulator.faults.scenario import Scenario
from network.emulator.places import load_inventory
from network.kernels.sla.sla import State
from network.models import (
    Agreement,
    Alarm,
    AlarmEntry,
    Breach,
    CounterReading,
    EntryKind,
    PmCounters,
    Site,
    SiteHealth,
    StampSample,
)
from network.probes.session import Target
from network.probes.stamp import Round

FIRST_AT = datetime(2026, 6, 15, 1, 0, tzinfo=UTC)
APART_S = 3 * 3_600.0 + 421.0  # between two scenarios, so that they fall on every hour of the day
WARM_UP_S = 130.0  # longer than the longest window of a round's agreements
TAIL_S = 170.0  # after the last fault: windows run out, and what flaps is held open for two minutes
LEAST_TAIL_S = 10.0
SETTLE_EVERY_S = 5.0


@dataclass(frozen=True)
class Row:
    """An alarm as it stood on the list by itself: neither held nor below a root cause."""

    key: int
    subject: str
    problem: str
    causes: tuple[str, ...]  # of a root cause: what is named
    is_every_one: bool
    since_s: float  # when it came to stand there


@dataclass(frozen=True)
class Raised:
    """An alarm that was raised, wherever it then stood."""

    key: int
    subject: str
    problem: str
    is_agreement: bool  # a site's broken promise
    since_s: float
    until_s: float | None


@dataclass
class Played:
    """What the console made of a scenario."""

    stood: list[Row] = field(default_factory=list)  # each time that an alarm came to stand by itself
    raised: list[Raised] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)  # of which site an alarm was put below which subject
    rounds: int = 0


class Stage:
    """The demo city, ready to play one scenario after another."""

    def __init__(self, world: World, log: Path) -> None:
        self.world = world
        self.log = log
        self.site_ids = [key for keys in probing.shards() for key in keys]
        self.names = {site.name_en: site.slug for site in Site.objects.all()}
        self._active: set[int] = set()

    def play(self, scenario: Scenario, number: int) -> Played:
        """Play a scenario from a network that was well for long, and on until the last alarm has had time to end.

        The number decides the time of day and all chances, whatever was played before.
        """
        self._reset()
        world, played = self.world, Played()
        world.begin(FIRST_AT.timestamp() + number * APART_S, number)
        period_s, count_s = settings.LOFT_PROBE_PERIOD_S, settings.LOFT_COUNTER_PERIOD_S
        started_s, count_after_s = world.now_s + WARM_UP_S, float(world.rng.uniform(0.0, count_s))
        self._warm_up(started_s + count_after_s - count_s, started_s)
        world.player.play(scenario)
        end_s = started_s + scenario.length_s + TAIL_S
        first_s = started_s + float(world.rng.uniform(0.0, period_s))
        due = {"round": first_s, "settle": first_s, "counters": started_s + count_after_s}
        every = {"round": period_s, "settle": SETTLE_EVERY_S, "counters": count_s}
        while due[what := min(due, key=due.__getitem__)] < end_s and not self._is_over(due[what] - end_s + TAIL_S):
            world.advance(due[what])
            due[what] += every[what]
            getattr(self, f"_{what}")(played)
        world.player.stop(scenario.name)
        played.raised = [_raised(alarm_row) for alarm_row in Alarm.objects.order_by("pk")]
        put = AlarmEntry.objects.filter(kind=EntryKind.CORRELATED, alarm__detail__has_key="metric").order_by("pk")
        played.attached = list(put.values_list("alarm__site__slug", "text"))
        return played

    def _round(self, played: Played) -> None:
        played.rounds += 1

        def ask(targets: Sequence[Target], after_s: float) -> Round:
            self._note(played)  # before a second look: what the first one came to
            return self.world.probe(targets, after_s)

        probing.measure(self.site_ids, self.world.now, ask=ask, clock=self.world.clock)
        self._note(played)

    @staticmethod
    def _is_over(after_s: float) -> bool:
        """Whether the last fault is over for so long, and no alarm is left."""
        return after_s > LEAST_TAIL_S and not Alarm.objects.active().exists()

    def _settle(self, played: Played) -> None:
        alarm.settle_alarms(self.world.now)
        self._note(played)

    def _counters(self, played: Played) -> None:
        for after, last in counters.shards():
            counters.read(after, last, self.world.now, self.world.stations)
        counter_alarms.look(self.world.now)
        self._note(played)

    def _note(self, played: Played) -> None:
        """Note what stands on the list by itself now and did not before."""
        rows = {row.pk: row for row in Alarm.objects.annunciated().order_by("pk")}
        for pk, row in rows.items():
            if pk not in self._active:
                causes = tuple(str(cause) for cause in row.detail.get("causes", ()))
                is_every_one = bool(row.detail.get("is_every_one"))
                played.stood.append(Row(pk, row.subject, row.specific_problem, causes, is_every_one, self.world.now_s))
        self._active = set(rows)

    def _reset(self) -> None:
        """Forget the scenario before."""
        for model in (AlarmEntry, Alarm, Breach, StampSample, SiteHealth, PmCounters, CounterReading):
            model._default_manager.all().delete()  # noqa: SLF001  Django's public name
        Agreement.objects.update(state=State.UNKNOWN, judged_at=None)
        sla_window.forget()
        probing._clocks = clocks.Clocks()  # noqa: SLF001  as in a process that has just begun
        self._active = set()

    def _warm_up(self, count_s: float, until_s: float) -> None:
        """Measure for as long as the longest window, judging only at the end, and count once: nothing is wrong yet."""
        targets = [probing.target_of(site) for site in Site.objects.filter(pk__in=self.site_ids)]
        period_s, is_counted = settings.LOFT_PROBE_PERIOD_S, False
        for began_s in np.arange(self.world.now_s, until_s - period_s, period_s).tolist():
            self.world.advance(began_s)
            round_ = self.world.probe(targets, 0.0)
            sla.store(round_)
            if not is_counted and self.world.now_s >= count_s:
                is_counted = True
                self._counters(Played())
        sla.check(round_)
        self.world.advance(until_s)


def _raised(alarm_row: Alarm) -> Raised:
    until_s = alarm_row.ended_at.timestamp() if alarm_row.ended_at else None
    is_agreement = "metric" in alarm_row.detail
    return Raised(
        alarm_row.pk,
        alarm_row.subject,
        alarm_row.specific_problem,
        is_agreement,
        alarm_row.started_at.timestamp(),
        until_s,
    )


@contextmanager
def stage(seed: int) -> Iterator[Stage]:
    """Build the demo city on an empty database, and simulate its sites."""
    with own_database(), hub.muted(), tempfile.TemporaryDirectory(prefix="loft-bench-") as folder:
        demo.build(FIRST_AT - timedelta(days=1))
        inventory_file, log = Path(folder) / "sites.json", Path(folder) / "truth.jsonl"
        emulation.export_sites(inventory_file)
        world = World(load_inventory(inventory_file), log, seed)
        try:
            yield Stage(world, log)
        finally:
            world.close()
