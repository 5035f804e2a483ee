"""How the probes themselves are: the newest round of each, kept for metrics; what is no longer there goes."""

from collections.abc import Collection
from datetime import datetime

from network.actions.alarms.alarm import clear_alarms
from network.models import Alarm, ProberHealth
from network.probes.stamp import Round

PROBE_UNWELL = "The probe is too slow to measure"
PROBE_CUT_OFF = "No site answers the probe"
_FIGURES = ("delay_ms", "send_delay_ms", "drops", "held", "is_well")


def note(found: Round, now: datetime) -> None:
    """Keep how the probe was in a round. A second look asks too few to tell."""
    if found.is_second_look:
        return
    figures = {name: getattr(found, name) for name in _FIGURES}
    row = ProberHealth(name=found.subject, targets=len(found.measured), measured_at=now, **figures)
    ProberHealth.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["name"], update_fields=["targets", "measured_at", *_FIGURES]
    )


def detail_of(found: Round) -> dict[str, object]:
    """Return why a probe is unwell, as its alarm shows it."""
    return {
        "delay_ms": round(found.delay_ms, 1), "send_delay_ms": round(found.send_delay_ms, 2), "drops": found.drops,
        "held": found.held, "targets": len(found.measured),
    }  # fmt: skip


def retire(subjects: Collection[str], now: datetime) -> None:
    """Forget the probes that are none of these, and clear what they raised: they measure no more."""
    gone = list(ProberHealth.objects.exclude(name__in=subjects).values_list("name", flat=True))
    if not gone:
        return
    raised = Alarm.objects.active().filter(subject__in=gone, specific_problem__in=(PROBE_UNWELL, PROBE_CUT_OFF))
    clear_alarms(list(raised.values_list("subject", "specific_problem")), now)
    ProberHealth.objects.filter(name__in=gone).delete()
