"""Metrics of the network: how many alarms are open, by severity."""

from collections.abc import Iterable

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from console.metrics import collector
from network.models import Alarm


@collector
def open_alarms() -> Iterable[Metric]:
    """Yield the number of open alarms by severity."""
    family = GaugeMetricFamily("loft_alarms_open", "Open alarms", labels=["severity"])
    counted = Alarm.objects.filter(ended_at=None).values_list("severity").annotate(Count("pk"))
    for severity, count in counted.order_by():
        family.add_metric([severity], count)
    yield family
