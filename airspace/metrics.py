"""Metrics of the airspace: how much waits to be stored, and how much was refused because it is another's drone."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from redis.exceptions import ResponseError

from airspace.feeds import STREAM, refused_by_key
from console.metrics import collector, gauge
from console.models import ApiKey
from console.redis_clients import GONE, client


@collector
def waiting_reports() -> Iterable[Metric]:
    """Yield how many batches of reports wait for the engine; nothing while Redis is away."""
    try:
        yield gauge(
            "loft_report_batches_waiting", "Batches of reports that the engine has yet to store", client().xlen(STREAM)
        )
    except (*GONE, ResponseError):
        return


@collector
def refused_reports() -> Iterable[Metric]:
    """Yield how many reports of others' drones each key sent; nothing while Redis is away."""
    try:
        counts = refused_by_key()
    except (*GONE, ResponseError):
        return
    words = "Reports refused because the drone is of another organisation than the key"
    family = CounterMetricFamily("loft_foreign_reports_refused", words, labels=["organisation", "key"])
    for key in ApiKey.objects.filter(pk__in=counts).select_related("organisation"):
        family.add_metric([key.organisation.slug, str(key)], counts[key.pk])
    yield family
