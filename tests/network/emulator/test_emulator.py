"""Simulated sites, spoken to with packets written by hand."""

import asyncio
import socket
import struct
import time

import pytest

from network.emulator.faults.faults import Fault
from network.kernels.measurement.stamp import Forged, Query, pack_query, unpack_answer
from tests.waiting import PATIENCE_S

SECRET = "of the session"


async def exchange(port: int, sequence: int, line: socket.socket, session: int = 0xBEEF) -> bytes:
    seconds, fraction = int(time.time()) + 2_208_988_800, 1 << 31
    query = struct.pack("!IIIHH", sequence, seconds, fraction, 0x9101, session) + bytes(28)
    loop = asyncio.get_running_loop()
    await loop.sock_sendto(line, query, ("127.0.0.1", port))
    return await asyncio.wait_for(loop.sock_recv(line, 2_048), PATIENCE_S)


@pytest.fixture
def line():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setblocking(False)
        yield opened


async def test_a_site_answers_a_packet_written_by_hand(make_reflector, line):
    answer = await exchange(make_reflector(fixed_ms=5.0).port, 41, line)
    assert len(answer) == 44
    sequence, t3_s, t3_f, error, session, t2_s, t2_f = struct.unpack("!IIIHHII", answer[:24])
    echoed, t1_s, t1_f, sent_error, zero, ttl, rest = struct.unpack("!IIIHHB3s", answer[24:])
    assert (sequence, echoed, session, sent_error, zero, rest) == (0, 41, 0xBEEF, 0x9101, 0, bytes(3))
    assert t1_f == 1 << 31
    assert error & 0xFF > 0
    assert ttl in range(1, 256)
    assert (t3_s, t3_f) >= (t2_s, t2_f)
    assert abs(t2_s - t1_s) <= PATIENCE_S


async def test_a_site_counts_its_own_answers_per_session(make_reflector, line):
    port = make_reflector().port
    first = [struct.unpack("!I", (await exchange(port, sequence, line))[:4])[0] for sequence in (10, 12, 17)]
    other = struct.unpack("!I", (await exchange(port, 99, line, session=7))[:4])[0]
    assert (first, other) == ([0, 1, 2], 0)


async def test_an_answer_takes_as_long_as_the_network_between(make_reflector, line):
    started_s = time.monotonic()
    await exchange(make_reflector(fixed_ms=60.0).port, 1, line)
    assert time.monotonic() - started_s >= 0.119


async def test_no_answer_leaves_before_its_packet_has_arrived_however_near_the_site(make_reflector, line):
    port = make_reflector(fixed_ms=0.2).port
    for sequence in range(100):
        sent_ns = time.time_ns()
        await asyncio.get_running_loop().sock_sendto(line, pack_query(Query(sequence, sent_ns, 7)), ("127.0.0.1", port))
        packet = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(line, 2_048), PATIENCE_S)
        answer, back_ns = unpack_answer(packet, time.time_ns()), time.time_ns()
        assert answer.received_ns - sent_ns >= 190_000  # 0.2 ms there, and 0.2 ms back
        assert back_ns - answer.sent_ns >= 190_000


async def test_a_short_packet_is_not_answered_and_harms_nobody(make_reflector, line):
    port = make_reflector().port
    await asyncio.get_running_loop().sock_sendto(line, b"short", ("127.0.0.1", port))
    assert len(await exchange(port, 1, line)) == 44


async def test_a_site_that_is_down_answers_nothing_until_the_fault_ends(make_reflector, line, clock):
    reflector = make_reflector()
    reflector._faults.inject(Fault("bs-000", "down", 1.0, until_s=30.0))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(exchange(reflector.port, 1, line), 0.15)
    clock[0] = 31.0
    assert len(await exchange(reflector.port, 2, line)) == 44


async def test_sessions_are_bounded(make_reflector, line):
    reflector = make_reflector()
    for session in range(1, 200):
        reflector._count(("127.0.0.1", 1), session)
    assert len(reflector._sessions) == 64


async def spoken(reflector, packet: bytes, line: socket.socket, wait_s: float = PATIENCE_S) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendto(line, packet, ("127.0.0.1", reflector.port))
    return await asyncio.wait_for(loop.sock_recv(line, 2_048), wait_s)


async def test_an_authenticated_site_answers_who_has_its_key_with_112_bytes(make_reflector, line):
    reflector = make_reflector(secret=SECRET)
    query = Query(7, time.time_ns(), 0xBEEF)
    answer = await spoken(reflector, pack_query(query, SECRET.encode()), line)
    assert len(answer) == 112
    assert unpack_answer(answer, time.time_ns(), SECRET.encode()).query_sequence == 7
    with pytest.raises(Forged):
        unpack_answer(answer, time.time_ns(), b"another")


@pytest.mark.parametrize("key", [None, b"another"])
async def test_an_authenticated_site_answers_nobody_else(make_reflector, line, key):
    reflector, packet = make_reflector(secret=SECRET), pack_query(Query(7, time.time_ns(), 0xBEEF), key)
    with pytest.raises(TimeoutError):
        await spoken(reflector, packet, line, wait_s=0.1)


async def test_padding_comes_back_at_its_size_and_marked_as_understood(make_reflector, line):
    sent = pack_query(Query(7, time.time_ns(), 0xBEEF)) + bytes([0x80, 1, 0, 3]) + b"abc"
    answer = await spoken(make_reflector(), sent, line)
    assert len(answer) == 51
    assert answer[44:] == bytes([0, 1, 0, 3]) + b"abc"


async def test_a_clock_that_is_ahead_shows_in_both_of_its_times(make_reflector, line):
    reflector = make_reflector(fixed_ms=0.0)
    reflector._faults.inject(Fault("bs-000", "clock", 50_000.0, until_s=60.0))
    answer = unpack_answer(await spoken(reflector, pack_query(Query(1, time.time_ns(), 2)), line), time.time_ns())
    assert (answer.received_ns - answer.query_sent_ns) / 1e6 == pytest.approx(50_000.0, abs=1_000)
    assert (answer.sent_ns - answer.query_sent_ns) / 1e6 == pytest.approx(50_000.0, abs=1_000)


async def test_an_overloaded_site_keeps_packets_longer(make_reflector, line):
    reflector = make_reflector()
    reflector._faults.inject(Fault("bs-000", "overload", 6.0, until_s=60.0))
    answer = unpack_answer(await spoken(reflector, pack_query(Query(1, time.time_ns(), 2)), line), time.time_ns())
    assert answer.residence_ns / 1e6 >= 9.9  # 2 ms for each of the five multiples above one


def test_jitter_has_the_mean_that_was_asked_for(make_reflector_closed):
    reflector = make_reflector_closed(fixed_ms=1.0)
    reflector._faults.inject(Fault("bs-000", "jitter", 4.0, until_s=60.0))
    condition = reflector._faults.condition("bs-000")
    forward_ms = [reflector._passage(condition).forward_ns / 1e6 for _ in range(4_000)]
    assert sum(forward_ms) / len(forward_ms) == pytest.approx(5.0, abs=0.25)


@pytest.mark.parametrize("share", [0.3, 0.75, 1.0])
def test_the_stated_share_of_round_trips_is_lost_alike_there_and_back(make_reflector_closed, share):
    reflector = make_reflector_closed()
    reflector._faults.inject(Fault("bs-000", "loss", share, until_s=60.0))
    condition = reflector._faults.condition("bs-000")
    passages = [reflector._passage(condition) for _ in range(4_000)]
    lost = sum(passage.is_lost_forward or passage.is_lost_backward for passage in passages) / 4_000
    there = sum(passage.is_lost_forward for passage in passages) / 4_000
    back = sum(passage.is_lost_backward for passage in passages) / 4_000
    assert lost == pytest.approx(share, abs=0.03)
    assert there == pytest.approx(back, abs=0.04)
