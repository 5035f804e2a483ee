"""Simulated base stations keep what was pushed to them, whatever becomes of their process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from network.emulator.equipment.configuration import KEPT_VERSIONS
from network.emulator.equipment.equipment import Equipment
from network.emulator.equipment.memory import Memory
from network.emulator.faults.faults import Faults
from network.emulator.places import Antenna, Inventory, Place
from network.emulator.routes import Routes, Span
from tests.stack import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "of the stations"
SECTOR = "bs-000-1"
SPANS = (Span("core", "bs-000", 1.0),)
SERVE = """
import logging, sys
from pathlib import Path
from network.emulator.places import load_inventory
from network.emulator.run import Listening, run
logging.basicConfig(level="INFO")
folder = Path(sys.argv[1])
run(load_inventory(folder / "sites.json"),
    Listening("127.0.0.1", int(sys.argv[2]), "c", "of the stations", folder / "truth.jsonl", folder / "memory"))
"""


class Process:
    """The simulated base stations in a process of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/sites/bs-000/configuration"
        site = {
            "slug": "bs-000", "host": "127.0.0.1", "port": 0, "fixed_ms": 1.0, "jitter_mean_ms": 0.01,
            "jitter_sd_ms": 0.01, "loss_share": 0.0, "antennas": [{"slug": SECTOR}],
        }  # fmt: skip
        (folder / "sites.json").write_text(json.dumps({"sites": [site]}))

    def start(self) -> None:
        words = [sys.executable, "-c", SERVE, str(self.folder), str(self.port)]
        with (self.folder / "log").open("w") as log:
            self.running = subprocess.Popen(words, cwd=ROOT, stderr=log)
        wait_until(self._answers, "the simulated base stations answer", every_s=0.02)

    def kill(self) -> None:
        os.kill(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def ask(self, method: str = "GET", **body) -> httpx.Response:
        return httpx.request(method, self.url, json=body or None, headers={"Authorization": f"Bearer {TOKEN}"})

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _answers(self) -> bool:
        try:
            return self.ask().status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def process(tmp_path):
    made = Process(tmp_path)
    made.start()
    yield made
    made.kill()


def test_what_was_acknowledged_outlives_a_kill_and_a_push_tried_again_has_one_effect(process):
    push = {"request": "tilt-1", "version": 0, "cells": {SECTOR: {"tilt_deg": 7.5}}}
    assert "0 sites go on with their settings, 1 begin at version 0" in process.log()
    first = process.ask("PUT", **push)
    assert (first.status_code, first.json()["version"]) == (202, 1)
    process.kill()
    process.start()
    assert "1 sites go on with their settings, 0 begin at version 0" in process.log()
    again = process.ask("PUT", **push)
    assert (again.status_code, again.json()["version"], again.json()["request"]) == (202, 1, "tilt-1")
    newest = process.ask().json()["newest"]
    assert (newest["version"], newest["cells"][SECTOR]["tilt_deg"]) == (1, 7.5)
    assert process.ask("PUT", **{**push, "request": "tilt-2"}).status_code == 409
    process.kill()
    (process.folder / "memory" / "bs-000.json").write_text('{"versions": [{"version"')
    process.start()
    assert process.ask().json()["newest"]["version"] == 0
    assert "bs-000 begins again at version 0" in process.log()


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def start(tmp_path, clock):
    """Start the interface anew over the same folder: `start(antennas=2)`."""

    def make(antennas: int = 1, spans=SPANS) -> Equipment:
        built = tuple(Antenna(f"bs-000-{number + 1}", tilt_deg=2.0) for number in range(antennas))
        routes = Routes(spans, "core")
        place = Place("bs-000", "127.0.0.1", 0, 1.0, 0.1, 0.1, 0.0, antennas=built)
        return Equipment(Inventory([place], routes), Faults(clock, routes), TOKEN, clock, Memory(tmp_path / "memory"))

    return make


def push(equipment: Equipment, version: int = 0, **more):
    body = {"request": f"r-{version}", "version": version, "cells": {SECTOR: {"tilt_deg": 9.0}}} | more
    return equipment._act("PUT", ["sites", "bs-000", "configuration"], body)


def test_a_sector_that_came_meanwhile_is_as_built_and_one_that_went_is_gone(start, clock):
    push(start(antennas=2), cells={"bs-000-1": {"tilt_deg": 9.0}, "bs-000-2": {"tilt_deg": 8.0}})
    clock.now_s += 2
    tilts = {count: [cell.tilt_deg for cell in start(count).setting("bs-000").cells.values()] for count in (1, 3)}
    assert tilts == {1: [9.0], 3: [9.0, 8.0, 2.0]}


def test_a_route_is_taken_again_and_given_up_when_its_links_are_gone(start, clock, caplog):
    assert push(start(), route=["core", "bs-000"])[0] == 202
    clock.now_s += 2
    again = start()
    again.settle()
    assert again._settings["bs-000"].routes.pins == {"bs-000": ("core", "bs-000")}
    assert start(spans=()).setting("bs-000").route is None
    assert "goes the shortest way" in caplog.text


def test_a_push_that_cannot_be_remembered_is_not_taken(start, tmp_path):
    equipment = start()
    (tmp_path / "memory").write_text("a file is no folder")
    status, answer = push(equipment)
    assert (status, "cannot remember" in answer["error"]) == (503, True)
    assert equipment._settings["bs-000"].newest().version == 0


def test_a_clock_that_was_set_back_leaves_no_push_waiting_for_it(start, clock):
    push(start())
    clock.now_s -= 500
    again = start()
    assert again.setting("bs-000").version == 0
    clock.now_s += 1
    assert again.setting("bs-000").version == 1


def test_only_the_last_versions_are_kept_and_one_of_them_is_always_in_force(start):
    equipment = start()
    for version in range(KEPT_VERSIONS + 1):  # all within one second
        push(equipment, version)
    assert [start().setting("bs-000").version, equipment.setting("bs-000").version] == [2, 2]


@pytest.mark.parametrize("kept", [
    "", "[]", "{}", '{"versions": []}', '{"versions": [{"version": 1}]}', '{"versions": 7}',
    '{"versions": [{"version": "x", "request": "", "route": null, "pushed_s": 1, "cells": {}}]}',
    '{"versions": [{"version": 1, "request": "", "route": null, "pushed_s": 1, "cells": {"bs-000-1": {"tilt_deg": 1}}}]}',
])  # fmt: skip
def test_a_file_that_is_none_of_ours_is_as_none(start, tmp_path, caplog, kept):
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "bs-000.json").write_text(kept)
    assert start().setting("bs-000").version == 0
    assert "begins again at version 0" in caplog.text
