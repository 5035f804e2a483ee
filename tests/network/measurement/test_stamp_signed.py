"""Authenticated STAMP, padding and what a clock says of itself, by bytes and numbers worked out by hand."""

import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.measurement import stamp
from network.kernels.measurement.stamp import Answer, Forged, Query

KEY = b"a key of the session"
T1_NS = 1_780_315_200_500_000_000  # 2026-06-01 12:00:00.5 UTC
NTP_S = (1_780_315_200 + 2_208_988_800).to_bytes(4, "big")
HALF = bytes([0x80, 0, 0, 0])
TIMES = st.integers(1_600_000_000_000_000_000, 2_500_000_000_000_000_000)
WORDS, HALVES = st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1)


def test_an_authenticated_query_has_the_112_bytes_of_the_rfc():
    packet = stamp.pack_query(Query(7, T1_NS, 0xBEEF, 0x9101), KEY)
    plain = bytes([0, 0, 0, 7]) + bytes(12) + NTP_S + HALF + bytes([0x91, 0x01, 0xBE, 0xEF]) + bytes(68)
    assert len(plain) == 96
    assert packet == plain + hmac.new(KEY, plain, hashlib.sha256).digest()[:16]


def test_an_authenticated_answer_has_the_112_bytes_of_the_rfc():
    packet = stamp.pack_answer(Answer(3, T1_NS, 0xBEEF, T1_NS, 7, T1_NS, 0x9101, 64, 0x8F01), KEY)
    plain = (
        bytes([0, 0, 0, 3]) + bytes(12) + NTP_S + HALF + bytes([0x8F, 0x01, 0xBE, 0xEF]) + bytes(4)
        + NTP_S + HALF + bytes(8) + bytes([0, 0, 0, 7]) + bytes(12) + NTP_S + HALF
        + bytes([0x91, 0x01]) + bytes(6) + bytes([64]) + bytes(15)
    )  # fmt: skip
    assert len(plain) == 96
    assert packet == plain + hmac.new(KEY, plain, hashlib.sha256).digest()[:16]


@given(st.builds(Query, WORDS, TIMES, HALVES, HALVES))
def test_an_authenticated_query_survives_the_wire(query):
    packet = stamp.pack_query(query, KEY)
    assert stamp.unpack_query(packet, query.sent_ns, KEY) == query
    with pytest.raises(Forged):
        stamp.unpack_query(packet, query.sent_ns, b"another key")


@given(
    st.builds(Answer, WORDS, TIMES, HALVES, TIMES, WORDS, TIMES, HALVES, st.integers(0, 255), HALVES),
    st.integers(0, 111),
)
def test_an_authenticated_answer_survives_the_wire_and_no_byte_of_it_can_be_changed(answer, place):
    packet = stamp.pack_answer(answer, KEY)
    assert stamp.unpack_answer(packet + b"extension", answer.sent_ns, KEY) == answer
    changed = packet[:place] + bytes([packet[place] ^ 1]) + packet[place + 1 :]
    with pytest.raises(Forged):
        stamp.unpack_answer(changed, answer.sent_ns, KEY)


@given(st.binary(max_size=111))
def test_a_packet_too_short_for_its_hmac_is_refused(packet):
    with pytest.raises(ValueError, match="at least 112"):
        stamp.unpack_query(packet, T1_NS, KEY)


def test_the_time_a_sender_wrote_comes_back_to_the_bit():
    fraction = 0x1234_5677  # finer than a nanosecond: 2^32 steps a second
    sent = struct.pack("!IIIHH28x", 1, 3_989_304_000, fraction, 0x9101, 5)
    query = stamp.unpack_query(sent, T1_NS)
    answer = Answer(0, T1_NS, 5, T1_NS, 1, query.sent_ns, 0x9101, 64, 0x9101, query.sent_wire)
    assert stamp.pack_answer(answer)[28:36] == sent[4:12]


def test_times_of_ptp_are_seconds_and_nanoseconds_since_1970():
    packet = stamp.pack_query(Query(1, T1_NS, 5, 0xD101))
    assert struct.unpack("!II", packet[4:12]) == (1_780_315_200, 500_000_000)
    assert stamp.unpack_query(packet, T1_NS).sent_ns == T1_NS


@pytest.mark.parametrize(
    ("error_s", "estimate"),
    [
        (0.0, 0x8001),  # 1 x 2^-32 s, the least there is
        (2.0**-32 * 255, 0x80FF),
        (2.0**-32 * 256, 0x8180),  # 128 x 2^-31
        (1e-3, 0x8F84),  # 1 ms is 4,294,967.3 units: 132 x 2^15 = 4,325,376, the next that is no less
        (1.0, 0x9980),  # 128 x 2^(25-32)
    ],
)
def test_an_error_is_stated_rounded_up(error_s, estimate):
    assert stamp.error_estimate(error_s) == estimate
    assert stamp.clock_error_s(estimate) >= error_s
    assert stamp.clock_error_s(estimate) <= max(error_s * 1.01, 2.0**-32)


@given(st.floats(0, 1e6))
def test_a_stated_error_is_never_less_than_the_error(error_s):
    clock_error_s = stamp.clock_error_s(stamp.error_estimate(error_s))
    assert error_s <= clock_error_s <= error_s * (1 + 1 / 127) + 2.0**-32


@pytest.mark.parametrize("estimate", [stamp.UNSYNCHRONISED, 0x9100, 0xD101])
def test_a_clock_that_is_not_synchronised_states_no_error(estimate):
    assert stamp.clock_error_s(estimate) is None
    assert stamp.error_estimate(1e-3, is_synchronised=False) == 0x0F84


@pytest.mark.parametrize("error_s", [-1.0, float("inf"), float("nan"), 1e12])
def test_an_error_that_cannot_be_stated_is_refused(error_s):
    with pytest.raises(ValueError, match="error_s is"):
        stamp.error_estimate(error_s)


def test_padding_has_a_header_and_is_marked_as_not_understood():
    assert stamp.padding(0, b"ab") == b""
    assert stamp.padding(4, b"ab") == bytes([0x80, 1, 0, 0])
    assert stamp.padding(9, b"ab") == bytes([0x80, 1, 0, 5]) + b"ababa"


@pytest.mark.parametrize("size_bytes", [1, 3, 1_429, -4])
def test_padding_that_does_not_fit_is_refused(size_bytes):
    with pytest.raises(ValueError, match="expected 0, or 4 to 1428"):
        stamp.padding(size_bytes, b"ab")


def test_a_reflector_marks_what_it_understands():
    location = bytes([0x80, 2, 0, 2, 9, 9])
    assert stamp.reflect_extensions(bytes([0x80, 1, 0, 1, 7]) + location) == bytes([0, 1, 0, 1, 7]) + location
    assert stamp.reflect_extensions(bytes([0x80, 1, 0, 9, 7])) == bytes([0x40, 1, 0, 9, 7])  # longer than there is
    assert stamp.reflect_extensions(b"abc") == b"abc"


@given(st.binary(max_size=200))
def test_any_extension_comes_back_at_its_own_length(extensions):
    assert len(stamp.reflect_extensions(extensions)) == len(extensions)
