"""Metrics of the network: how many alarms are open, by severity, and what became of their notices."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from console.metrics import collector
from network.models import Alarm, Notice, NoticeState, ProberHealth, stale_after_s


@collector
def open_alarms() -> Iterable[Metric]:
    """Yield the number of open alarms by severity."""
    family = GaugeMetricFamily("loft_alarms_open", "Open alarms", labels=["severity"])
    counted = Alarm.objects.filter(ended_at=None).values_list("severity").annotate(Count("pk"))
    for severity, count in counted.order_by():
        family.add_metric([severity], count)
    yield family


@collector
def notices() -> Iterable[Metric]:
    """Yield how many notices wait, and how many were given up."""
    family = GaugeMetricFamily("loft_notices", "Notices of alarms that did not arrive, or not yet", labels=["state"])
    states = (NoticeState.WAITING, NoticeState.DEAD)
    counted = dict(Notice.objects.filter(state__in=states).order_by().values_list("state").annotate(Count("pk")))
    for state in states:
        family.add_metric([state.value], counted.get(state.value, 0))
    yield family


@collector
def probers() -> Iterable[Metric]:
    """Yield how each probe was in its newest round; nothing of one that has not measured for long."""
    since = timezone.now() - timedelta(seconds=stale_after_s())
    rows = list(ProberHealth.objects.filter(measured_at__gte=since).order_by("name"))
    for name, (field, word) in _PROBER_GAUGES.items():
        family = GaugeMetricFamily(name, word, labels=["prober"])
        for prober_health in rows:
            family.add_metric([prober_health.name], getattr(prober_health, field))
        yield family


_PROBER_GAUGES = {
    "loft_probe_delay_ms": ("delay_ms", "How late the probe was for its own work in its newest round, at worst"),
    "loft_probe_send_delay_ms": ("send_delay_ms", "How late packets were sent, 99th percentile of the newest round"),
    "loft_probe_drops": ("drops", "Answers of the newest round that the probe's machine threw away unread"),
    "loft_probe_held": ("held", "Packets of the newest round that the probe's machine held up, left out"),
    "loft_probe_targets": ("targets", "Sites asked in the newest round"),
    "loft_probe_well": ("is_well", "1: the probe was well in its newest round; 0: nothing was concluded from it"),
}
