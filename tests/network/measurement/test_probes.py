"""The STAMP probe against simulated sites over real sockets."""

import asyncio
import dataclasses
import socket
import time

import pytest

from console.outbound import names
from console.outbound.names import MOST_AT_ONCE
from network.emulator.faults.faults import Fault
from network.kernels.measurement.stamp import Answer, pack_answer, unpack_query
from network.probes import stamp
from network.probes.datagrams import open_socket, receive
from network.probes.stamp import MAX_TARGETS, Measured, Pace, Prober, Round, Target
from tests.network.measurement.quiet import at_rest

QUICK = Pace(spacing_s=0.005, timeout_s=1.0, most_delay_ms=5_000, most_held_ms=50)


@pytest.fixture
async def prober():
    made = Prober(QUICK)
    yield made
    made.close()


def target(reflector, key=1):
    return Target(key, "127.0.0.1", reflector.port)


async def one(prober, reflector):
    """Return what a round to one site measured."""
    return (await prober.round([target(reflector)])).measured[0]


async def test_the_delay_of_the_network_is_found_and_the_residence_is_not_in_it(make_reflector, prober):
    wanted_ms, reflector = pytest.approx(6.0, abs=1.5), make_reflector(fixed_ms=3.0)
    measured_site = await at_rest(lambda: one(prober, reflector), lambda row: row.rtt_ms == wanted_ms)
    assert measured_site.rtt_ms == wanted_ms
    assert len(measured_site.rtts_ms) == 3
    assert measured_site.lost == 0


async def test_a_site_that_is_down_is_lost_and_has_no_time(make_reflector, prober):
    reflector = make_reflector()
    reflector._faults.inject(Fault("bs-000", "down", 1.0, until_s=60.0))
    measured_site = (await prober.round([target(reflector)])).measured[0]
    assert measured_site.rtts_ms == [None, None, None]
    assert (measured_site.rtt_ms, measured_site.lost) == (None, 3)


async def test_an_injected_delay_is_measured(make_reflector, prober):
    reflector = make_reflector()
    before = await at_rest(lambda: one(prober, reflector), lambda row: row.rtt_ms < 3.0)
    reflector._faults.inject(Fault("bs-000", "delay", 40.0, until_s=60.0))
    wanted_ms = pytest.approx(before.rtt_ms + 40.0, abs=2)
    after = await at_rest(lambda: one(prober, reflector), lambda row: row.rtt_ms == wanted_ms)
    assert after.rtt_ms == wanted_ms


async def test_the_direction_of_a_loss_is_told_by_the_reflectors_count(make_reflector, prober, monkeypatch):
    reflector = make_reflector()
    await prober.round([target(reflector)])
    reflector._faults.inject(Fault("bs-000", "down", 1.0, until_s=60.0))
    await prober.round([target(reflector)])
    reflector._faults.clear("bs-000")
    measured_site = (await prober.round([target(reflector)])).measured[0]
    assert (measured_site.lost_forward, measured_site.lost_backward) == (3, 0)
    monkeypatch.setattr(reflector, "_answer", lambda *_: None)
    await prober.round([target(reflector)])
    monkeypatch.undo()
    measured_site = (await prober.round([target(reflector)])).measured[0]
    assert (measured_site.lost_forward, measured_site.lost_backward) == (0, 3)


async def test_what_this_machine_held_up_or_never_sent_is_lost_on_neither_way(make_reflector, prober, monkeypatch):
    reflector = make_reflector()
    await prober.round([target(reflector)])
    session = prober._sessions[1]
    there, nowhere, held_ns = session.address, ("255.255.255.255", 9), session.most_held_ns
    ways = iter([(there, -1), (nowhere, held_ns), (there, held_ns)])  # held up, refused by the system, well

    def send() -> bool:
        address, session.most_held_ns = next(ways)
        session.address = address
        try:
            return type(session).send(session)
        finally:
            session.address = there

    monkeypatch.setattr(session, "send", send)
    measured_site = (await prober.round([target(reflector)])).measured[0]
    assert (len(measured_site.rtts_ms), measured_site.held) == (1, 2)
    assert (measured_site.lost, measured_site.lost_forward, measured_site.lost_backward) == (0, 0, 0)


async def test_a_reflector_that_starts_anew_leaves_the_direction_unknown(make_reflector, prober):
    reflector = make_reflector()
    for _ in range(2):
        await prober.round([target(reflector)])
    reflector._sessions.clear()
    measured_site = (await prober.round([target(reflector)])).measured[0]
    assert (measured_site.lost, measured_site.lost_forward) == (0, None)


async def test_a_session_keeps_its_id_and_counts_on(make_reflector, prober):
    reflector = make_reflector()
    await prober.round([target(reflector)])
    session = prober._sessions[1]
    await prober.round([target(reflector)])
    assert prober._sessions[1] is session
    assert session.sequence == 6


async def test_late_answers_duplicates_and_strangers_count_for_nothing(prober):
    loop = asyncio.get_running_loop()
    line = open_socket(bind_to=("127.0.0.1", 0))
    kept = []

    def reply():
        while datagram := receive(line):
            query = unpack_query(datagram.payload, datagram.received_ns)
            now_ns = time.time_ns()
            good = pack_answer(Answer(0, now_ns, query.session_id, now_ns, query.sequence, query.sent_ns, 1, 64))
            kept.append(good)
            if len(kept) > 3:  # second round: only late, doubled and forged answers of earlier packets
                forged = pack_answer(
                    Answer(0, now_ns, query.session_id, now_ns, query.sequence, query.sent_ns - 1, 1, 64)
                )
                for packet in (kept[0], kept[0], forged, b"noise"):
                    line.sendto(packet, datagram.address)

    loop.add_reader(line, reply)
    try:
        first = (await prober.round([Target(1, "127.0.0.1", line.getsockname()[1])])).measured[0]
        second = (await prober.round([Target(1, "127.0.0.1", line.getsockname()[1])])).measured[0]
    finally:
        loop.remove_reader(line)
        line.close()
    assert first.lost == 3
    assert second.rtts_ms == [None, None, None]


async def test_an_answer_from_another_address_counts_for_nothing(make_reflector, prober):
    reflector = make_reflector()
    await prober.round([target(reflector)])
    session = prober._sessions[1]
    session.sent[99] = 5, 5
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(
            pack_answer(Answer(0, 9, session.session_id, 8, 99, 5, 1, 64)),
            ("127.0.0.1", prober._lines[socket.AF_INET, 0].getsockname()[1]),
        )
    prober._read(prober._lines[socket.AF_INET, 0])
    assert 99 not in session.answers


async def test_a_stalled_probe_says_that_it_is_unwell(make_reflector):
    prober = Prober(Pace(spacing_s=0.02, timeout_s=0.2, most_delay_ms=100))
    asyncio.get_running_loop().call_later(0.015, time.sleep, 0.3)
    measured_site = await prober.round([target(make_reflector())])
    prober.close()
    assert not measured_site.is_well
    assert measured_site.delay_ms > 100


async def test_a_stall_past_the_time_out_makes_no_loss_of_what_had_come(make_reflector):
    prober = Prober(Pace(packets=1, timeout_s=0.1, most_delay_ms=100))
    loop = asyncio.get_running_loop()
    reflector = make_reflector(fixed_ms=10.0)
    loop.call_later(0.021, lambda: time.sleep(0.0))
    measured_site = await prober.round([target(reflector)])
    prober.close()
    assert measured_site.measured[0].lost == 0


async def test_a_name_that_cannot_be_resolved_is_left_out(prober):
    assert (await prober.round([Target(1, "no-such-host.invalid", 862)])).measured == []


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
async def test_what_cannot_be_a_name_holds_up_nobody_else(make_reflector, prober, host):
    reflector = make_reflector()
    measured_site = await prober.round([Target(1, host, 862), target(reflector, key=2)])
    assert [(row.key, row.lost) for row in measured_site.measured] == [(2, 0)]


async def test_a_name_that_cannot_be_resolved_is_not_asked_for_every_round(prober, monkeypatch):
    asked = []

    async def resolve(target, guard):
        asked.append(target.key)
        raise OSError("no such name")

    monkeypatch.setattr(stamp, "_resolve", resolve)
    for _ in range(3):
        await prober.round([Target(1, "gone.invalid", 862), Target(2, "gone.invalid", 863)])
    assert asked == [1]


async def test_a_round_shows_with_each_packet_and_each_name_that_it_goes_on(make_reflector, prober, monkeypatch):
    """Packets may be spread over longer than a task may take, and those who know names may be slow to answer."""
    turns = []
    monkeypatch.setattr("console.run.celery_loops.beat", lambda: turns.append(1))
    slow = dataclasses.replace(target(make_reflector()), packets=5, rate_hz=100.0)
    await prober.round([slow, *(Target(key, "no-such-host.invalid", 862) for key in (2, 3))])
    lookups, packets = 1, 5  # all names are asked for at once
    assert len(turns) == lookups + packets


async def test_many_names_that_nobody_knows_hold_a_round_up_no_longer_than_one(make_reflector, prober, monkeypatch):
    """All are asked for at the same time: each waits here until the last one has been asked."""
    asked, all_asked = [], asyncio.Event()

    async def resolve(target, guard):
        if target.host == "127.0.0.1":
            return await known(target, guard)
        asked.append(target.host)
        if len(asked) == MOST_AT_ONCE:
            all_asked.set()
        await all_asked.wait()
        raise OSError("no such name")

    known = stamp._resolve
    monkeypatch.setattr(stamp, "_resolve", resolve)
    dead = [Target(key, f"gone-{key}.invalid", 862) for key in range(10, 10 + MOST_AT_ONCE)]
    made = await prober.round([*dead, target(make_reflector(), key=2)])
    assert [(row.key, row.lost) for row in made.measured] == [(2, 0)]
    assert len(asked) == MOST_AT_ONCE


async def test_who_was_not_asked_for_in_time_is_asked_for_in_the_next_round(prober, monkeypatch):
    asked = []

    async def resolve(target, guard):
        asked.append(target.key)
        await asyncio.Event().wait()

    monkeypatch.setattr(stamp, "_resolve", resolve)
    monkeypatch.setattr(names, "WITHIN_S", 0.0)
    monkeypatch.setattr(names, "MOST_AT_ONCE", 1)
    targets = [Target(1, "slow.invalid", 862), Target(2, "behind.invalid", 862)]
    assert (await prober.round(targets)).measured == []
    asked.clear()
    assert (await prober.round(targets)).measured == []
    assert asked, "a name that nobody had time to ask for was given up"


async def test_too_many_targets_are_refused(prober):
    with pytest.raises(ValueError, match="at most"):
        await prober.round([Target(1, "127.0.0.1", 9)] * (MAX_TARGETS + 1))


def test_when_nobody_answers_it_is_the_probes_own_line():
    silent = [Measured(key, 0, [None], None, None, None) for key in range(5)]
    assert Round(silent, 1.0, True, True, 0).is_cut_off
    assert not Round(silent[:4], 1.0, True, True, 0).is_cut_off
    assert Round([*silent, Measured(9, 0, [1.0], 0, 0, 0.1)], 1.0, True, True, 0).is_trusted


async def test_receipts_that_the_kernel_stamps_no_more_make_the_probe_unwell(make_reflector, prober, monkeypatch):
    reflector = make_reflector()
    assert (await prober.round([target(reflector)])).is_kernel_time

    def unstamped(line):
        measured_site = receive(line)
        return measured_site and dataclasses.replace(measured_site, is_kernel_time=False)

    monkeypatch.setattr("network.probes.stamp.receive", unstamped)
    measured_site = await prober.round([target(reflector)])  # read a tick late, and nobody noted when it came
    assert (measured_site.is_kernel_time, measured_site.is_well) == (False, False)
    assert measured_site.delay_ms >= 5
