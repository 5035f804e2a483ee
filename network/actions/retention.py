"""How long the network keeps what it measured, counted, raised and was asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q

from console.retention import Drop, Rule, count_deleted, register
from network.actions.equipment import counters
from network.actions.evidence import orders as maps
from network.actions.measurement import latency_histogram
from network.actions.placement import plan
from network.actions.service_levels import ledger
from network.actions.service_levels.report import orders as reports
from network.actions.targets import programme
from network.models import (
    Alarm,
    AlarmHold,
    Breach,
    ConfigurationJob,
    CounterHour,
    CounterReading,
    CountSpan,
    Evidence,
    Maintenance,
    Notice,
    NoticeState,
    PlacementPlan,
    ProgrammeValue,
    SampleDigest,
    ServiceCount,
    SlaReport,
    Span,
    StampSample,
)
from network.models.measurement import partition

ROOTS_AT_ONCE = 100
LONGEST_MONTH = timedelta(days=31)
ALARMS = "LOFT_ALARM_RETENTION_D"
EXPLAINED = ledger.KEPT[CountSpan.DAY] + LONGEST_MONTH
"""Breaches and maintenance stay as long as the ledger has a day that they explain: a report can be asked for then."""
_MANY = 5_000
_MANY_COUNTS = 20_000  # rows of a few numbers: fewer statements take 20 % less processor time


def delete_alarms(before: datetime) -> int:
    """Delete some alarms with their history that ended before then, or, unacknowledged, twice as long ago.

    Consequences go only together with their root cause and once all may go. Returns how many alarms went.
    """
    long_before = before - timedelta(days=settings.LOFT_ALARM_RETENTION_D)
    stays = Q(ended_at=None) | Q(ended_at__gte=before) | Q(acknowledged_at=None, ended_at__gte=long_before)
    bound = Alarm.objects.filter(stays, root=OuterRef("pk"))
    old = Alarm.objects.filter(~stays, ~Exists(bound), started_at__lt=before, root=None).order_by("pk")
    with transaction.atomic():
        roots = list(old.select_for_update().values_list("pk", flat=True)[:ROOTS_AT_ONCE])
        return count_deleted(Alarm.objects.filter(Q(pk__in=roots) | Q(root__in=roots))) if roots else 0


def _drop(model: type[Model]) -> Drop:
    table = model._meta.db_table  # noqa: SLF001  Django's public name
    return lambda before: partition.drop(table, before) if partition.is_partitioned() else None


def _where(**wanted: object) -> Callable[[datetime], Q]:
    return lambda _: Q(**wanted)


def _is_not_in_force(_: datetime) -> Q:
    return Q(~Exists(AlarmHold.objects.filter(maintenance=OuterRef("pk"), ended_at=None)))


_count = partial(Rule, model=ServiceCount, column="started_at", rows=_MANY_COUNTS)
_digest = partial(Rule, model=SampleDigest, column="started_at", rows=_MANY)
_ended = partial(Rule, kept=ALARMS, is_daily=True, rows=1_000)

register(
    Rule(
        name="samples", model=StampSample, column="sent_at", kept="LOFT_SAMPLE_RETENTION_H",
        needed_from=latency_histogram.MINUTES.needed_from, drop=_drop(StampSample),
    ),
    _digest(
        name="minutes of samples", kept="LOFT_MINUTE_RETENTION_D", where=_where(span_s=Span.MINUTE),
        needed_from=latency_histogram.HOURS.needed_from,
    ),
    _digest(name="hours of samples", kept="LOFT_HOUR_RETENTION_D", where=_where(span_s=Span.HOUR)),
    Rule(
        name="counters", model=CounterReading, column="to_at", kept="LOFT_COUNTER_RETENTION_H", rows=_MANY,
        needed_from=counters.HOURS.needed_from, drop=_drop(CounterReading),
    ),
    Rule(name="hours of counters", model=CounterHour, column="started_at", kept="LOFT_COUNTER_HOUR_RETENTION_D",
         rows=_MANY),
    Rule(name="pushes of settings", model=ConfigurationJob, column="ended_at", kept="LOFT_COUNTER_HOUR_RETENTION_D"),
    *(
        _count(
            name=f"{span.name.lower()}s of the ledger", kept=kept, where=_where(span_s=span),
            needed_from=ledger.needed_from(span),
        )
        for span, kept in ledger.KEPT.items()
    ),
    Rule(name="figures of the programme", model=ProgrammeValue, column="hour", kept=programme.KEPT_FOR),
    Rule(name="plans", model=PlacementPlan, column="ended_at", kept=plan.RETENTION, where=_where(adopted_at=None)),
    Rule(name="notices", model=Notice, column="made_at", kept="LOFT_NOTICE_RETENTION_D",
         where=lambda _: ~Q(state=NoticeState.WAITING)),
    Rule(name="evidence maps", model=Evidence, column="expires_at", kept="LOFT_EVIDENCE_RETENTION_D", is_end=True,
         piece=maps.delete_old),
    Rule(name="monthly reports", model=SlaReport, column="expires_at", kept="LOFT_SLA_REPORT_RETENTION_D", is_end=True,
         piece=reports.delete_old),
    _ended(name="alarms", model=Alarm, column="ended_at", piece=delete_alarms),
    _ended(name="holds of alarms", model=AlarmHold, column="ended_at", where=_where(alarms=None)),
    _ended(name="breaches", model=Breach, column="ended_at", least=EXPLAINED,
           where=lambda before: Q(started_at__lt=before)),  # of it there is an index
    _ended(name="maintenance", model=Maintenance, column="ends_at", least=EXPLAINED, where=_is_not_in_force),
)  # fmt: skip
