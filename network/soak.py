"""The network's part of a soak: samples, counters and alarms; roll-ups, ledger, verdicts, reports and partitions."""

from datetime import datetime, timedelta

from console.actions.audit.audit import SYSTEM
from console.soak.part import Part, Size, register
from network.actions import inventory
from network.actions.alarms import alarm, alarm_hold, escalation, object_names, operator_actions
from network.actions.alarms.alarm_condition import AlarmCondition, Delta
from network.actions.alarms.managed_object import of_site
from network.actions.alarms.problem import registered
from network.actions.equipment import counters
from network.actions.measurement import latency_histogram
from network.actions.service_levels import compliance, ledger
from network.actions.service_levels.report import orders as reports
from network.models import (
    Agreement,
    Alarm,
    CounterReading,
    CountSpan,
    Notice,
    NoticeState,
    SampleDigest,
    ServiceCount,
    Site,
    SlaReport,
    Span,
    StampSample,
)
from network.models.measurement import partition
from network.models.order import OrderState

SAMPLED, COUNTED = timedelta(minutes=10), timedelta(minutes=15)
RTTS_MS = [2.0, 2.1, 2.2, 2.3, 2.4]


def fill(start: datetime, end: datetime, size: Size) -> None:
    """Let sites be measured and counted, one of them fail, and what failed before be well again."""
    sites = list(Site.objects.filter(agreements__isnull=False).distinct().order_by("slug")[: size.sites])
    _end_other_agreements(sites, start)
    partition.prepare(start)
    StampSample.objects.bulk_create(
        [
            StampSample(site=site, sent_at=at, rtt_ms=2.2, rtts_ms=RTTS_MS, packets=5, lost=0, probe_delay_ms=0.1)
            for at in _times(start, end, SAMPLED)
            for site in sites
        ],
        batch_size=2_000,
    )
    period_s = COUNTED.total_seconds()
    CounterReading.objects.bulk_create(
        [
            CounterReading(site=site, to_at=at + COUNTED, period_s=period_s, version=int(at.timestamp()), devices=40)
            for at in _times(start, end, COUNTED)
            for site in sites
        ],
        ignore_conflicts=True,
    )
    _break(sites[start.hour % len(sites)], end)


def _end_other_agreements(sites: list[Site], now: datetime) -> None:
    """Leave as many agreements in force as there are sites: each makes 1,440 rows of the ledger a day."""
    kept = Agreement.objects.filter(site__in=sites, ended_at=None).order_by("pk").values_list("pk", flat=True)
    Agreement.objects.filter(ended_at=None).exclude(pk__in=list(kept[: len(sites)])).update(ended_at=now)


def _break(site: Site, now: datetime) -> None:
    """Clear the alarm of the last time and raise another; every second is acknowledged."""
    condition = AlarmCondition(of_site(site), next(iter(registered())))
    raised = alarm.apply(Delta([condition]), now - timedelta(minutes=30)).raised
    if raised and now.hour % 4 == 0:
        operator_actions.acknowledge(SYSTEM, [row.pk for row in raised], "seen", now - timedelta(minutes=20))
    alarm.apply(Delta(over={condition.identity}), now - timedelta(minutes=10))


def act(now: datetime) -> None:
    """Do what beat does every few minutes."""
    latency_histogram.draw_minutes(now)
    latency_histogram.draw_hours(now)
    counters.draw_hours(now)
    ledger.record(now)
    compliance.judge_all(now)
    alarm.settle_alarms(now)
    object_names.follow_names(now)
    alarm_hold.end_due_holds(now)
    escalation.escalate(now)
    inventory.apply_due(now)
    Notice.objects.filter(state=NoticeState.WAITING).update(state=NoticeState.SENT, sent_at=now)  # by a worker


def act_daily(now: datetime) -> None:
    """Make room for the days to come, and the monthly reports."""
    partition.prepare(now)
    reports.ask_due(now, lambda _: None)
    for pk in SlaReport.objects.exclude(state=OrderState.READY).values_list("pk", flat=True):
        reports.make(pk, lambda: now)


def _times(start: datetime, end: datetime, every: timedelta) -> list[datetime]:
    return [start + number * every for number in range((end - start) // every)]


register(
    Part(
        name="network",
        fill=fill,
        act=act,
        act_daily=act_daily,
        queries={
            "open alarms": lambda _: list(Alarm.objects.active()[:50]),
            "the newest alarms": lambda _: list(Alarm.objects.order_by("-started_at")[:50]),
            "the newest samples": lambda now: list(StampSample.objects.filter(sent_at__gte=now - SAMPLED)[:500]),
            "hours of a site": lambda _: latency_histogram.history(
                Site.objects.order_by("slug").values_list("pk", flat=True)[0], Span.HOUR, *_month(_), 1_000
            ),
            "the ledger's days": lambda now: list(
                ServiceCount.objects.filter(span_s=CountSpan.DAY, started_at__gte=now - timedelta(days=30))[:500]
            ),
            "digests of an hour": lambda now: list(
                SampleDigest.objects.filter(span_s=Span.MINUTE, started_at__gte=now - timedelta(hours=1))[:2_000]
            ),
        },
    )
)


def _month(now: datetime) -> tuple[datetime, datetime]:
    return now - timedelta(days=30), now
