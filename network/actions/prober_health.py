"""How the probes themselves are: the newest round of each, kept for metrics; their alarms; what is gone goes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q

from console import starts
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_source import AlarmSource, standing_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import PROBER as PROBER_KIND
from network.actions.alarms.managed_object import ManagedObject, Name
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, ProbeMethod, ProberHealth, Severity, SiteHealth, StampSample, stale_after_s
from network.probes.stamp import CHECKER, PROBER, Round

PROBE_UNWELL = register(Problem(
    "prober_slow", "The probe is too slow to measure", AlarmType.PROCESSING, "performanceDegraded", Severity.MINOR
))  # fmt: skip
PROBE_CUT_OFF = register(Problem(
    "prober_unanswered", "No site answers the probe", AlarmType.PROCESSING, "performanceDegraded", Severity.CRITICAL
))  # fmt: skip
PROBE_SILENT = register(Problem(
    "prober_silent", "Nothing is measured", AlarmType.PROCESSING, "performanceDegraded", Severity.MAJOR
))  # fmt: skip
START = timedelta(seconds=60)
"""So long after its own start Loft may take until it measures."""
CUT_OFF_ROUNDS = 3  # a restart of everything takes less
_FIGURES = ("delay_ms", "send_delay_ms", "drops", "held", "is_well")


@dataclass(frozen=True)
class Slow:
    """Why a probe is unwell."""

    delay_ms: float
    send_delay_ms: float
    drops: int
    held: int
    targets: int


@dataclass(frozen=True)
class Unanswered:
    """How many sites a probe asked that nobody answers."""

    sites: int


@dataclass(frozen=True)
class Silent:
    """When a probe measured last."""

    last_measured_at: str


def note(found: Round, now: datetime) -> None:
    """Keep how the probe was in a round. A second look asks too few to tell."""
    if found.is_second_look:
        return
    figures = {name: getattr(found, name) for name in _FIGURES}
    row = ProberHealth(name=found.subject, targets=len(found.measured), measured_at=now, **figures)
    ProberHealth.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["name"], update_fields=["targets", "measured_at", *_FIGURES]
    )


def delta_of(found: Round, now: datetime) -> Delta:
    """Return what a round says of the alarms of the probe itself."""
    over = [identity(found.prober, PROBE_SILENT)]
    over += [identity(found.subject, PROBE_UNWELL)] if found.is_well else []
    over += [] if found.is_cut_off else [identity(found.subject, PROBE_CUT_OFF)]
    conditions = []
    if not found.is_settling and not found.is_well:
        conditions.append(AlarmCondition(_object(found.subject), PROBE_UNWELL, _slow(found)))
    if not found.is_settling and found.is_cut_off and _untrusted_rounds(found, now) >= CUT_OFF_ROUNDS:
        conditions.append(AlarmCondition(_object(found.subject), PROBE_CUT_OFF, Unanswered(len(found.measured))))
    return Delta(conditions, over)


def report_silence(now: datetime) -> bool:
    """Raise an alarm when sites were measured before and none has been for long; return whether that is so.

    What is measured by STAMP and what is checked otherwise are told apart, as they are measured by different processes.
    """
    stale = timedelta(seconds=stale_after_s())
    is_stamp = Q(site__probe_method=ProbeMethod.STAMP)
    told = SiteHealth.objects.filter(site__probe_port__isnull=False).aggregate(
        by_prober=Max("measured_at", filter=is_stamp), by_checker=Max("measured_at", filter=~is_stamp)
    )
    silent = [
        AlarmCondition(_object(name), PROBE_SILENT, Silent(newest.isoformat()))
        for name, newest in ((PROBER, told["by_prober"]), (CHECKER, told["by_checker"]))
        if newest is not None and now - newest > stale and starts.has_listened_for(START, now)
    ]
    apply(Delta(silent), now)
    return bool(silent)


def retire(subjects: Collection[str], now: datetime) -> None:
    """Forget the probes that are none of these, and clear what they raised: they measure no more."""
    gone = list(ProberHealth.objects.exclude(name__in=subjects).values_list("name", flat=True))
    if not gone:
        return
    apply(Delta(over={one for one in standing_of((PROBE_UNWELL, PROBE_CUT_OFF)) if one.object_key in gone}), now)
    ProberHealth.objects.filter(name__in=gone).delete()


def identity(prober: str, problem: Problem) -> Identity:
    """Return what tells an alarm of a probe apart."""
    return Identity(PROBER_KIND, prober, problem.code)


def _object(prober: str) -> ManagedObject:
    name, _, shard = prober.partition(" ")
    return ManagedObject(PROBER_KIND, prober, Name(prober, f"{_NAMES_ZH[name]}{shard and ' '}{shard}"))


_NAMES_ZH = {PROBER: "探测器", CHECKER: "检查器"}


def _slow(found: Round) -> Slow:
    return Slow(
        round(found.delay_ms, 1), round(found.send_delay_ms, 2), found.drops, found.held, len(found.measured)
    )  # fmt: skip


def _untrusted_rounds(found: Round, now: datetime) -> int:
    since = now - timedelta(seconds=stale_after_s())
    return StampSample.objects.filter(site=found.measured[0].key, sent_at__gt=since, is_trusted=False).count()


register_source(AlarmSource((PROBE_UNWELL, PROBE_CUT_OFF, PROBE_SILENT)))
