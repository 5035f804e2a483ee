"""Sites whose clocks are wrong, as the one-way delays tell: packets seem to come before they were sent.

Kept in the process that measures, which is one: a few rounds running say it, and as many take it back.
"""

from datetime import datetime

from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, objects_of
from network.actions.alarms.alarm_source import AlarmSource, Look, delta_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import of_site
from network.actions.alarms.problem import Problem, register
from network.kernels.measurement.variation import Refusal
from network.models import Alarm, AlarmType, Severity, Site
from network.probes.stamp import Measured, Round

WRONG = register(Problem(
    "clock_wrong", "Its clock is wrong: packets seem to come before they were sent", AlarmType.EQUIPMENT,
    "timingProblem", Severity.WARNING,
))  # fmt: skip
register_source(AlarmSource((WRONG,)))
RUNNING = 5
"""So many rounds in a row, of those that tell."""


class Clocks:
    """How often in a row each site's clock was found to be wrong (above nil) or right (below)."""

    def __init__(self) -> None:
        self._runs: dict[int, int] = {}
        self._wrong: set[int] | None = None  # None: it is not known yet which alarms stand

    def note(self, round_: Round, now: datetime) -> None:
        """Take a round in; alarms are touched only when something has changed."""
        if not round_.is_trusted:
            return
        for measured in round_.measured:
            self._count(measured)
        before = self._active() if self._wrong is None else self._wrong
        wrong = {key for key in before | self._runs.keys() if self._is_wrong(key, stood=key in before)}
        if wrong != before:
            sites = Site.objects.filter(pk__in=wrong)
            apply(delta_of(Look((WRONG,), [AlarmCondition(of_site(site), WRONG) for site in sites])), now)
        self._wrong = wrong

    def _count(self, measured: Measured) -> None:
        run = self._runs.get(measured.key, 0)
        if measured.one_way_refusal == Refusal.IMPOSSIBLE:
            self._runs[measured.key] = min(max(run, 0) + 1, RUNNING)
        elif measured.one_way_refusal is None and measured.forward_ms is not None:
            self._runs[measured.key] = max(min(run, 0) - 1, -RUNNING)

    def _is_wrong(self, key: int, *, stood: bool) -> bool:
        return self._runs.get(key, 0) > (-RUNNING if stood else RUNNING - 1)

    def _active(self) -> set[int]:
        """Return the sites whose alarms stand from before this process, alone or among many."""
        rows = Alarm.objects.active().filter(problem=WRONG.code).values_list("object_key", "detail")
        slugs = {key for object_key, detail in rows for key in objects_of(object_key, detail)}
        return set(Site.objects.filter(slug__in=slugs).values_list("pk", flat=True)) if slugs else set()
