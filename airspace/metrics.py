"""Metrics of the airspace: how much waits to be stored."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric
from redis.exceptions import ResponseError

from airspace.feeds import STREAM
from console.metrics import collector, gauge
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
