"""Histograms of round-trip times from which percentiles stay correct however often they are merged.

Counts in buckets of 0.1 % relative width (HDR histogram, three significant digits), so that merging is adding and
loses nothing: the hour made of sixty minutes is the hour made of its samples.
Source: G. Tene, HdrHistogram; the encoded form is its V2 with run-length and zlib compression, without base64.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from math import ceil, isfinite

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

LEAST_US, MOST_US = 1, 60_000_000
DIGITS = 3
RELATIVE_ERROR = 10.0**-DIGITS
_TINY = 1e-9  # so that a rounding error makes no rank of its own
_HEADER_BYTES, _HALF_BITS = 40, 10
_HALF = 1 << _HALF_BITS  # buckets of one width; each further such number of them is twice as wide


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
    for payload in encoded:
        merged.add(_decode(payload))
    return b64decode(merged.encode())


def count(encoded: bytes) -> int:
    """Return how many times a histogram holds."""
    return int(held(encoded)[1].sum())


def percentiles_ms(encoded: bytes, shares: Iterable[float]) -> list[float | None]:
    """Return quantiles of the times by the nearest rank, each right to 0.1 %.

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
    times_us, counts = held(encoded)
    if not counts.size:
        return [None] * len(wanted)
    until = np.cumsum(counts)
    ranks = [max(ceil(share * int(until[-1]) - _TINY), 1) for share in wanted]  # at most so long are at least the share
    return [float(times_us[place]) / 1_000 for place in np.searchsorted(until, ranks)]


def above_share(encoded: bytes, limit_ms: float) -> float | None:
    """Return the share of the times above a limit [ms], right to one bucket; None of an empty histogram."""
    times_us, counts = held(encoded)
    if not counts.size:
        return None
    limit_us = min(max(round(limit_ms * 1_000), LEAST_US), MOST_US)
    return float(counts[times_us > limit_us].sum() / counts.sum())


def held(encoded: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the longest time of each bucket that holds something [us], ascending, and how many it holds.

    Read by ourselves: the library would first lay out all 32,768 buckets, which takes a hundred times as long.

    Raises:
        ValueError: the histogram cannot be read.
    """
    try:
        places, numbers = _runs(zlib.decompress(encoded[8:])[_HEADER_BYTES:])
        place, counts = np.array(places, np.int64), np.array(numbers, np.int64)
    except (zlib.error, OverflowError) as reason:
        raise ValueError(f"digest: {len(encoded)} bytes given; expected an encoded histogram") from reason
    doubling = np.maximum((place >> _HALF_BITS) - 1, 0)
    within = np.where(place < _HALF, place, (place & (_HALF - 1)) + np.where(place >> _HALF_BITS, _HALF, 0))
    return (within + 1 << doubling) - 1, counts


def _runs(packed: bytes) -> tuple[list[int], list[int]]:
    """Return places and counts: each is a zigzag LEB128 number, a negative one so many empty buckets."""
    places, counts, place, number, shift = [], [], 0, 0, 0
    for octet in packed:
        number |= (octet & 0x7F) << shift
        shift += 7
        if octet & 0x80:
            continue
        value, number, shift = (number >> 1) ^ -(number & 1), 0, 0
        if value > 0:
            places.append(place)
            counts.append(value)
        place += max(1, -value)
    return places, counts


def _empty() -> HdrHistogram:
    return HdrHistogram(LEAST_US, MOST_US, DIGITS)


def _decode(encoded: bytes) -> HdrHistogram:
    try:
        return HdrHistogram.decode(b64encode(bytes(encoded)))
    except Exception as reason:  # the library raises several kinds, and zlib and base64 theirs
        raise ValueError(f"digest: {len(encoded)} bytes given; expected an encoded histogram") from reason
