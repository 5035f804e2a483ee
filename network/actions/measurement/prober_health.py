"""How the probes themselves are: the newest round of each, kept for metrics; their alarms; what is gone goes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q

from console.run import process_states, starts
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import AlarmCondition, Delta, Identity
from network.actions.alarms.alarm_source import AlarmSource, active_of
from network.actions.alarms.alarm_source import register as register_source
from network.actions.alarms.managed_object import PROBER as PROBER_KIND
from network.actions.alarms.managed_object import ManagedObject, Name
from network.actions.alarms.problem import Problem, register
from network.models import AlarmType, ProbeMethod, ProberHealth, Severity, SiteHealth, StampSample, stale_after_s
from network.probes.stamp import CHECKER, PROBER, Round

PROBE_UNWELL = register(
    Problem(
        "prober_slow", "The probe is too slow to measure", AlarmType.PROCESSING, "performanceDegraded", Severity.MINOR
    )
)
PROBE_CUT_OFF = register(
    Problem(
        "prober_unanswered", "No site answers the probe", AlarmType.PROCESSING, "performanceDegraded", Severity.CRITICAL
    )
)
PROBE_SILENT = register(
    Problem("prober_silent", "Nothing is measured", AlarmType.PROCESSING, "performanceDegraded", Severity.MAJOR)
)
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


def note(round_: Round, now: datetime) -> None:
    """Keep how the probe was in a round. A second look asks too few to tell."""
    if round_.is_second_look:
        return
    figures = {name: getattr(round_, name) for name in _FIGURES}
    row = ProberHealth(name=round_.subject, targets=len(round_.measured), measured_at=now, **figures)
    ProberHealth.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["name"], update_fields=["targets", "measured_at", *_FIGURES]
    )


def delta_of(round_: Round, now: datetime) -> Delta:
    """Return what a round says of the alarms of the probe itself."""
    over = [identity(round_.prober, PROBE_SILENT)]
    over += [identity(round_.subject, PROBE_UNWELL)] if round_.is_well else []
    over += [] if round_.is_cut_off else [identity(round_.subject, PROBE_CUT_OFF)]
    conditions = []
    if not round_.is_settling and not round_.is_well:
        conditions.append(AlarmCondition(_object(round_.subject), PROBE_UNWELL, _slow(round_)))
    if not round_.is_settling and round_.is_cut_off and _untrusted_rounds(round_, now) >= CUT_OFF_ROUNDS:
        conditions.append(AlarmCondition(_object(round_.subject), PROBE_CUT_OFF, Unanswered(len(round_.measured))))
    return Delta(conditions, over)


def report_silence(now: datetime) -> bool:
    """Raise an alarm when sites were measured before and none has been for long; return whether that is so.

    What is measured by STAMP and what is checked otherwise are told apart, as they are measured by different processes.
    """
    stale = timedelta(seconds=stale_after_s())
    is_stamp = Q(site__probe_method=ProbeMethod.STAMP)
    counted = SiteHealth.objects.filter(site__probe_port__isnull=False).aggregate(
        by_prober=Max("measured_at", filter=is_stamp), by_checker=Max("measured_at", filter=~is_stamp)
    )
    silent = {
        name: AlarmCondition(_object(name), PROBE_SILENT, Silent(newest.isoformat()))
        for name, newest in ((PROBER, counted["by_prober"]), (CHECKER, counted["by_checker"]))
        if newest is not None and now - newest > stale and starts.has_listened_for(START, now)
    }
    is_told = [name for name in silent if process_states.is_missed(settings.LOFT_RUN_DIR, _PROCESSES[name])]
    apply(Delta([condition for name, condition in silent.items() if name not in is_told]), now)
    return bool(silent)


def retire(subjects: Collection[str], now: datetime) -> None:
    """Forget the probes that are none of these, and clear what they raised: they measure no more."""
    gone = list(ProberHealth.objects.exclude(name__in=subjects).values_list("name", flat=True))
    if not gone:
        return
    apply(
        Delta(over={identity for identity in active_of((PROBE_UNWELL, PROBE_CUT_OFF)) if identity.object_key in gone}),
        now,
    )
    ProberHealth.objects.filter(name__in=gone).delete()


def identity(prober: str, problem: Problem) -> Identity:
    """Return what tells an alarm of a probe apart."""
    return Identity(PROBER_KIND, prober, problem.code)


def _object(prober: str) -> ManagedObject:
    name, _, shard = prober.partition(" ")
    return ManagedObject(PROBER_KIND, prober, Name(prober, f"{_NAMES_ZH[name]}{shard and ' '}{shard}"))


_PROCESSES = {PROBER: "worker-probes", CHECKER: "worker-checks"}
"""Who measures: where it does not run, that is the alarm."""
_NAMES_ZH = {PROBER: "探测器", CHECKER: "检查器"}


def _slow(round_: Round) -> Slow:
    return Slow(
        round(round_.delay_ms, 1), round(round_.send_delay_ms, 2), round_.drops, round_.held, len(round_.measured)
    )


def _untrusted_rounds(round_: Round, now: datetime) -> int:
    since = now - timedelta(seconds=stale_after_s())
    return StampSample.objects.filter(site=round_.measured[0].key, sent_at__gt=since, is_trusted=False).count()


register_source(AlarmSource((PROBE_UNWELL, PROBE_CUT_OFF, PROBE_SILENT)))
