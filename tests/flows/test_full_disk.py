"""A disk that is really full: nothing ends for good, nothing accepted is lost, and all is well once there is room.

The home of the installation is a file system of its own, which needs the right to mount one.
"""

import re
import shutil
import time
from collections.abc import Iterator
from functools import cache

import httpx
import pytest

from tests.flows.test_faults import Load, reading, stored
from tests.own_disk import own_disk
from tests.stack import Stack, prepared_home
from tests.waiting import wait_until

MB = 1_000_000
ROOM_MB, WARN_MB, NO_BULK_MB, CLOSED_MB, BALLAST_MB = 200, 60, 40, 20, 24


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An installation with 200 MB beside what it is made of."""
    home = tmp_path_factory.mktemp("narrow")
    size = sum(path.lstat().st_size for path in prepared_home().rglob("*") if path.is_file())
    marks = {
        "LOFT_DISK_WARN_MB": WARN_MB, "LOFT_DISK_NO_BULK_MB": NO_BULK_MB, "LOFT_DISK_CLOSED_MB": CLOSED_MB,
        "LOFT_DISK_BALLAST_MB": BALLAST_MB,
    }  # fmt: skip
    installation = Stack(home, **{name: str(mark) for name, mark in marks.items()})
    with own_disk(home, size + ROOM_MB * MB), installation.running() as running:
        yield running


def free_bytes(stack: Stack) -> int:
    return shutil.disk_usage(stack.home).free


def leave(stack: Stack, left_bytes: int) -> None:
    """Let somebody else's file take all but so much of the disk."""
    with (stack.home / "of others").open("ab", buffering=0) as file:
        try:
            while (free := free_bytes(stack)) > left_bytes:
                file.write(bytes(min(free - left_bytes, MB)))
        except OSError:
            return


def give_back(stack: Stack) -> None:
    (stack.home / "of others").unlink()


def post(stack: Stack) -> httpx.Response:
    row = {"serial": "DISK-1", "at": int(time.time() * 1000), "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 60}
    return stack.with_key("demo-fleet").post("/api/v1/reports", json=[row])


def post_readings(stack: Stack) -> httpx.Response:
    factory = stack.with_key("demo-factory")
    slug = factory.get("/api/v1/factories").json()["results"][0]["slug"]
    return factory.post(f"/api/v1/factories/{slug}/readings", json=[reading(0)])


def post_import(stack: Stack) -> httpx.Response:
    files = {"file": ("sites.csv", b"slug,name_en\n", "text/csv")}
    data = {"format": "csv", "kind": "site", "is_dry_run": "false"}
    return _planner(stack).post("/api/v1/inventory/imports", files=files, data=data, headers={"Referer": stack.url})


def alarm(stack: Stack) -> dict:
    answer = _operator(stack).get("/api/v1/alarms")
    rows = answer.json()["results"] if answer.status_code == 200 else []
    return next((row for row in rows if row["problem"] == "disk_full" and not row["ended_at"]), {})


@cache
def _operator(stack: Stack) -> httpx.Client:
    """Return somebody who signed in while there was room."""
    return stack.signed_in("operator")


@cache
def _planner(stack: Stack) -> httpx.Client:
    return stack.signed_in("planner")


def await_stored(own_stack: Stack, accepted: set[tuple[str, int]], what: str) -> None:
    """Wait until everything accepted is in the database, for as long as more comes into it."""
    wait_until(lambda: stored(own_stack) >= accepted, what, every_s=0.5, progress=lambda: len(stored(own_stack)))


def is_refused(answer: httpx.Response, words: str) -> bool:
    assert answer.status_code in (202, 503), answer.text
    if answer.status_code == 202:
        return False
    assert answer.headers["content-type"] == "application/problem+json"
    if words not in answer.json()["detail"]:
        return False  # Redis is away for the moment
    return int(answer.headers["retry-after"]) >= 1


def test_when_it_is_nearly_full_bulk_work_waits_and_the_rest_goes_on(own_stack: Stack) -> None:
    leave(own_stack, (NO_BULK_MB - 5) * MB)
    refused = wait_until(
        lambda: (a := post_import(own_stack)).status_code == 503 and a, "imports are refused", every_s=0.5
    )
    assert "disk" in refused.json()["detail"]
    assert int(refused.headers["retry-after"]) >= 1
    assert (post(own_stack).status_code, post_readings(own_stack).status_code) == (202, 202)
    told = wait_until(lambda: alarm(own_stack), "the alarm stands", every_s=0.5)
    assert (told["severity"], told["detail"]["refuses"]) == ("major", "bulk")
    assert 0 < told["detail"]["free_bytes"] < NO_BULK_MB * MB
    give_back(own_stack)
    wait_until(lambda: post_import(own_stack).status_code != 503, "imports are taken again", every_s=0.5)


def test_every_line_of_every_process_has_time_level_and_part(own_stack: Stack) -> None:
    for path in (own_stack.home / "logs").glob("*.log"):
        for line in path.read_text().splitlines():
            assert re.match(rf"\d{{4}}-\d\d-\d\dT\S+Z [A-Z]+ {path.stem} \S+( \[\S+\])?( x\d+ in \d+ s)?: ", line), line
    assert {"web", "engine", "redis", "worker-default"} <= {
        path.stem for path in (own_stack.home / "logs").glob("*.log")
    }


def test_full_to_the_last_byte_nothing_accepted_is_lost_and_it_comes_back_by_itself(own_stack: Stack) -> None:
    load = Load(own_stack)
    load.start()
    wait_until(lambda: len(load.accepted) > 500, "reports are taken")
    supervisor = own_stack.process
    assert (own_stack.home / "ballast").stat().st_size == BALLAST_MB * MB
    leave(own_stack, 0)
    wait_until(
        lambda: is_refused(post(own_stack), "the disk of this installation is full"), "reports are refused", every_s=0.5
    )
    assert not (own_stack.home / "ballast").exists()
    wait_until(lambda: is_refused(post_readings(own_stack), "disk"), "readings are refused", every_s=0.5)
    await_stored(own_stack, set(load.accepted), "what was accepted is stored in the ballast's room")
    told = wait_until(
        lambda: (row := alarm(own_stack)).get("severity") == "critical" and row, "it is told", every_s=0.5
    )
    assert told["detail"]["refuses"] == "all"
    leave(own_stack, 0)  # and what the ballast gave as well
    for _ in range(10):  # five seconds: every process meets it
        assert post(own_stack).status_code == 503
        time.sleep(0.5)
    give_back(own_stack)
    load.goes_on("disk")
    wait_until(own_stack._is_ready, "all is ready")
    wait_until(lambda: not alarm(own_stack), "the alarm is over", every_s=0.5)
    wait_until(lambda: (own_stack.home / "ballast").exists(), "the ballast is held again")
    load.ended.set()
    load.join()
    assert supervisor.poll() is None
    await_stored(own_stack, load.accepted, f"all {len(load.accepted)} accepted are stored")
    rows = own_stack.query("SELECT COUNT(*), COUNT(DISTINCT drone_id * 10000000000000 + at_ms) FROM airspace_position")
    assert rows[0][0] == rows[0][1]
    if "DATABASE_URL" not in own_stack.environment:
        assert own_stack.query("PRAGMA integrity_check") == [("ok",)]
