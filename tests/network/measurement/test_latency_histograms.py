"""Samples become minutes, minutes hours, and percentiles stay those of the samples."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from network.actions.measurement import latency_histogram
from network.kernels.measurement import latency_histogram as kernel
from network.models import SampleDigest, Span, StampSample
from tests.conftest import NOON
from tests.retention import deleted

pytestmark = pytest.mark.django_db
RNG = np.random.default_rng(11)


def sample(site, at, rtts_ms, *, is_trusted=True) -> list[float]:
    answered = [rtt for rtt in rtts_ms if rtt is not None]
    StampSample.objects.create(
        site=site, sent_at=at, rtt_ms=answered[0] if answered else None, rtts_ms=rtts_ms, packets=len(rtts_ms),
        lost=len(rtts_ms) - len(answered), probe_delay_ms=0.1, is_trusted=is_trusted,
    )  # fmt: skip
    return answered


def fill(site, minutes, start=NOON, every_s=10) -> np.ndarray:
    times_ms = []
    for second in range(0, minutes * 60, every_s):
        rtts_ms = (0.6 + RNG.gamma(2, 0.4, 3)).round(3).tolist()
        times_ms += sample(site, start + timedelta(seconds=second), rtts_ms)
    return np.array(times_ms)


def test_an_hours_percentiles_are_those_of_its_raw_samples(make_site):
    site = make_site()
    times_ms = fill(site, 60)
    assert latency_histogram.draw_minutes(NOON + timedelta(minutes=61)) == 60
    assert latency_histogram.draw_hours(NOON + timedelta(minutes=61)) == 1
    row = latency_histogram.history(site.pk, Span.HOUR, NOON, NOON + timedelta(hours=1), 10)[0]
    for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)):
        assert row[name] == pytest.approx(np.quantile(times_ms, share, method="inverted_cdf"), rel=2e-3)
    assert (row["rounds"], row["packets"], row["lost"]) == (360, 1_080, 0)


def test_losses_and_unwell_rounds_are_counted_apart_and_never_as_times(make_site):
    site = make_site()
    sample(site, NOON, [1.0, None, 1.0])
    sample(site, NOON + timedelta(seconds=2), [None, None, None])
    sample(site, NOON + timedelta(seconds=4), [90.0] * 3, is_trusted=False)
    latency_histogram.draw_minutes(NOON + timedelta(minutes=2))
    row = latency_histogram.history(site.pk, Span.MINUTE, NOON, NOON + timedelta(hours=1), 10)[0]
    assert (row["rounds"], row["answered_rounds"], row["untrusted_rounds"]) == (2, 1, 1)
    assert (row["packets"], row["lost"], row["p99_ms"]) == (6, 4, pytest.approx(1.0, rel=2e-3))


def test_drawing_again_changes_nothing(make_site):
    site = make_site()
    fill(site, 3)
    latency_histogram.draw_minutes(NOON + timedelta(minutes=4))
    before = list(SampleDigest.objects.order_by("pk").values_list("started_at", "packets", "histogram"))
    assert latency_histogram.draw_minutes(NOON + timedelta(minutes=4)) == 0
    latency_histogram.draw_minute(NOON, NOON + timedelta(minutes=1))
    assert list(SampleDigest.objects.order_by("pk").values_list("started_at", "packets", "histogram")) == before


def test_a_minute_waits_until_its_rounds_are_stored(make_site):
    fill(make_site(), 1)
    assert latency_histogram.draw_minutes(NOON + timedelta(seconds=89)) == 0
    assert latency_histogram.draw_minutes(NOON + timedelta(seconds=90)) == 1


def test_an_hour_waits_for_all_of_its_minutes(make_site, monkeypatch):
    monkeypatch.setattr(latency_histogram, "MINUTES", replace(latency_histogram.MINUTES, most=30))
    fill(make_site(), 60, every_s=30)
    later = NOON + timedelta(hours=2)
    latency_histogram.draw_minutes(later)
    assert latency_histogram.draw_hours(later) == 0
    latency_histogram.draw_minutes(later)
    assert latency_histogram.draw_hours(later) == 1


def test_a_long_pause_of_the_probe_is_skipped_and_leaves_a_gap(make_site):
    site = make_site()
    fill(site, 1)
    fill(site, 1, start=NOON + timedelta(days=3))
    assert latency_histogram.draw_minutes(NOON + timedelta(days=4)) == 2
    rows = latency_histogram.history(site.pk, Span.MINUTE, NOON, NOON + timedelta(days=4), 10)
    assert [row["started_at"] for row in rows] == [NOON, NOON + timedelta(days=3)]


def test_minutes_go_when_their_time_is_over_and_hours_stay(make_site, settings):
    settings.LOFT_MINUTE_RETENTION_D = 1
    fill(make_site(), 5)
    latency_histogram.draw_minutes(NOON + timedelta(hours=2))
    latency_histogram.draw_hours(NOON + timedelta(hours=2))
    assert deleted("minutes of samples", NOON + timedelta(days=1, minutes=3)) == 3
    assert (SampleDigest.objects.filter(span_s=Span.MINUTE).count(), deleted("hours of samples", NOON)) == (2, 0)
    assert SampleDigest.objects.filter(span_s=Span.HOUR).count() == 1


def test_a_thousand_sites_for_a_year_fit_the_stated_size(make_site):
    minute = kernel.encode((0.6 + RNG.gamma(2, 0.3, 90)).tolist())
    hour = kernel.encode((0.6 + RNG.gamma(2, 0.3, 5_400)).tolist())
    around_bytes = 220  # columns, row header, and the three indexes, on PostgreSQL
    assert len(minute) <= 170
    assert len(hour) <= 950
    assert 1_000 * 365 * 24 * (len(hour) + around_bytes) < 11e9
    assert 1_000 * 7 * 1_440 * (len(minute) + around_bytes) < 4e9


def test_the_history_is_read_over_rest(signed_in, make_site):
    site, start = make_site(), timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)
    fill(site, 2, start=start)
    latency_histogram.draw_minutes(timezone.now())
    viewer = signed_in("viewer")
    rows = viewer.get("/api/v1/samples/history?site=bs-000&span=minute").json()
    assert [row["packets"] for row in rows] == [18, 18]
    assert viewer.get("/api/v1/samples/history?site=bs-000").json() == []
    assert viewer.get("/api/v1/samples/history?site=bs-000&span=year").status_code == 400
    assert viewer.get("/api/v1/samples/history?site=none").status_code == 404
