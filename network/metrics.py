"""Metrics of the network: how many alarms are open, by severity, and what became of their notices."""

from collections.abc import Iterable

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from console.metrics import collector
from network.models import Alarm, Notice, NoticeState


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
