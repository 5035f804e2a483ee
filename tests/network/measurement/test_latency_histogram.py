"""Histograms whose percentiles stay right."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels.measurement import latency_histogram


def exact_ms(times_ms, share):
    return float(np.quantile(times_ms, share, method="inverted_cdf"))


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99, 0.999])
def test_percentiles_of_an_hour_merged_from_minutes_agree_with_the_raw_times(share):
    rng = np.random.default_rng(7)
    minutes = [0.6 + rng.gamma(2.0, 0.3, 90) + 20 * (rng.random(90) < 0.01) for _ in range(60)]
    hour = latency_histogram.merge(latency_histogram.encode(minute) for minute in minutes)
    assert latency_histogram.count(hour) == 5_400
    assert latency_histogram.percentiles_ms(hour, [share])[0] == pytest.approx(
        exact_ms(np.concatenate(minutes), share), rel=2e-3
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0.01, 5_000), max_size=20), min_size=1, max_size=6))
def test_merging_loses_nothing_whatever_the_pieces(pieces):
    merged = latency_histogram.merge(latency_histogram.encode(piece) for piece in pieces)
    at_once = latency_histogram.encode([time for piece in pieces for time in piece])
    shares = [0, 0.25, 0.5, 0.99, 1]
    assert latency_histogram.percentiles_ms(merged, shares) == latency_histogram.percentiles_ms(at_once, shares)
    assert latency_histogram.count(merged) == sum(map(len, pieces))


def test_lost_packets_and_impossible_times_are_left_out():
    held = latency_histogram.encode([float("nan"), -1.0, 0.0, float("inf"), 2.0])
    assert (latency_histogram.count(held), latency_histogram.percentiles_ms(held, [0.5])) == (
        1,
        [pytest.approx(2.0, rel=2e-3)],
    )


@pytest.mark.parametrize(
    ("count", "slow", "p99_ms"), [(90, 1, 20), (100, 1, 1), (101, 2, 20), (300, 3, 1), (300, 4, 20)]
)
def test_the_slow_packet_of_a_minute_is_its_p99_when_it_is_more_than_a_hundredth(count, slow, p99_ms):
    held = latency_histogram.encode([1.0] * (count - slow) + [20.0] * slow)
    assert latency_histogram.percentiles_ms(held, [0.99]) == [pytest.approx(p99_ms, rel=2e-3)]


def test_nothing_has_no_percentile():
    assert latency_histogram.percentiles_ms(latency_histogram.encode([]), [0.5, 0.99]) == [None, None]
    assert latency_histogram.above_share(latency_histogram.encode([]), 1.0) is None


def test_the_share_above_a_limit_is_counted():
    assert latency_histogram.above_share(latency_histogram.encode([1.0] * 90 + [9.0] * 10), 4.0) == pytest.approx(0.1)


def test_times_beyond_the_range_are_kept_at_its_end():
    assert latency_histogram.percentiles_ms(latency_histogram.encode([1e9]), [1.0])[0] == pytest.approx(
        60_000, rel=2e-3
    )


@pytest.mark.parametrize(("held", "shares"), [(b"what", [0.5]), (latency_histogram.encode([1.0]), [1.5])])
def test_what_cannot_be_is_refused(held, shares):
    with pytest.raises(ValueError, match="expected"):
        latency_histogram.percentiles_ms(held, shares)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.001, 59_000), min_size=1, max_size=40))
def test_a_histogram_is_read_as_the_library_reads_it(times_ms):
    encoded = latency_histogram.encode(times_ms)
    theirs = latency_histogram._decode(encoded)
    shares = [0.01, 0.25, 0.5, 0.95, 0.99, 1]
    ranks = [max(math.ceil(share * len(times_ms) - 1e-9), 1) for share in shares]  # theirs would round to the nearest
    expected = [theirs.get_value_at_percentile(rank / len(times_ms) * 100) / 1_000 for rank in ranks]
    assert latency_histogram.percentiles_ms(encoded, shares) == expected
    assert latency_histogram.count(encoded) == theirs.get_total_count()


def test_the_share_above_a_limit_is_counted_by_the_bucket():
    assert latency_histogram.above_share(latency_histogram.encode([1.0, 2.0, 3.0, 4.0]), 2.5) == 0.5
    assert latency_histogram.above_share(latency_histogram.encode([1.0]), 5.0) == 0.0
    assert latency_histogram.above_share(latency_histogram.encode([]), 5.0) is None


@pytest.mark.parametrize("broken", [b"", b"12345678nothing packed"])
def test_what_is_no_histogram_is_refused(broken):
    with pytest.raises(ValueError, match="expected an encoded histogram"):
        latency_histogram.percentiles_ms(broken, [0.5])
