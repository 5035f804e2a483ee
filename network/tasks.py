"""Tasks of the network. They hold keys, never objects; the logic is in the actions."""

from functools import partial
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from console.run import heartbeat
from network.actions import inventory
from network.actions.alarms import alarm, alarm_hold, escalation, object_names, redundancy_alarms
from network.actions.circle import circle_alarms
from network.actions.equipment import configuration, counter_alarms, counters
from network.actions.evidence import orders
from network.actions.measurement import latency_histogram, prober_health
from network.actions.notices import notice_send
from network.actions.placement import plan
from network.actions.selfwatch import unfinished, watch
from network.actions.service_levels import compliance, ledger
from network.actions.service_levels.report import orders as reports
from network.actions.sla import probing, sla_breaches
from network.actions.targets import programme
from network.models.measurement import partition

NOTICE_WAITS_S = 4
ROUND_HANGS_AFTER_S = 25
"""So long a task of a round may take. A prober shows with each packet that is due, and with each name, that it goes on:
its packets may be spread over 30 s, and a second look takes as long. Checks take 2 s for every hundred sites."""
_round = partial(shared_task, soft_time_limit=ROUND_HANGS_AFTER_S - 5, time_limit=ROUND_HANGS_AFTER_S)


@_round(expires=30)
def run_health_checks() -> None:
    """Hand every piece of the probed sites to the prober, and say so when it has fallen silent."""
    heartbeat.beat(watch.HEALTH_CHECKS)
    stamp, other = probing.numbered(probing.shards()), probing.numbered(probing.check_shards())
    for piece in stamp:
        measure_shard.apply_async(piece, expires=settings.LOFT_PROBE_PERIOD_S)
    for piece in other:
        check_shard.apply_async(piece, expires=settings.LOFT_PROBE_PERIOD_S)
    probing.retire(stamp, other, timezone.now())
    prober_health.report_silence(timezone.now())


@_round(acks_late=False)
def measure_shard(site_ids: list[int], shard: int | None = None) -> None:
    """Measure these sites and judge their agreements. Never tried again: the next round follows soon."""
    probing.measure(site_ids, timezone.now(), shard)


@_round(acks_late=False)
def check_shard(site_ids: list[int], shard: int | None = None) -> None:
    """Check these sites by TCP or HTTP and judge their agreements. Never tried again either."""
    probing.measure_otherwise(site_ids, timezone.now(), shard)


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
    """Raise and clear the alarms of counters, of lost redundancy, of the circle, and of what failed for good."""
    counter_alarms.look(timezone.now())
    redundancy_alarms.look(timezone.now())
    circle_alarms.look(timezone.now())
    unfinished.look(timezone.now())


@shared_task
def draw_counter_hours() -> None:
    """Sum up the hours of the counters that are over."""
    counters.draw_hours(timezone.now())


@shared_task
def prepare_partitions() -> None:
    """Make room for the days to come."""
    partition.prepare(timezone.now())


@shared_task(soft_time_limit=20, time_limit=25)
def push_configuration(uuid: str) -> None:
    """Try one configuration job, unless another worker has it or it ended meanwhile."""
    configuration.push(UUID(uuid), timezone.now)


@shared_task
def requeue_lost_pushes() -> None:
    """Try again the configuration jobs whose pause is over, or whose worker or message was lost."""
    configuration.requeue_lost(timezone.now(), push_configuration.delay)


@shared_task
def draw_digests() -> None:
    """Draw the minutes and hours that are over."""
    latency_histogram.draw_minutes(timezone.now())
    latency_histogram.draw_hours(timezone.now())
    record_service.apply_async(expires=60)


@shared_task(soft_time_limit=110, time_limit=120)
def record_service() -> None:
    """Count what came of every agreement in the minutes that are drawn, and judge how each stands."""
    ledger.record(timezone.now())
    compliance.judge_all(timezone.now())


@shared_task
def apply_due_changes() -> None:
    """Apply the planned changes of the inventory whose time has come."""
    inventory.apply_due(timezone.now())


@shared_task
def settle_alarms() -> None:
    """End what has been quiet and holds whose time is over, hold what is under maintenance, pass on what waits."""
    alarm.settle_alarms(timezone.now())
    object_names.follow_names(timezone.now())
    sla_breaches.follow_grades(timezone.now())
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


@shared_task(soft_time_limit=50, time_limit=55)
def draw_evidence(uuid: str) -> None:
    """Draw one map, unless it was deleted, ended or taken meanwhile."""
    orders.draw(UUID(uuid), timezone.now)


@shared_task
def requeue_lost_evidence() -> None:
    """Look after maps whose worker or message was lost."""
    orders.requeue_lost(timezone.now(), draw_evidence.delay)


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
    """Ask for the reports of the month that is just over."""
    reports.ask_due(timezone.now(), make_report.delay)


@shared_task(expires=60)
def record_programme() -> None:
    """Keep what the programme's targets stand at."""
    programme.record_all(timezone.now())


@shared_task(soft_time_limit=560, time_limit=570)
def prove_plan(uuid: str) -> None:
    """Prove one stored plan, unless another is being proven or it ended meanwhile. Then comes the next."""
    plan.prove(UUID(uuid), timezone.now, prove_plan.delay)


@shared_task
def requeue_lost_plans() -> None:
    """Look after plans whose worker or message was lost."""
    plan.requeue_lost(timezone.now(), prove_plan.delay)
