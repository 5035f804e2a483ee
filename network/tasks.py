"""Tasks of the network. They hold keys, never objects; the logic is in the actions."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from network.actions import sla


@shared_task(expires=30)
def run_health_checks() -> None:
    """Hand every piece of the probed sites to the prober, and say so when it has fallen silent."""
    for keys in sla.shards():
        measure_shard.apply_async((keys,), expires=settings.LOFT_PROBE_PERIOD_S)
    sla.report_silence(timezone.now())


@shared_task(queue="probes", acks_late=False)
def measure_shard(site_ids: list[int]) -> None:
    """Measure these sites and judge their agreements. Never tried again: the next round follows soon."""
    sla.measure(site_ids)


@shared_task
def delete_old_samples() -> None:
    """Delete samples past their retention."""
    sla.delete_old_samples(timezone.now() - timedelta(hours=settings.LOFT_SAMPLE_RETENTION_H))
