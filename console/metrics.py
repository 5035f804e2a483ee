"""Prometheus metrics of this installation, collected when asked for. Apps add theirs in `<app>/metrics.py`."""

from collections.abc import Callable, Iterable

from django.utils.module_loading import autodiscover_modules
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

Collect = Callable[[], Iterable[Metric]]
_collectors: list[Collect] = []


def collector(function: Collect) -> Collect:
    """Register a function that yields metrics; it runs at every scrape, so it must be quick."""
    _collectors.append(function)
    return function


def gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    """Make a gauge; `words` say what it shows, the unit is the last word of `name`."""
    return GaugeMetricFamily(name, words, value=value)


def page() -> bytes:
    """Return the exposition text."""
    autodiscover_modules("metrics")
    registry = CollectorRegistry()
    registry.register(_All())
    return generate_latest(registry)


class _All:
    def collect(self) -> Iterable[Metric]:
        """Yield what every collector yields."""
        for collect in _collectors:
            yield from collect()
