"""Prometheus metrics of this installation, collected when asked for. Apps add theirs in `<app>/metrics.py`."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from console.access.narrowing import unnarrowed
from console.actions.quota import report
from console.errors import Unavailable
from console.models import Organisation
from console.redis_clients import GONE
from console.retention import rules
from console.run import heartbeat, process_states

MOST_LABELLED = 200
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


@collector
def heartbeats() -> Iterable[Metric]:
    """Yield how long ago each part was heard; a part that never was has no sample."""
    family = GaugeMetricFamily("loft_heartbeat_age_seconds", "Time since a part was last heard", labels=["part"])
    for part in ("engine", "beat"):
        with suppress(*GONE):
            age = heartbeat.age_s(part)
            if age is not None:
                family.add_metric([part], age)
    yield family


@collector
def processes() -> Iterable[Metric]:
    """Yield of each process whether it does its work, how often it was started and how often it hung."""
    up = GaugeMetricFamily("loft_process_up", "Whether a process does its work", labels=["process"])
    starts = CounterMetricFamily("loft_process_starts", "How often a process was started", labels=["process"])
    hangs = CounterMetricFamily("loft_process_hangs", "How often it hung and was replaced", labels=["process"])
    for state in process_states.read(settings.LOFT_RUN_DIR):
        for family, value in ((up, float(state.is_up)), (starts, state.starts), (hangs, state.hangs)):
            family.add_metric([state.name], value)
    yield from (up, starts, hangs)


@collector
def held_rows() -> Iterable[Metric]:
    """Yield for how long rows have been kept past their retention, of those that a roll-up has to read first."""
    words = "For how long rows were kept past their retention, for they are not rolled up yet"
    family = GaugeMetricFamily("loft_retention_held_seconds", words, labels=["rows"])
    with unnarrowed():
        for rule in rules():
            if rule.needed_from:
                family.add_metric([rule.name], rule.held_s(timezone.now()))
    yield family


@collector
def quotas() -> Iterable[Metric]:
    """Yield limit, use and refusals by organisation, for at most `MOST_LABELLED`; nothing while Redis is away."""
    organisations = list(Organisation.objects.filter(is_active=True).order_by("pk")[:MOST_LABELLED])
    labels = ["organisation", "quota"]
    limit = GaugeMetricFamily("loft_quota_limit", "What an organisation may have", labels=labels)
    used = GaugeMetricFamily("loft_quota_used", "What an organisation has used of it", labels=labels)
    refused = CounterMetricFamily("loft_quota_refused", "What was refused because of it", labels=labels)
    with suppress(Unavailable):
        for row in report(organisations, timezone.now()):
            for quota in row["quotas"]:
                words = [row["organisation"].slug, quota["quota"]]
                for family, name in ((limit, "limit"), (used, "used"), (refused, "refused")):
                    family.add_metric(words, quota[name])
    yield from (limit, used, refused)
