"""Histograms whose percentiles stay right."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.kernels import digest


def exact_ms(times_ms, share):
    return float(np.quantile(times_ms, share, method="inverted_cdf"))


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99, 0.999])
def test_percentiles_of_an_hour_merged_from_minutes_agree_with_the_raw_times(share):
    rng = np.random.default_rng(7)
    minutes = [0.6 + rng.gamma(2.0, 0.3, 90) + 20 * (rng.random(90) < 0.01) for _ in range(60)]
    hour = digest.merge(digest.encode(minute) for minute in minutes)
    assert digest.count(hour) == 5_400
    assert digest.percentiles_ms(hour, [share])[0] == pytest.approx(exact_ms(np.concatenate(minutes), share), rel=2e-3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0.01, 5_000), max_size=20), min_size=1, max_size=6))
def test_merging_loses_nothing_whatever_the_pieces(pieces):
    merged = digest.merge(digest.encode(piece) for piece in pieces)
    at_once = digest.encode([time for piece in pieces for time in piece])
    shares = [0, 0.25, 0.5, 0.99, 1]
    assert digest.percentiles_ms(merged, shares) == digest.percentiles_ms(at_once, shares)
    assert digest.count(merged) == sum(map(len, pieces))


def test_lost_packets_and_impossible_times_are_left_out():
    held = digest.encode([float("nan"), -1.0, 0.0, float("inf"), 2.0])
    assert (digest.count(held), digest.percentiles_ms(held, [0.5])) == (1, [pytest.approx(2.0, rel=2e-3)])


@pytest.mark.parametrize(
    ("count", "slow", "p99_ms"), [(90, 1, 20), (100, 1, 1), (101, 2, 20), (300, 3, 1), (300, 4, 20)]
)
def test_the_slow_packet_of_a_minute_is_its_p99_when_it_is_more_than_a_hundredth(count, slow, p99_ms):
    held = digest.encode([1.0] * (count - slow) + [20.0] * slow)
    assert digest.percentiles_ms(held, [0.99]) == [pytest.approx(p99_ms, rel=2e-3)]


def test_nothing_has_no_percentile():
    assert digest.percentiles_ms(digest.encode([]), [0.5, 0.99]) == [None, None]
    assert digest.above_share(digest.encode([]), 1.0) is None


def test_the_share_above_a_limit_is_counted():
    assert digest.above_share(digest.encode([1.0] * 90 + [9.0] * 10), 4.0) == pytest.approx(0.1)


def test_times_beyond_the_range_are_kept_at_its_end():
    assert digest.percentiles_ms(digest.encode([1e9]), [1.0])[0] == pytest.approx(60_000, rel=2e-3)


@pytest.mark.parametrize(("held", "shares"), [(b"what", [0.5]), (digest.encode([1.0]), [1.5])])
def test_what_cannot_be_is_refused(held, shares):
    with pytest.raises(ValueError, match="expected"):
        digest.percentiles_ms(held, shares)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.001, 59_000), min_size=1, max_size=40))
def test_a_histogram_is_read_as_the_library_reads_it(times_ms):
    encoded = digest.encode(times_ms)
    theirs = digest._decode(encoded)
    shares = [0.01, 0.25, 0.5, 0.95, 0.99, 1]
    ranks = [max(math.ceil(share * len(times_ms) - 1e-9), 1) for share in shares]  # theirs would round to the nearest
    expected = [theirs.get_value_at_percentile(rank / len(times_ms) * 100) / 1_000 for rank in ranks]
    assert digest.percentiles_ms(encoded, shares) == expected
    assert digest.count(encoded) == theirs.get_total_count()


def test_the_share_above_a_limit_is_counted_by_the_bucket():
    assert digest.above_share(digest.encode([1.0, 2.0, 3.0, 4.0]), 2.5) == 0.5
    assert digest.above_share(digest.encode([1.0]), 5.0) == 0.0
    assert digest.above_share(digest.encode([]), 5.0) is None


@pytest.mark.parametrize("broken", [b"", b"12345678nothing packed"])
def test_what_is_no_histogram_is_refused(broken):
    with pytest.raises(ValueError, match="expected an encoded histogram"):
        digest.percentiles_ms(broken, [0.5])
