"""Metrics of industry: jobs by state."""

from collections.abc import Iterable

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from console.metrics import collector
from industry.models import Job


@collector
def jobs() -> Iterable[Metric]:
    """Yield the number of kept jobs by state."""
    family = GaugeMetricFamily("loft_jobs", "Jobs kept, by state", labels=["state"])
    for state, count in Job.objects.values_list("state").annotate(Count("pk")).order_by():
        family.add_metric([state], count)
    yield family
