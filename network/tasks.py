"""Tasks of the network. They hold keys, never objects; the logic is in the actions."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from console import heartbeat
from network.actions import (
    configuration,
    counter_alarms,
    counters,
    digest,
    inventory,
    notice,
    notice_send,
    plan,
    prober_health,
    probing,
    programme,
    retention,
    sla,
    unfinished,
    watch,
)
from network.actions.alarms import alarm, alarm_hold, escalation, object_names
from network.actions.evidence import orders
from network.actions.report import orders as reports
from network.actions.service import ledger, standing
from network.models import partition

NOTICE_WAITS_S = 4


@shared_task(expires=30)
def run_health_checks() -> None:
    """Hand every piece of the probed sites to the prober, and say so when it has fallen silent."""
    heartbeat.beat(watch.HEALTH_CHECKS, timezone.now())
    stamp, other = probing.numbered(probing.shards()), probing.numbered(probing.check_shards())
    for piece in stamp:
        measure_shard.apply_async(piece, expires=settings.LOFT_PROBE_PERIOD_S)
    for piece in other:
        check_shard.apply_async(piece, expires=settings.LOFT_PROBE_PERIOD_S)
    probing.retire(stamp, other, timezone.now())
    prober_health.report_silence(timezone.now())


@shared_task(acks_late=False)
def measure_shard(site_ids: list[int], shard: int | None = None) -> None:
    """Measure these sites and judge their agreements. Never tried again: the next round follows soon."""
    probing.measure(site_ids, timezone.now(), shard)


@shared_task(acks_late=False)
def check_shard(site_ids: list[int], shard: int | None = None) -> None:
    """Check these sites by TCP or HTTP and judge their agreements. Never tried again either."""
    probing.measure_otherwise(site_ids, timezone.now(), shard)


@shared_task
def delete_old_samples() -> None:
    """Delete samples past their retention."""
    now = timezone.now()
    sla.delete_old_samples(now - timedelta(hours=settings.LOFT_SAMPLE_RETENTION_H))
    minutes_before = now - timedelta(days=settings.LOFT_MINUTE_RETENTION_D)
    digest.delete_old_digests(minutes_before, now - timedelta(days=settings.LOFT_HOUR_RETENTION_D))


@shared_task(expires=30)
def read_all_counters() -> None:
    """Hand every piece of the sites to whoever reads their counters."""
    for after, last in counters.shards():
        read_counters.apply_async((after, last), expires=settings.LOFT_COUNTER_PERIOD_S)


@shared_task(acks_late=False, soft_time_limit=25, time_limit=30)
def read_counters(after: str, last: str) -> None:
    """Read the counters of these sites. Never tried again: the next reading follows soon."""
    counters.read(after, last, timezone.now())


@shared_task(expires=30)
def look_for_alarm_conditions() -> None:
    """Raise and clear the alarms of counters, and of what failed for good."""
    counter_alarms.look(timezone.now())
    unfinished.look(timezone.now())


@shared_task
def draw_counter_hours() -> None:
    """Sum up the hours of the counters that are over."""
    counters.draw_hours(timezone.now())


@shared_task
def delete_old_counters() -> None:
    """Delete counters past their retention, and make room for those to come."""
    now = timezone.now()
    partition.prepare(now)
    readings_before = now - timedelta(hours=settings.LOFT_COUNTER_RETENTION_H)
    hours_before = now - timedelta(days=settings.LOFT_COUNTER_HOUR_RETENTION_D)
    counters.delete_old(readings_before, hours_before)
    configuration.delete_old(hours_before)


@shared_task(soft_time_limit=20, time_limit=25)
def push_configuration(uuid: str) -> None:
    """Try one push of settings, unless another worker has it or it ended meanwhile."""
    configuration.push(UUID(uuid), timezone.now)


@shared_task
def requeue_lost_pushes() -> None:
    """Try again the pushes whose pause is over, or whose worker or message was lost."""
    configuration.requeue_lost(timezone.now(), push_configuration.delay)


@shared_task
def draw_digests() -> None:
    """Draw the minutes and hours that are over."""
    digest.draw_minutes(timezone.now())
    digest.draw_hours(timezone.now())
    record_service.apply_async(expires=60)


@shared_task(soft_time_limit=110, time_limit=120)
def record_service() -> None:
    """Count what came of every agreement in the minutes that are drawn, and judge how each stands."""
    ledger.record(timezone.now())
    standing.judge_all(timezone.now())


@shared_task
def delete_old_counts() -> None:
    """Delete what of the ledger is past its retention."""
    ledger.delete_old(timezone.now())


@shared_task
def apply_due_changes() -> None:
    """Apply the planned changes of the inventory whose time has come."""
    inventory.apply_due(timezone.now())


@shared_task
def settle_alarms() -> None:
    """End what has been quiet and holds whose time is over, hold what is under maintenance, pass on what waits."""
    alarm.settle_alarms(timezone.now())
    object_names.follow_names(timezone.now())
    alarm_hold.end_due_holds(timezone.now())
    alarm_hold.keep_maintenance(timezone.now())
    escalation.escalate(timezone.now())


@shared_task(expires=2)
def send_notices() -> None:
    """Hand every channel for which a notice is due to a worker."""
    for pk in notice_send.due_channels(timezone.now()):
        send_channel.apply_async((pk,), expires=NOTICE_WAITS_S)


@shared_task(soft_time_limit=50, time_limit=55)
def send_channel(pk: int) -> None:
    """Send what is due to one channel, unless another worker is at it."""
    notice_send.send_channel(pk, timezone.now)


@shared_task
def delete_old_alarms() -> None:
    """Delete alarms, holds, breaches and maintenance that have ended and are past their retention."""
    retention.delete_ended(timezone.now())


@shared_task
def delete_old_notices() -> None:
    """Delete notices past their retention."""
    notice.delete_old(timezone.now())


@shared_task(soft_time_limit=50, time_limit=55)
def draw_evidence(uuid: str) -> None:
    """Draw one map, unless it was deleted, ended or taken meanwhile."""
    orders.draw(UUID(uuid), timezone.now)


@shared_task
def requeue_lost_evidence() -> None:
    """Look after maps whose worker or message was lost."""
    orders.requeue_lost(timezone.now(), draw_evidence.delay)


@shared_task
def delete_old_evidence() -> None:
    """Delete maps past their retention."""
    orders.delete_old(timezone.now())


@shared_task(soft_time_limit=50, time_limit=55)
def make_report(uuid: str) -> None:
    """Make one monthly report, unless it was deleted, ended or taken meanwhile."""
    reports.make(UUID(uuid), timezone.now)


@shared_task
def requeue_lost_reports() -> None:
    """Look after reports whose worker or message was lost."""
    reports.requeue_lost(timezone.now(), make_report.delay)


@shared_task
def keep_reports() -> None:
    """Ask for the reports of the month that is just over, and delete those past their retention."""
    reports.ask_due(timezone.now(), make_report.delay)
    reports.delete_old(timezone.now())


@shared_task(expires=60)
def record_programme() -> None:
    """Keep what the programme's targets stand at, and let go of what is too old."""
    programme.record_all(timezone.now())


@shared_task(soft_time_limit=560, time_limit=570)
def prove_plan(uuid: str) -> None:
    """Prove one stored plan, unless another is being proven or it ended meanwhile. Then comes the next."""
    plan.prove(UUID(uuid), timezone.now, prove_plan.delay)


@shared_task
def requeue_lost_plans() -> None:
    """Look after plans whose worker or message was lost."""
    plan.requeue_lost(timezone.now(), prove_plan.delay)


@shared_task
def delete_old_plans() -> None:
    """Delete plans past their retention."""
    plan.delete_old(timezone.now())
