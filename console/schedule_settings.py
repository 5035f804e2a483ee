"""What beat starts, and how often; and what must not depend on it."""

from typing import Any

from celery.schedules import schedule

Row = tuple[str, float, float]
"""A task, started every so many seconds, forgotten when no worker took it for so many."""
WATCHES = [  # looks of every web process, see `console.run.watch`
    "console.run.disk.Watch",  # first: it waits for nobody, and asks for no time
    "console.run.starts.Presence",  # before all that do: it finds that the clock was set
    "console.actions.access.security.Watch",
    "network.actions.selfwatch.watch.Watch",
    "network.actions.selfwatch.platform.Watch",
    "network.actions.selfwatch.clock.Watch",
    "network.actions.selfwatch.backups.Watch",
    "console.run.broker_queues.Watch",
    "network.actions.selfwatch.processes.Watch",
    "network.actions.selfwatch.damage.Watch",
]
FIXED: dict[str, Row] = {
    "beat heartbeat": ("console.tasks.beat_heartbeat", 2, 10),
    "head of the audit trail": ("console.tasks.note_audit_head", 600, 300),
    "what is past its retention": ("console.tasks.delete_old", 600, 300),
    "what has ended": ("console.tasks.delete_old_daily", 86_400, 3_600),
    "backups": ("console.tasks.make_due_backup", 300, 300),
    "partitions of days to come": ("network.tasks.prepare_partitions", 600, 300),
    "due changes of the inventory": ("network.tasks.apply_due_changes", 5, 5),
    "ends of alarms and holds": ("network.tasks.settle_alarms", 5, 5),
    "deleted drones": ("airspace.tasks.delete_orphans", 10, 10),
    "control links": ("airspace.tasks.judge_control_links", 4, 4),
    "alarms of the airspace": ("airspace.tasks.look_for_alarm_conditions", 15, 15),
    "alarms of industry": ("industry.tasks.look_for_alarm_conditions", 30, 30),
    "hours of counters": ("network.tasks.draw_counter_hours", 300, 300),
    "pushes of settings": ("network.tasks.requeue_lost_pushes", 5, 5),
    "digests of samples": ("network.tasks.draw_digests", 60, 60),
    "notices of alarms": ("network.tasks.send_notices", 2, 2),
    "lost evidence": ("network.tasks.requeue_lost_evidence", 10, 10),
    "lost plans": ("network.tasks.requeue_lost_plans", 5, 5),
    "lost reports": ("network.tasks.requeue_lost_reports", 10, 10),
    "monthly reports": ("network.tasks.keep_reports", 600, 300),
    "programme": ("network.tasks.record_programme", 300, 300),
    "lost jobs": ("industry.tasks.requeue_lost_jobs", 5, 5),
}


def beat_schedule(probe_period_s: float, counter_period_s: float) -> dict[str, dict[str, Any]]:
    """Return Celery's table of what is started by itself, measurements as often as the settings say."""
    measured: dict[str, Row] = {
        "network health checks": ("network.tasks.run_health_checks", probe_period_s, probe_period_s),
        "counters of base stations": ("network.tasks.read_all_counters", counter_period_s, counter_period_s),
        "alarms of the network": ("network.tasks.look_for_alarm_conditions", counter_period_s, counter_period_s),
    }
    return {
        name: {"task": task, "schedule": schedule(period_s), "options": {"expires": expires_s}}
        for name, (task, period_s, expires_s) in {**FIXED, **measured}.items()
    }
