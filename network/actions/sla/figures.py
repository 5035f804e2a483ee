"""What was promised and what is: the figures of alarms as they are now, beside those of when they were raised."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from network.actions.alarms import root_cause
from network.actions.alarms.managed_object import SITE
from network.actions.alarms.problem import symptoms
from network.actions.sla.sla_breaches import PROBLEMS
from network.kernels.sla.sla import Metric, State
from network.models import Agreement, Alarm, SiteHealth, is_fresh

METRICS = {problem.code: metric for metric, problem in PROBLEMS.items()}
SOURCE = "measured"
_Key = tuple[int, str, int]


@dataclass(frozen=True)
class Figure:
    """What is promised for the object of an alarm and what is measured now.

    `metric` empty: nothing is promised, only the silence is told. `value` and `promised` are milliseconds for a time,
    otherwise shares; None: unknown, or gone. `at`: when the value was so. `silent_since`: no round since was answered.
    """

    metric: str
    value: float | None
    promised: float | None
    at: datetime | None
    silent_since: datetime | None
    source: str = SOURCE


def figures(alarms: Sequence[Alarm], now: datetime) -> dict[int, Figure]:
    """Return the present figures of active alarms of sites by primary key; of the others nothing is measured.

    It costs one question for all. The alarms have been selected with `site__health`.
    """
    active = [alarm for alarm in alarms if alarm.ended_at is None and alarm.site is not None]
    agreements = _agreements(alarm for alarm in active if alarm.problem in METRICS)
    of_network = {*symptoms(), *root_cause.CODES}
    made: dict[int, Figure] = {}
    for alarm in active:
        health = _fresh_health(alarm, now)
        silent_since = health.silent_since if health else None
        if metric := METRICS.get(alarm.problem):
            agreement = agreements.get(_key(alarm))
            made[alarm.pk] = _promised(metric, agreement, health, now)
        elif silent_since and alarm.object_kind == SITE and alarm.problem in of_network:
            made[alarm.pk] = Figure("", None, None, health.measured_at if health else None, silent_since)
    return made


def _key(alarm: Alarm) -> _Key:
    return alarm.site_id or 0, METRICS[alarm.problem].value, alarm.owner_pk


def _agreements(alarms: Iterable[Alarm]) -> Mapping[_Key, Agreement]:
    wanted = {_key(alarm) for alarm in alarms}
    if not wanted:
        return {}
    sites, metrics, owners = (set(part) for part in zip(*wanted, strict=True))
    rows = Agreement.objects.in_force().filter(site__in=sites, metric__in=metrics, organisation__in=owners)
    return {(row.site_id or 0, row.metric, row.owner_pk): row for row in rows.order_by()}


def _fresh_health(alarm: Alarm, now: datetime) -> SiteHealth | None:
    """Return how the site of an alarm is; None when it was not measured lately, so that nothing is known."""
    health: SiteHealth | None = getattr(alarm.site, "health", None)
    return health if health and is_fresh(health.measured_at, now) else None


def _promised(metric: Metric, agreement: Agreement | None, health: SiteHealth | None, now: datetime) -> Figure:
    """Return what is promised and what is. While a site is silent nothing is available, whatever its window holds.

    How long it took or what it lost is then unknown: nothing answered that could tell.
    """
    promised = agreement.objective if agreement else None
    if health and health.silent_since:
        value = 0.0 if metric is Metric.AVAILABILITY else None
        return Figure(metric.value, value, promised, health.measured_at, health.silent_since)
    if agreement is None or agreement.state_at(now) is State.UNKNOWN:
        return Figure(metric.value, None, promised, agreement.judged_at if agreement else None, None)
    return Figure(metric.value, agreement.value, promised, agreement.judged_at, None)
