"""Our packets read by an independent implementation of STAMP, and our reflector driven by it."""

import asyncio
import socket
import time
import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own old dependencies
    from scapy.contrib.stamp import (
        ErrorEstimate,
        STAMPSessionReflectorTestUnauthenticated,
        STAMPSessionSenderTestUnauthenticated,
        STAMPTestTLV,
    )

from network.kernels.measurement import stamp
from network.kernels.measurement.stamp import Answer, Query
from network.probes.stamp import Pace, Prober, Target
from tests.waiting import PATIENCE_S

T1_NS = 1_780_315_200_500_000_000  # 2026-06-01 12:00:00.5 UTC
NTP_S = 1_780_315_200.5 + 2_208_988_800


def test_our_query_is_read_by_it():
    packet = stamp.pack_query(Query(7, T1_NS, 0xBEEF, 0x9101)) + stamp.padding(12, b"ab")
    test_unauthenticated = STAMPSessionSenderTestUnauthenticated(packet)
    assert (test_unauthenticated.seq, test_unauthenticated.ssid, test_unauthenticated.mbz) == (7, 0xBEEF, 0)
    assert (
        test_unauthenticated.err_estimate.S,
        test_unauthenticated.err_estimate.Z,
        test_unauthenticated.err_estimate.scale,
        test_unauthenticated.err_estimate.multiplier,
    ) == (1, 0, 17, 1)
    assert float(test_unauthenticated.ts) == pytest.approx(NTP_S, abs=1e-6)
    assert [
        (int(tlv_object.flags), tlv_object.type, bytes(tlv_object.value))
        for tlv_object in test_unauthenticated.tlv_objects
    ] == [(0x80, 1, b"abababab")]


def test_our_answer_is_read_by_it():
    packet = stamp.pack_answer(Answer(3, T1_NS + 10**9, 0xBEEF, T1_NS, 7, T1_NS - 10**9, 0x9101, 64, 0x8F01))
    test_unauthenticated = STAMPSessionReflectorTestUnauthenticated(packet)
    assert (
        test_unauthenticated.seq,
        test_unauthenticated.ssid,
        test_unauthenticated.seq_sender,
        test_unauthenticated.ttl_sender,
    ) == (3, 0xBEEF, 7, 64)
    assert float(test_unauthenticated.ts) == pytest.approx(NTP_S + 1, abs=1e-6)
    assert float(test_unauthenticated.ts_rx) == pytest.approx(NTP_S, abs=1e-6)
    assert float(test_unauthenticated.ts_sender) == pytest.approx(NTP_S - 1, abs=1e-6)
    assert (test_unauthenticated.err_estimate.scale, test_unauthenticated.err_estimate_sender.scale) == (15, 17)


def test_its_answer_is_read_by_us():
    packet = bytes(
        STAMPSessionReflectorTestUnauthenticated(
            seq=3, ts=NTP_S, ssid=5, ts_rx=NTP_S - 1, seq_sender=9,
            ts_sender=NTP_S - 2, err_estimate=ErrorEstimate(S=1, scale=10, multiplier=2), ttl_sender=61,
        )
    )  # fmt: skip
    answer = stamp.unpack_answer(packet, T1_NS)
    assert (answer.sequence, answer.session_id, answer.query_sequence, answer.query_ttl) == (3, 5, 9, 61)
    assert answer.residence_ns == 10**9
    assert stamp.clock_error_s(answer.error_estimate) == 2 * 2.0 ** (10 - 32)


async def test_it_drives_our_reflector(make_reflector):
    reflector, loop = make_reflector(), asyncio.get_running_loop()
    sent = STAMPSessionSenderTestUnauthenticated(
        seq=41,
        ts=time.time() + 2_208_988_800,
        ssid=77,
        err_estimate=ErrorEstimate(S=1, scale=17),
        tlv_objects=[STAMPTestTLV(flags=0x80, type=1, len=4, value=b"wxyz")],
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        await loop.sock_sendto(line, bytes(sent), ("127.0.0.1", reflector.port))
        test_unauthenticated = STAMPSessionReflectorTestUnauthenticated(
            await asyncio.wait_for(loop.sock_recv(line, 2_048), PATIENCE_S)
        )
    assert (test_unauthenticated.seq, test_unauthenticated.seq_sender, test_unauthenticated.ssid) == (0, 41, 77)
    assert test_unauthenticated.ts_sender == STAMPSessionSenderTestUnauthenticated(bytes(sent)).ts  # to the bit
    assert test_unauthenticated.ts >= test_unauthenticated.ts_rx
    assert [
        (int(tlv_object.flags), tlv_object.type, bytes(tlv_object.value))
        for tlv_object in test_unauthenticated.tlv_objects
    ] == [(0, 1, b"wxyz")]


class ItsReflector(asyncio.DatagramProtocol):
    """A reflector made of its layers alone; it knows nothing of ours."""

    def connection_made(self, transport):
        self.line, self.count = transport, 0

    def datagram_received(self, data, address):
        received, asked = time.time() + 2_208_988_800, STAMPSessionSenderTestUnauthenticated(data)
        answer = STAMPSessionReflectorTestUnauthenticated(
            seq=self.count, ts=time.time() + 2_208_988_800, ssid=asked.ssid, ts_rx=received, seq_sender=asked.seq,
            ts_sender=asked.ts, err_estimate=ErrorEstimate(S=1, scale=17, multiplier=1),
            err_estimate_sender=asked.err_estimate, ttl_sender=64,
        )  # fmt: skip
        self.count += 1
        self.line.sendto(bytes(answer), address)


async def test_it_answers_our_sender():
    loop = asyncio.get_running_loop()
    line, its = await loop.create_datagram_endpoint(ItsReflector, ("127.0.0.1", 0))
    prober = Prober(Pace(spacing_s=0.02, timeout_s=2.0))
    try:
        target = Target(1, "127.0.0.1", line.get_extra_info("sockname")[1])
        rounds = [(await prober.round([target])).measured[0] for _ in range(2)]
    finally:
        prober.close()
        line.close()
    assert [measured.lost for measured in rounds] == [0, 0]
    assert all(0 < rtt_ms < 1_000 for measured in rounds for rtt_ms in measured.rtts_ms)
    assert its.count == 6
    assert (rounds[1].lost_forward, rounds[1].lost_backward) == (0, 0)  # by the sequence that it counts
