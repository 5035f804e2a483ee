"""Scenarios of faults: files, draws, playing, the log of what truly happened, and the control line."""

import json
import time

import httpx
import pytest

from network.demo import demo
from network.demo.emulation import export_sites
from network.emulator.control import Control
from network.emulator.faults.faults import KINDS, Fault, Faults
from network.emulator.faults.scenario import (
    MAX_EVENTS,
    Player,
    Scenario,
    as_json,
    as_toml,
    load_scenario,
    random_scenario,
    read_scenario,
    shipped,
)
from network.emulator.faults.truth import Truth
from network.emulator.places import Antenna, Inventory, Place, load_inventory
from network.emulator.routes import Routes, Span
from tests.conftest import NOON

TOKEN = "secret"
SPANS = (Span("core", "a", 1.0), Span("a", "b", 1.0), Span("core", "b", 2.0), Span("b", "leaf", 0.5))
INVENTORY = Inventory(
    [Place(slug, "127.0.0.1", 0, 1.0, 0.1, 0.1, 0.0) for slug in ("a", "b", "leaf")], Routes(SPANS, "core")
)
FILE = """
name = "A cut, and more"

[[event]]
at_s = 10
for_s = 30
kind = "cut"
link = "leaf~b"

[[event]]
at_s = 5.5
for_s = 60
kind = "delay"
site = "a"
amount = 12.5
"""


class Bell:
    """Rings when told to."""

    def __init__(self):
        self.set = []

    def __call__(self, delay_s, ring, *arguments):
        self.set.append([delay_s, lambda: ring(*arguments), True])
        entry = self.set[-1]

        class Handle:
            def cancel(self):
                entry[2] = False

        return Handle()

    def ring(self):
        for _, ring, is_on in self.set:
            if is_on:
                ring()


def test_a_file_says_what_befalls_whom_and_when(tmp_path):
    file = tmp_path / "cut.toml"
    file.write_text(FILE)
    scenario = read_scenario(load_scenario(file), INVENTORY)
    name = "A cut, and more"
    assert scenario.faults == (
        Fault("b~leaf", "cut", 1.0, 40.0, 10.0, scenario=name),
        Fault("a", "delay", 12.5, 65.5, 5.5, scenario=name),
    )
    assert (scenario.name, scenario.length_s) == (name, 65.5)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "event is missing"),
        ({"event": []}, "event is missing"),
        ({"event": [1]}, "event 1: at_s"),
        ({"event": [{"kind": "down", "site": "a"}]}, "event 1: at_s is None"),
        ({"event": [{"at_s": -1, "kind": "down", "site": "a"}]}, "event 1: at_s is -1"),
        (
            {"event": [{"at_s": 0, "kind": "down", "site": "a"}, {"at_s": 0, "kind": "down", "site": "x"}]},
            "event 2: site",
        ),
        ({"event": [{"at_s": 0, "kind": "down", "site": "a", "mount": 3}]}, "mount is no field"),
        ({"event": [{}] * (MAX_EVENTS + 1)}, "1001 entries"),
    ],
)
def test_a_wrong_scenario_is_refused_by_event_and_field(raw, message):
    with pytest.raises(ValueError, match=message):
        read_scenario(raw, INVENTORY)


def test_every_kind_of_fault_has_a_scenario_that_is_shipped():
    raw = {name: load_scenario(file) for name, file in shipped().items()}
    assert raw.keys() == {*KINDS, "mixed-day"}
    for name, scenario in raw.items():
        kinds = {event["kind"] for event in scenario["event"]}
        assert kinds == (KINDS.keys() if name == "mixed-day" else {name})
        assert scenario["name"]


@pytest.mark.django_db
def test_every_scenario_that_is_shipped_can_be_played_in_the_city_of_the_demo(tmp_path):
    demo.build(NOON)
    export_sites(tmp_path / "sites.json")
    inventory = load_inventory(tmp_path / "sites.json")
    for file in shipped().values():
        scenario = read_scenario(load_scenario(file), inventory)
        assert 0 < scenario.length_s <= 86_400
        assert as_toml(read_scenario(as_json(scenario), inventory)) == as_toml(scenario)


def test_a_file_that_is_none_is_refused(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text("name = ")
    with pytest.raises(ValueError, match="no TOML"):
        load_scenario(file)
    file.write_text("#" * 200_001)
    with pytest.raises(ValueError, match="at most 200000"):
        load_scenario(file)


def test_a_drawn_scenario_is_the_same_for_the_same_seed_and_survives_its_file():
    drawn = random_scenario(INVENTORY, 7, events=6)
    assert drawn == random_scenario(INVENTORY, 7, events=6)
    assert drawn != random_scenario(INVENTORY, 8, events=6)
    again = read_scenario(as_json(drawn), INVENTORY)
    assert again.name == "random 7"
    assert [(fault.subject, fault.kind) for fault in again.faults] == [
        (fault.subject, fault.kind) for fault in drawn.faults
    ]
    assert as_toml(again) == as_toml(drawn)


@pytest.mark.parametrize("seed", range(30))
def test_drawn_faults_are_within_the_time_and_never_twice_on_one_subject(seed):
    drawn = random_scenario(INVENTORY, seed, events=5, length_s=100.0)
    assert 1 <= len(drawn.faults) <= 5
    assert len({fault.subject for fault in drawn.faults}) == len(drawn.faults)
    assert all(0 <= fault.since_s < fault.until_s <= 100.0 for fault in drawn.faults)
    assert all(fault.subject == "b~leaf" for fault in drawn.faults if fault.kind == "cut")  # the one that silences


def test_kinds_can_be_chosen_for_a_draw():
    drawn = random_scenario(INVENTORY, 1, events=3, kinds=("loss",))
    assert {fault.kind for fault in drawn.faults} == {"loss"}
    with pytest.raises(ValueError, match="kinds holds 'fire'"):
        random_scenario(INVENTORY, 1, kinds=("fire",))


def test_a_scenario_plays_each_fault_at_its_time_and_can_be_stopped(clock):
    faults, bell = Faults(lambda: clock[0], INVENTORY.routes), Bell()
    player = Player(faults, lambda: clock[0], bell)
    scenario = Scenario("s", (Fault("a", "down", 1.0, 30.0, 10.0, scenario="s"),))
    player.play(scenario)
    assert [delay_s for delay_s, *_ in bell.set] == [10.0]
    assert player.listed() == [{"name": "s", "played_s": 0.0, "length_s": 30.0}]
    clock[0] = 10.0
    bell.ring()
    assert faults.listed()[0]["left_s"] == 20.0
    assert player.stop("s")
    assert faults.listed() == []
    assert not player.stop("s")


def test_a_stopped_scenario_begins_nothing_more_and_an_ended_one_is_not_listed(clock):
    faults, bell = Faults(lambda: clock[0], INVENTORY.routes), Bell()
    player = Player(faults, lambda: clock[0], bell)
    player.play(Scenario("s", (Fault("a", "down", 1.0, 30.0, 10.0, scenario="s"),)))
    player.stop("s")
    bell.ring()
    assert faults.listed() == []
    player.play(Scenario("s", (Fault("a", "down", 1.0, 30.0, 10.0, scenario="s"),)))
    clock[0] = 30.1
    assert player.listed() == []


def test_the_log_tells_what_truly_happened(tmp_path, clock):
    file = tmp_path / "truth.jsonl"
    faults = Faults(lambda: clock[0], INVENTORY.routes, Truth(file, lambda: 1_780_315_200.25 + clock[0]))
    faults.inject(Fault("b~leaf", "cut", 1.0, 30.0, scenario="s"))
    clock[0] = 30.0
    faults.settle()
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {
            "at": "2026-06-01T12:00:00.250+00:00", "event": "began", "number": 1, "kind": "cut",
            "root": {"link": "b~leaf"}, "scenario": "s", "amount": 1.0, "for_s": 30.0, "silent": ["leaf"], "worse": [],
        },
        {
            "at": "2026-06-01T12:00:30.250+00:00", "event": "ended", "number": 1, "kind": "cut",
            "root": {"link": "b~leaf"}, "scenario": "s",
        },
    ]  # fmt: skip


def test_a_full_log_makes_way(tmp_path, monkeypatch):
    monkeypatch.setattr("network.emulator.faults.truth.MOST_BYTES", 300)
    truth = Truth(tmp_path / "truth.jsonl", lambda: 0.0)
    for number in range(4):
        truth("ended", Fault("a", "down", 1.0, 30.0, number=number), frozenset(), frozenset())
    kept = [json.loads(line)["number"] for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    before = [json.loads(line)["number"] for line in (tmp_path / "truth.jsonl.1").read_text().splitlines()]
    assert before + kept == [0, 1, 2, 3]
    assert kept


def make_control() -> tuple[Faults, httpx.AsyncClient]:
    faults = Faults(time.monotonic, INVENTORY.routes)
    control = Control(faults, INVENTORY, Player(faults, time.monotonic, Bell()), TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(control)
    return faults, httpx.AsyncClient(transport=transport, base_url="http://emulator", headers=headers)


async def test_faults_are_injected_listed_and_cleared_over_http():
    _, caller = make_control()
    async with caller:
        for kind, about in KINDS.items():
            subject = {"site": "a"} if "site" in about.befalls else {"link": "b~a"}
            answer = await caller.post("/faults", json={**subject, "kind": kind, "for_s": 60})
            assert answer.status_code == 201, answer.text
        assert {fault["kind"] for fault in (await caller.get("/faults")).json()["faults"]} == set(KINDS)
        assert (await caller.delete("/faults/a")).json() == {"cleared": len(KINDS) - 1}
        assert (await caller.delete("/faults/b~a")).json() == {"cleared": 1}
        assert (await caller.get("/faults")).json() == {"faults": []}


async def test_a_scenario_is_played_listed_and_stopped_over_http():
    _, caller = make_control()
    async with caller:
        body = {"name": "two words", "event": [{"at_s": 3, "for_s": 4, "kind": "cut", "link": "b~leaf"}]}
        assert (await caller.post("/scenarios", json=body)).status_code == 201
        assert (await caller.get("/scenarios")).json()["scenarios"][0]["length_s"] == 7.0
        assert (await caller.delete("/scenarios/two%20words")).json() == {"stopped": "two words"}
        assert (await caller.delete("/scenarios/two%20words")).status_code == 404
        answer = await caller.post("/scenarios", json={"event": [{"at_s": 3, "kind": "cut", "link": "x"}]})
        assert answer.status_code == 400
        assert "event 1: link" in answer.json()["error"]


async def test_without_the_token_nothing_is_told():
    _, caller = make_control()
    async with caller:
        assert (await caller.get("/faults", headers={"Authorization": "Bearer wrong"})).status_code == 401


async def test_a_long_body_wrong_json_and_an_unknown_path_are_refused():
    _, caller = make_control()
    async with caller:
        assert (await caller.post("/faults", content=b"x" * 262_145)).status_code == 413
        assert (await caller.post("/faults", content=b"{")).status_code == 400
        assert (await caller.get("/else")).status_code == 404
        assert (await caller.delete("/faults/nowhere")).status_code == 404


def test_an_inventory_that_is_none_is_refused(tmp_path):
    file = tmp_path / "sites.json"
    for text in ('{"sites": [{"slug": "x"}]}', "{}", "[]", "{"):
        file.write_text(text)
        with pytest.raises(ValueError, match="no inventory"):
            load_inventory(file)


def test_an_inventory_holds_sites_their_antennas_and_links(tmp_path):
    file = tmp_path / "sites.json"
    site = {"slug": "bs-000", "host": "127.0.0.1", "port": 9, "fixed_ms": 1.0, "jitter_mean_ms": 0.1}
    site |= {"jitter_sd_ms": 0.1, "loss_share": 0.0, "antennas": [{"slug": "bs-000-1", "tilt_deg": 6.0}]}
    file.write_text(json.dumps({"sites": [site], "core": "co", "links": [{"a": "co", "b": "bs-000", "ms": 0.5}]}))
    inventory = load_inventory(file)
    assert inventory.places[0].antennas == (Antenna("bs-000-1", tilt_deg=6.0),)
    assert inventory.places[0].gamma == pytest.approx((1.0, 0.1))
    assert inventory.routes.usual["bs-000"].ms == 0.5
    assert inventory.slugs == {"bs-000"}
