"""What tests of service levels share: minutes that were drawn, and a ledger that is filled."""

from datetime import timedelta

from network.actions.service_levels import ledger
from network.kernels.measurement import latency_histogram
from network.models import (
    ComplianceStatus,
    CountSpan,
    SampleDigest,
    ServiceCount,
    Span,
)
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def drawn(site, minute: int, *, rounds=30, answered=30, lost=0, rtts_ms=(1.0,), untrusted=0, span=Span.MINUTE):
    """Draw a minute of a site, counted from noon."""
    return SampleDigest.objects.create(
        site=site, span_s=span, started_at=NOON + minute * MINUTE, rounds=rounds, answered_rounds=answered,
        untrusted_rounds=untrusted, packets=rounds * 10, lost=lost, histogram=latency_histogram.encode(rtts_ms),
    )  # fmt: skip


def record(minute: float) -> int:
    """Write the ledger up to a minute after noon, and some settling time."""
    return ledger.record(NOON + minute * MINUTE + timedelta(seconds=31))


def counted(agreement, span=CountSpan.MINUTE):
    rows = ServiceCount.objects.filter(agreement=agreement, span_s=span).order_by("started_at")
    return [(row.good, row.total, row.unknown_s, row.excluded_s) for row in rows]


def begin(*agreements) -> None:
    """Let the ledger of agreements begin at noon."""
    ledger.write(agreements, NOON, NOON + MINUTE)


def fill(agreement, minutes: int, good=30, total=30, until=NOON) -> None:
    """Fill the ledger backwards from a time: minutes, hours and days."""
    rows = [
        ServiceCount(agreement=agreement, span_s=60, started_at=until - (number + 1) * MINUTE, good=good, total=total,
                     unknown_s=0, excluded_s=0)
        for number in range(minutes)
    ]  # fmt: skip
    ServiceCount.objects.bulk_create(rows, ignore_conflicts=True)
    began = until - minutes * MINUTE
    times = {"began_at": began, "period_started_at": began, "counted_until": began, "judged_at": began}
    ComplianceStatus.objects.update_or_create(agreement=agreement, defaults=times)
    sum_anew(until)


def sum_anew(until=NOON) -> None:
    """Sum hours and days again, of minutes that a test made or changed."""
    ServiceCount.objects.exclude(span_s=CountSpan.MINUTE).delete()
    for span in (CountSpan.HOUR, CountSpan.DAY):
        ledger.SUMS[span].run(until)


def spoil(minutes: int, **news) -> None:
    """Change the newest minutes before noon."""
    ServiceCount.objects.filter(span_s=60, started_at__gte=NOON - minutes * MINUTE).update(**news)
    sum_anew()
