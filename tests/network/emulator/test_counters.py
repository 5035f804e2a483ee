"""Counters and settings of simulated sites: what they tell, what faults and pushes do to them, and what is refused."""

import json

import httpx
import pytest

from network.emulator.equipment.configuration import APPLY_AFTER_S
from network.emulator.equipment.counters import PERIOD_S, RSRP_EDGES_DBM
from network.emulator.equipment.equipment import PAGE_SITES, Equipment
from network.emulator.equipment.hidden import busy_share, profile_of
from network.emulator.faults.faults import Fault, Faults
from network.emulator.places import Antenna, Inventory, Place
from network.emulator.routes import Routes, Span

TOKEN = "of the stations"
NOON_S = 1_780_315_200.0  # 2026-06-01 12:00 UTC, 20:00 in the metropolis
ANTENNAS = tuple(Antenna(f"bs-{number}", azimuth_deg=120.0 * number) for number in range(3))


def place(slug: str, **fields) -> Place:
    return Place(slug, "127.0.0.1", 0, 1.0, 0.1, 0.1, 0.0, **{"antennas": ANTENNAS, "people": 12_000, **fields})


class World:
    """Two sites on a ring with the core, and a clock."""

    def __init__(self, *more: Place):
        self.now_s = NOON_S
        spans = (Span("core", "one", 1.0), Span("core", "two", 1.0), Span("one", "two", 1.0))
        places = [place("one", edge_cores=16), place("two", east_m=2_000.0, antennas=()), *more]
        self.routes = Routes(spans, "core")
        self.faults = Faults(lambda: self.now_s, self.routes)
        self.equipment = Equipment(Inventory(places, self.routes), self.faults, TOKEN, lambda: self.now_s)

    def caller(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        transport = httpx.ASGITransport(self.equipment)
        return httpx.AsyncClient(transport=transport, base_url="http://stations", headers=headers)

    def counters(self, slug: str = "one"):
        status, answer = self.equipment._act("GET", ["sites", slug, "counters"], {})
        assert status == 200, answer
        return answer

    def push(self, slug: str = "one", **body):
        version = self.equipment._settings[slug].newest().version
        body = {"request": f"r-{version}", "version": version, **body}
        return self.equipment._act("PUT", ["sites", slug, "configuration"], body)

    def fail(self, kind: str, amount: float = 1.0, subject: str = "one"):
        self.faults.inject(Fault(subject, kind, amount, self.now_s + 1e6, self.now_s))


@pytest.fixture
def world():
    return World()


def total(counts: dict) -> int:
    return sum(counts["counts"])


def mean_dbm(cell: dict) -> float:
    counts = cell["rsrp_dbm"]["counts"]
    middles = [RSRP_EDGES_DBM[0] - 5, *(edge + 5 for edge in RSRP_EDGES_DBM)]
    return sum(count * middle for count, middle in zip(counts, middles, strict=True)) / sum(counts)


def test_a_site_tells_what_its_cells_did_in_the_last_whole_period(world):
    world.now_s += 4.0
    counters = world.counters()
    assert (counters["to"], counters["period_s"]) == ("2026-06-01T12:00:00+00:00", PERIOD_S)
    assert [cell["sector"] for cell in counters["cells"]] == ["bs-0", "bs-1", "bs-2"]
    for cell in counters["cells"]:
        assert 0 < cell["prb_use_share"] <= 1
        assert cell["devices"] > 0
        assert total(cell["rsrp_dbm"]) == total(cell["sinr_db"]) == 2 * (cell["devices"] + cell["drones"])
    assert 780 < counters["power_w"] < 1_344
    assert counters["energy_wh"] == pytest.approx(counters["power_w"] * 10 / 3_600, abs=1e-3)
    assert counters["edge"]["cores"] == 16
    json.dumps(counters, allow_nan=False)


def test_a_site_without_antennas_tells_of_no_cells(world):
    counters = world.counters("two")
    assert (counters["cells"], counters["power_w"], counters["edge"]) == ([], 0.0, None)


def test_the_same_period_is_told_alike_and_the_next_one_otherwise(world):
    first = world.counters()
    assert world.counters() == first
    assert World().counters() == first  # a restart draws the same site
    world.now_s += PERIOD_S
    assert world.counters()["cells"] != first["cells"]


def test_traffic_has_its_hours():
    profile = profile_of(place("one"), seed=1)
    shares = [busy_share(profile, NOON_S + 3_600 * hour) for hour in range(24)]
    assert min(shares) == pytest.approx(0.15, abs=0.01)
    assert max(shares) > 0.95
    peak = (20 + shares.index(max(shares))) % 24
    assert peak == pytest.approx(profile.peak_h, abs=0.51)


def test_every_site_has_a_hidden_truth_of_its_own():
    site_profile, other = profile_of(place("one"), 1), profile_of(place("other"), 1)
    assert site_profile.shadow_db.tolist() == profile_of(place("one"), 1).shadow_db.tolist()
    assert site_profile.shadow_db.tolist() != other.shadow_db.tolist()
    assert site_profile.decay_db_a_day > 0


def test_a_sleeping_cell_carries_nobody_and_says_that_all_is_well(world):
    world.fail("sleeping")
    counters = world.counters()
    assert all(cell["is_active"] and cell["devices"] == cell["throughput_mbps"] == 0 for cell in counters["cells"])
    assert counters["power_w"] == 780.0


def test_an_overloaded_site_is_full_and_its_queue_grows(world):
    calm = world.counters()
    world.fail("overload", 2.0)
    counters = world.counters()
    assert all(cell["prb_use_share"] == 1.0 for cell in counters["cells"])
    assert counters["power_w"] == 1_344.0
    assert counters["edge"]["busy_share"] == 1.0
    assert counters["edge"]["queue"] > 500 > calm["edge"]["queue"]


async def test_a_silent_site_and_one_that_is_down_tell_nothing(world):
    async with world.caller() as caller:
        world.fail("silent")
        assert (await caller.get("/sites/one/counters")).status_code == 503
        assert (await caller.get("/sites/one/configuration")).status_code == 200
        assert [site["site"] for site in (await caller.get("/counters")).json()["sites"]] == ["two"]
        world.fail("down", subject="two")
        assert (await caller.get("/sites/two/configuration")).status_code == 503
        assert (await caller.get("/counters")).json()["sites"] == []


async def test_all_counters_come_in_pages():
    world = World(*(place(f"s-{number:03d}", antennas=()) for number in range(PAGE_SITES)))
    async with world.caller() as caller:
        first = (await caller.get("/counters")).json()
        rest = (await caller.get("/counters", params={"after": first["next"]})).json()
    assert (len(first["sites"]), len(rest["sites"]), rest["next"]) == (100, 2, None)


def test_a_push_is_accepted_at_once_and_applied_a_moment_later(world):
    status, taken = world.push(cells={"bs-0": {"tilt_deg": 12.0, "power_dbm": 40.0}})
    assert (status, taken["version"], taken["state"]) == (202, 1, "accepted")
    assert world.counters()["version"] == 0
    world.now_s += APPLY_AFTER_S
    _, configuration = world.equipment._act("GET", ["sites", "one", "configuration"], {})
    assert configuration["applied"] == configuration["newest"]
    assert configuration["applied"]["cells"]["bs-0"] == {"tilt_deg": 12.0, "power_dbm": 40.0, "is_asleep": False}
    assert world.counters()["version"] == 1


def test_less_power_is_received_as_less(world):
    before = world.counters()["cells"][0]
    world.push(cells={f"bs-{number}": {"power_dbm": 43.0} for number in range(3)})
    world.now_s += APPLY_AFTER_S
    assert mean_dbm(before) - mean_dbm(world.counters()["cells"][0]) == pytest.approx(10.0, abs=1.5)


def test_a_cell_put_to_sleep_says_so_and_saves_its_energy(world):
    world.push(cells={f"bs-{number}": {"is_asleep": True} for number in range(3)})
    world.now_s += APPLY_AFTER_S
    counters = world.counters()
    assert not any(cell["is_active"] or cell["devices"] for cell in counters["cells"])
    assert counters["power_w"] == 450.0


def test_a_pushed_route_is_gone_and_taken_back(world):
    world.push(route=["core", "two", "one"])
    world.now_s += APPLY_AFTER_S
    world.equipment.settle()
    assert world.faults.condition("one").delay_ms == 2.0  # one link of 1 ms more, both ways
    world.fail("cut", subject="core~two")
    assert world.faults.condition("one").is_silent  # a pushed route is not protected
    assert world.push(route=None)[0] == 503  # nor can it be told so


def test_the_same_request_again_is_answered_alike(world):
    first = world.push(request="again", cells={"bs-0": {"tilt_deg": 3}})
    assert world.push(request="again", version=0) == first
    assert world.equipment._settings["one"].newest().version == 1


async def test_a_push_that_counts_on_an_older_version_is_a_conflict(world):
    world.push()
    async with world.caller() as caller:
        answer = await caller.put("/sites/one/configuration", json={"request": "x", "version": 0})
    assert answer.status_code == 409
    assert answer.json()["version"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"request": "", "version": 0}, "request"),
        ({"version": 0}, "request"),
        ({"request": "x", "version": 0, "cells": []}, "cells"),
        ({"request": "x", "version": 0, "cells": {"bs-9": {}}}, "cells.bs-9"),
        ({"request": "x", "version": 0, "cells": {"bs-0": {"colour": 1}}}, "cells.bs-0.colour"),
        ({"request": "x", "version": 0, "cells": {"bs-0": {"tilt_deg": 31}}}, "cells.bs-0.tilt_deg"),
        ({"request": "x", "version": 0, "cells": {"bs-0": {"power_dbm": True}}}, "cells.bs-0.power_dbm"),
        ({"request": "x", "version": 0, "cells": {"bs-0": {"is_asleep": 1}}}, "cells.bs-0.is_asleep"),
        ({"request": "x", "version": 0, "route": ["core", "two"]}, "route"),
        ({"request": "x", "version": 0, "route": ["core", "three", "one"]}, "route"),
        ({"request": "x", "version": 0, "route": [1, "one"]}, "route"),
    ],
)
async def test_a_wrong_push_is_refused_by_field(world, body, field):
    async with world.caller() as caller:
        answer = await caller.put("/sites/one/configuration", json=body)
    assert answer.status_code == 400
    assert field in answer.json()["error"]


async def test_strangers_and_unknown_places_get_nothing(world):
    async with world.caller() as caller:
        assert (await caller.get("/counters", headers={"Authorization": "Bearer no"})).status_code == 401
        for path in ("/sites/nine/counters", "/sites/one/secrets", "/sites", "/"):
            assert (await caller.get(path)).status_code == 404
        assert (await caller.delete("/sites/one/configuration")).status_code == 404
