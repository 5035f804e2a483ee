"""Histograms of round-trip times from which percentiles stay correct however often they are merged.

Counts in buckets of 0.1 % relative width (HDR histogram, three significant digits), so that merging is adding and
loses nothing: the hour made of sixty minutes is the hour made of its samples.
Source: G. Tene, HdrHistogram; the encoded form is its V2 with run-length and zlib compression, without base64.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from math import isfinite

from hdrh.histogram import HdrHistogram

LEAST_US, MOST_US = 1, 60_000_000
DIGITS = 3
RELATIVE_ERROR = 10.0**-DIGITS


def encode(rtts_ms: Iterable[float]) -> bytes:
    """Return the histogram of times, kept to the microsecond; what is not finite or not above 0 is left out. [ms]."""
    histogram = _empty()
    for rtt_ms in rtts_ms:
        if isfinite(rtt_ms) and rtt_ms > 0:
            histogram.record_value(min(max(round(rtt_ms * 1_000), LEAST_US), MOST_US))
    return b64decode(histogram.encode())


def merge(encoded: Iterable[bytes]) -> bytes:
    """Return the histogram of everything that these hold."""
    merged = _empty()
    for one in encoded:
        merged.add(_decode(one))
    return b64decode(merged.encode())


def count(encoded: bytes) -> int:
    """Return how many times a histogram holds."""
    return int(_decode(encoded).get_total_count())


def percentiles_ms(encoded: bytes, shares: Iterable[float]) -> list[float | None]:
    """Return quantiles of the times, each right to 0.1 %.

    Args:
        encoded: the histogram.
        shares: of the times that are at most so long, each 0 to 1.

    Returns:
        Milliseconds; None of an empty histogram.

    Raises:
        ValueError: a share is out of range, or the histogram cannot be read.
    """
    wanted = list(shares)
    if wrong := [share for share in wanted if not 0 <= share <= 1]:
        raise ValueError(f"share: {wrong[0]} given; expected 0 to 1")
    histogram = _decode(encoded)
    if not histogram.get_total_count():
        return [None] * len(wanted)
    return [histogram.get_value_at_percentile(share * 100) / 1_000 for share in wanted]


def above_share(encoded: bytes, limit_ms: float) -> float | None:
    """Return the share of the times above a limit [ms], right to one bucket; None of an empty histogram."""
    histogram = _decode(encoded)
    total = histogram.get_total_count()
    if not total:
        return None
    limit_us = min(max(round(limit_ms * 1_000), LEAST_US), MOST_US)
    over = [
        item.count_at_value_iterated_to
        for item in histogram.get_recorded_iterator() if item.value_iterated_to > limit_us
    ]  # fmt: skip
    return float(sum(over) / total)


def _empty() -> HdrHistogram:
    return HdrHistogram(LEAST_US, MOST_US, DIGITS)


def _decode(encoded: bytes) -> HdrHistogram:
    try:
        return HdrHistogram.decode(b64encode(bytes(encoded)))
    except Exception as reason:  # the library raises several kinds, and zlib and base64 theirs
        raise ValueError(f"digest: {len(encoded)} bytes given; expected an encoded histogram") from reason
