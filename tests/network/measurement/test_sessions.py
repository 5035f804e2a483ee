"""What a session of the probe finds out beyond the round trip, against simulated sites and hand-made answers."""

import asyncio
import socket
import time
from dataclasses import replace

import pytest

from network.actions.sla import sla
from network.emulator.faults.faults import Fault
from network.kernels.measurement.stamp import (
    ERROR_ESTIMATE,
    UNSYNCHRONISED,
    Answer,
    clock_error_s,
    pack_answer,
    unpack_query,
)
from network.kernels.measurement.variation import Refusal
from network.probes import stamp
from network.probes.clock import Clock, is_this_machine, system_estimate
from network.probes.datagrams import drops, open_socket, receive
from network.probes.session import Session
from network.probes.stamp import Measured, Pace, Prober, Round, Target
from tests.network.measurement.quiet import at_rest

QUICK = Pace(spacing_s=0.005, timeout_s=1.0, most_delay_ms=5_000, most_held_ms=50, most_clock_error_ms=1.0)
IP_RECVTOS = 13


@pytest.fixture
async def prober():
    made = Prober(QUICK)
    yield made
    made.close()


async def measured(prober, reflector, **fields):
    return (await prober.round([Target(1, "127.0.0.1", reflector.port, **fields)])).measured[0]


def session(**fields) -> Session:
    line = open_socket()
    line.close()
    return Session(5, Target(1, "127.0.0.1", 9, **fields), ("127.0.0.1", 9), line, 10**9, 1.0)


def answered(
    measurement: Session, sequence: int, forward_ns: int, backward_ns: int, theirs: int = ERROR_ESTIMATE
) -> bool:
    """Answer a packet that left at 1 s and came after so long."""
    measurement.sent.setdefault(sequence, (10**9, 10**9))
    at_ns = 10**9 + forward_ns
    answer = Answer(sequence, at_ns, 5, at_ns, sequence, 10**9, 0, 64, theirs)
    return measurement.take(answer, at_ns + backward_ns)


async def test_delays_there_and_back_are_told_apart_on_one_clock(make_reflector, prober):
    reflector, wanted_ms = make_reflector(fixed_ms=4.0), pytest.approx((4.0, 4.0), abs=1.5)
    measured_site = await at_rest(
        lambda: measured(prober, reflector), lambda row: (row.forward_ms, row.backward_ms) == wanted_ms
    )
    assert (measured_site.forward_ms, measured_site.backward_ms) == wanted_ms
    assert measured_site.one_way_error_ms == pytest.approx(0.061, abs=0.001)
    assert measured_site.one_way_refusal is None


async def test_a_sites_wrong_clock_spoils_the_ways_and_not_the_round_trip(make_reflector, prober):
    reflector = make_reflector(fixed_ms=2.0)
    reflector._faults.inject(Fault("bs-000", "clock", 50.0, until_s=60.0))
    wanted_ms = pytest.approx(4.0, abs=1.5)
    measured_site = await at_rest(lambda: measured(prober, reflector), lambda row: row.rtt_ms == wanted_ms)
    assert (measured_site.forward_ms, measured_site.backward_ms) == (None, None)
    assert measured_site.one_way_refusal is Refusal.IMPOSSIBLE
    assert measured_site.rtt_ms == wanted_ms


def test_no_way_is_told_by_a_clock_that_nobody_has_set():
    measurement = session()
    measurement.begin(UNSYNCHRONISED)
    answered(measurement, 0, 3_000_000, 4_000_000)
    measured_site = measurement.conclude()
    assert (measured_site.forward_ms, measured_site.one_way_refusal, measured_site.rtt_ms) == (
        None,
        Refusal.UNSYNCHRONISED,
        7.0,
    )
    measurement.begin(ERROR_ESTIMATE)
    answered(measurement, 1, 3_000_000, 4_000_000)
    assert (measurement.conclude().forward_ms, measurement.conclude().backward_ms) == (3.0, 4.0)


def test_packets_that_overtook_each_other_and_doubles_are_counted():
    measurement = session()
    measurement.begin(ERROR_ESTIMATE)
    for sequence in (0, 1, 2, 3):
        measurement.sent[sequence] = 10**9, 10**9
    assert [answered(measurement, sequence, 10**6, 10**6) for sequence in (0, 3, 1, 2, 1)] == [
        True,
        True,
        True,
        True,
        False,
    ]
    measured_site = measurement.conclude()
    assert (measured_site.reordered, measured_site.duplicates, measured_site.lost) == (2, 1, 0)


def test_jitter_lasts_from_round_to_round_and_knows_the_direction():
    measurement = session()
    measurement.begin(ERROR_ESTIMATE)
    answered(measurement, 0, 10_000_000, 5_000_000)
    assert measurement.conclude().jitter_ms is None
    measurement.begin(ERROR_ESTIMATE)
    answered(measurement, 1, 26_000_000, 5_000_000)
    measured_site = measurement.conclude()
    assert (measured_site.jitter_ms, measured_site.jitter_forward_ms, measured_site.jitter_backward_ms) == (
        1.0,
        1.0,
        0.0,
    )


def test_the_spread_needs_twenty_answers_and_looks_at_the_last_hundred():
    measurement = session()
    for number in range(20):
        measurement.begin(ERROR_ESTIMATE)
        answered(measurement, number, 2_000_000 if number % 2 else 1_000_000, 1_000_000)
        measured_site = measurement.conclude()
        assert (measured_site.spread_ms is None) == (number < 19)
    assert measured_site.spread_ms == 1.0


@pytest.mark.django_db
def test_what_a_session_found_out_is_kept_and_told_and_what_is_not_known_is_null(make_site, signed_in):
    site, measurement = make_site(), session()
    measurement.begin(ERROR_ESTIMATE)
    answered(measurement, 0, 3_000_000, 4_000_000)
    measurement.conclude()
    measurement.begin(ERROR_ESTIMATE)
    answered(measurement, 1, 19_000_000, 4_000_000)
    keep(site, measurement.conclude())
    measurement.begin(UNSYNCHRONISED)
    answered(measurement, 2, 19_000_000, 4_000_000)
    answered(measurement, 2, 19_000_000, 4_000_000)
    keep(site, measurement.conclude())
    keep(site, Measured(site.pk, time.time_ns(), [1.0], None, None, None, method="tcp"))
    body, refused, other = signed_in("viewer").get("/api/v1/samples?site=bs-000").json()
    assert [body[name] for name in ("forward_ms", "backward_ms", "one_way_refusal")] == [19.0, 4.0, ""]
    assert body["one_way_error_ms"] == pytest.approx(0.061, abs=0.001)
    assert (body["jitter_ms"], body["jitter_forward_ms"], body["jitter_backward_ms"]) == (1.0, 1.0, 0.0)
    assert (body["duplicates"], body["reordered"], body["held"], body["spread_ms"]) == (0, 0, 0, None)
    assert (refused["forward_ms"], refused["one_way_refusal"]) == (None, "clock_unsynchronised")
    assert (refused["duplicates"], refused["jitter_ms"]) == (1, 0.9375)
    unknown = ("forward_ms", "one_way_error_ms", "jitter_ms", "jitter_forward_ms", "duplicates", "reordered", "held")
    assert {other[name] for name in unknown} == {None}


def keep(site, measured_site: Measured) -> None:
    sla.store(Round([replace(measured_site, key=site.pk, sent_ns=time.time_ns())], 1.0, True, True, time.time_ns()))


async def test_an_authenticated_session_measures_and_another_key_does_not(make_reflector, prober):
    reflector = make_reflector(secret="of the session")
    measured_site = await measured(prober, reflector, secret="of the session")
    assert measured_site.lost == 0
    assert (await measured(prober, reflector, secret="another")).lost == 3
    assert (await measured(prober, reflector)).lost == 3


async def test_a_forged_answer_counts_for_nothing(prober):
    line = open_socket(bind_to=("127.0.0.1", 0))

    def reply():
        while datagram := receive(line):
            query = unpack_query(datagram.payload, datagram.received_ns, b"ours")
            now_ns = time.time_ns()
            answer = Answer(0, now_ns, query.session_id, now_ns, query.sequence, query.sent_ns, 1, 64)
            line.sendto(pack_answer(answer, b"stolen"), datagram.address)

    asyncio.get_running_loop().add_reader(line, reply)
    try:
        measured_site = (await prober.round([Target(1, "127.0.0.1", line.getsockname()[1], secret="ours")])).measured[0]
    finally:
        asyncio.get_running_loop().remove_reader(line)
        line.close()
    assert measured_site.rtts_ms == [None, None, None]


async def heard(prober, packets: int = 1, **fields):
    """Return what arrives of a round to a port that answers nothing: payloads, and the classes of service."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setsockopt(socket.IPPROTO_IP, IP_RECVTOS, 1)
        line.bind(("127.0.0.1", 0))
        await prober.round([Target(1, "127.0.0.1", line.getsockname()[1], packets=packets, **fields)])
        return [(data, control[0][2][0]) for data, control, *_ in (line.recvmsg(2_048, 64) for _ in range(packets))]


async def test_packets_have_the_size_and_the_class_of_service_that_were_asked_for(prober):
    ((payload, service),) = await heard(prober, size_bytes=200, dscp=46)
    assert len(payload) == 200
    assert payload[44:48] == bytes([0x80, 1, 0, 152])
    assert service == 46 << 2
    ((payload, service),) = await heard(prober, size_bytes=400, secret="k")
    assert (len(payload), service) == (400, 0)


async def test_a_target_may_have_packets_and_a_rate_of_its_own(prober):
    async def took_ms():
        started_s = time.monotonic()
        arrived = await heard(prober, packets=5, rate_hz=50.0)
        assert time.monotonic() - started_s >= 0.08 + QUICK.timeout_s  # four gaps of 20 ms, and the time-out
        sent_ns = [unpack_query(payload, time.time_ns()).sent_ns for payload, _ in arrived]
        return (sent_ns[-1] - sent_ns[0]) / 1e6

    wanted_ms = pytest.approx(80, abs=15)
    assert await at_rest(took_ms, lambda took_ms: took_ms == wanted_ms) == wanted_ms


async def test_targets_are_not_sent_to_in_a_burst(make_reflector):
    prober = Prober(Pace(packets=1, spread_s=0.1, timeout_s=0.2))
    table = prober._timetable([session() for _ in range(4)])
    assert [due_s for due_s, _ in table] == pytest.approx([0.0, 0.025, 0.05, 0.075])
    prober.close()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"packets": 0}, "packets"),
        ({"packets": 101}, "packets"),
        ({"rate_hz": 0.0}, "rate_hz"),
        ({"packets": 100, "rate_hz": 1.0}, "longer than 30 s"),
        ({"size_bytes": 45}, "size_bytes"),
        ({"size_bytes": 1_473}, "size_bytes"),
        ({"size_bytes": 100, "secret": "k"}, "size_bytes"),
        ({"dscp": 64}, "dscp"),
    ],
)
def test_a_wrong_target_is_refused_by_field(fields, name):
    with pytest.raises(ValueError, match=name):
        Target(1, "127.0.0.1", 9, **fields)


async def test_answers_that_this_machine_threw_away_make_the_probe_unwell(make_reflector, prober, monkeypatch):
    counted = iter([4, 4])
    monkeypatch.setattr(stamp, "drops", lambda _: next(counted))
    target = Target(1, "127.0.0.1", make_reflector().port)
    first, second = await prober.round([target]), await prober.round([target])
    assert (first.drops, first.is_well) == (4, False)
    assert (second.drops, second.is_well) == (0, True)


async def test_a_probe_that_holds_its_own_packets_up_is_unwell(make_reflector):
    prober = Prober(Pace(spacing_s=0.001, timeout_s=0.1, most_held_ms=0.0))
    measured_site = await prober.round([Target(1, "127.0.0.1", make_reflector().port)])
    prober.close()
    assert (measured_site.held, measured_site.is_well, measured_site.measured) == (3, False, [])


def test_what_a_full_buffer_throws_away_is_counted():
    line = open_socket(bind_to=("127.0.0.1", 0))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        assert drops(line) == 0
        for _ in range(200):
            sender.sendto(bytes(1_000), line.getsockname())
    assert 0 < drops(line) < 200
    line.close()


def test_a_host_on_this_machine_has_our_clock():
    assert is_this_machine("127.0.0.5")
    assert is_this_machine("::1")
    assert not is_this_machine("192.0.2.1")
    assert not is_this_machine("a name")
    assert Clock().estimate("127.0.0.1") == ERROR_ESTIMATE


def test_the_system_tells_whether_its_clock_is_set():
    estimate = system_estimate()
    assert estimate == UNSYNCHRONISED or clock_error_s(estimate) > 0
    assert Clock().estimate("192.0.2.1") == estimate
