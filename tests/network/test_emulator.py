"""Simulated sites, spoken to with packets written by hand, and the control line."""

import asyncio
import json
import socket
import struct
import time

import httpx
import pytest

from network.emulator.control import Control
from network.emulator.faults import KINDS, MAX_FAULTS, Fault, Faults
from network.emulator.places import Place, load_places

TOKEN = "secret"


async def exchange(port: int, sequence: int, line: socket.socket, session: int = 0xBEEF) -> bytes:
    seconds, fraction = int(time.time()) + 2_208_988_800, 1 << 31
    query = struct.pack("!IIIHH", sequence, seconds, fraction, 0x9101, session) + bytes(28)
    loop = asyncio.get_running_loop()
    await loop.sock_sendto(line, query, ("127.0.0.1", port))
    return await asyncio.wait_for(loop.sock_recv(line, 2_048), 2)


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
    assert abs(t2_s - t1_s) <= 2


async def test_a_site_counts_its_own_answers_per_session(make_reflector, line):
    port = make_reflector().port
    first = [struct.unpack("!I", (await exchange(port, sequence, line))[:4])[0] for sequence in (10, 12, 17)]
    other = struct.unpack("!I", (await exchange(port, 99, line, session=7))[:4])[0]
    assert (first, other) == ([0, 1, 2], 0)


async def test_an_answer_takes_as_long_as_the_network_between(make_reflector, line):
    started_s = time.monotonic()
    await exchange(make_reflector(fixed_ms=60.0).port, 1, line)
    assert time.monotonic() - started_s >= 0.119


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


def test_an_inventory_that_is_none_is_refused(tmp_path):
    file = tmp_path / "sites.json"
    file.write_text('[{"slug": "x"}]')
    with pytest.raises(ValueError, match="no inventory"):
        load_places(file)
    place = Place("bs-000", "127.0.0.1", 9, 1.0, 0.1, 0.1, 0.0)
    file.write_text(json.dumps([place.__dict__]))
    assert load_places(file) == [place]
    assert place.gamma == pytest.approx((1.0, 0.1))


def make_control() -> tuple[Faults, httpx.AsyncClient]:
    faults = Faults(time.monotonic)
    transport = httpx.ASGITransport(Control(faults, {"bs-000"}, TOKEN))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return faults, httpx.AsyncClient(transport=transport, base_url="http://emulator", headers=headers)


async def test_faults_are_injected_listed_and_cleared_over_http():
    faults, caller = make_control()
    async with caller:
        for kind in KINDS:
            answer = await caller.post("/faults", json={"site": "bs-000", "kind": kind, "for_s": 60})
            assert answer.status_code == 201
        assert {fault["kind"] for fault in (await caller.get("/faults")).json()["faults"]} == set(KINDS)
        assert faults.amount("bs-000", "down") == 1
        assert (await caller.delete("/faults/bs-000")).json() == {"cleared": 3}
        assert (await caller.get("/faults")).json() == {"faults": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"site": "nowhere", "kind": "down"}, "site"),
        ({"site": "bs-000", "kind": "fire"}, "kind"),
        ({"site": "bs-000", "kind": "down", "for_s": 0}, "for_s"),
        ({"site": "bs-000", "kind": "down", "for_s": 1e9}, "for_s"),
        ({"site": "bs-000", "kind": "loss", "amount": 1.5}, "amount"),
        ({"site": "bs-000", "kind": "delay", "amount": "much"}, "amount"),
        ([], "body"),
    ],
)
async def test_a_wrong_fault_is_refused_by_field(body, field):
    _, caller = make_control()
    async with caller:
        answer = await caller.post("/faults", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]


async def test_without_the_token_nothing_is_told():
    _, caller = make_control()
    async with caller:
        assert (await caller.get("/faults", headers={"Authorization": "Bearer wrong"})).status_code == 401


async def test_a_long_body_and_an_unknown_path_are_refused():
    _, caller = make_control()
    async with caller:
        assert (await caller.post("/faults", content=b"x" * 5_000)).status_code == 413
        assert (await caller.get("/else")).status_code == 404
        assert (await caller.delete("/faults/nowhere")).status_code == 404


def test_faults_are_bounded():
    faults = Faults(lambda: 0.0)
    for number in range(MAX_FAULTS):
        faults.inject(Fault(f"bs-{number}", "down", 1.0, 60.0))
    with pytest.raises(ValueError, match="clear some"):
        faults.inject(Fault("one more", "down", 1.0, 60.0))
