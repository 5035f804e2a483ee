"""STAMP packets, checked against bytes written down by hand from the RFC's figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.kernels.measurement import stamp
from network.kernels.measurement.stamp import Answer, Query

T1_NS = 1_780_315_200_500_000_000  # 2026-06-01 12:00:00.5 UTC
NTP_S = (1_780_315_200 + 2_208_988_800).to_bytes(4, "big")
HALF = bytes([0x80, 0, 0, 0])
TIMES = st.integers(1_600_000_000_000_000_000, 2_500_000_000_000_000_000)
WORDS, HALVES = st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1)


def test_a_query_has_the_bytes_of_the_rfc():
    packet = stamp.pack_query(Query(7, T1_NS, 0xBEEF, 0x9101))
    assert packet == bytes([0, 0, 0, 7]) + NTP_S + HALF + bytes([0x91, 0x01, 0xBE, 0xEF]) + bytes(28)


def test_an_answer_has_the_bytes_of_the_rfc():
    answer = Answer(3, T1_NS + 10**9, 0xBEEF, T1_NS, 7, T1_NS, 0x9101, 64, 0x8F01)
    later = (1_780_315_201 + 2_208_988_800).to_bytes(4, "big")
    assert stamp.pack_answer(answer) == (
        bytes([0, 0, 0, 3]) + later + HALF + bytes([0x8F, 0x01, 0xBE, 0xEF])
        + NTP_S + HALF + bytes([0, 0, 0, 7]) + NTP_S + HALF + bytes([0x91, 0x01, 0, 0, 64, 0, 0, 0])
    )  # fmt: skip


def test_the_error_estimate_says_synchronised_and_thirty_microseconds():
    scale, multiplier = stamp.ERROR_ESTIMATE >> 8 & 0x3F, stamp.ERROR_ESTIMATE & 0xFF
    assert stamp.ERROR_ESTIMATE >> 15 == 1
    assert multiplier > 0
    assert multiplier * 2.0 ** (scale - 32) == pytest.approx(30.5e-6, rel=0.01)


@given(st.builds(Query, WORDS, TIMES, HALVES, HALVES))
def test_a_query_survives_the_wire(query):
    packet = stamp.pack_query(query)
    assert len(packet) == 44
    assert stamp.unpack_query(packet, query.sent_ns) == query


@given(st.builds(Answer, WORDS, TIMES, HALVES, TIMES, WORDS, TIMES, HALVES, st.integers(0, 255), HALVES))
def test_an_answer_survives_the_wire_also_with_extensions_behind_it(answer):
    packet = stamp.pack_answer(answer)
    assert len(packet) == 44
    assert stamp.unpack_answer(packet + b"extension", answer.sent_ns) == answer


@given(TIMES)
def test_times_survive_the_turn_of_the_era_in_2036(at_ns):
    query = Query(0, at_ns, 1)
    assert stamp.unpack_query(stamp.pack_query(query), at_ns + 30 * 10**9).sent_ns == at_ns


@given(st.binary(max_size=43))
def test_a_short_packet_is_refused(packet):
    with pytest.raises(ValueError, match="at least 44"):
        stamp.unpack_answer(packet, T1_NS)


@given(st.binary(min_size=44, max_size=80))
def test_any_packet_that_is_long_enough_can_be_read(packet):
    stamp.unpack_answer(packet, T1_NS)
    stamp.unpack_query(packet, T1_NS)


def test_the_reflectors_clock_and_its_residence_do_not_count():
    hour_ns = 3_600 * 10**9
    assert stamp.rtt_ns(0, hour_ns + 300, hour_ns + 5_300, 6_000) == 1_000


def test_sequence_numbers_go_round():
    assert stamp.sequence_gap(0xFFFF_FFFE, 1) == 3
    assert stamp.sequence_gap(1, 0xFFFF_FFFE) == -3
