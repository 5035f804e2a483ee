"""The parts of Loft: what alarms of the platform are about has a place, where it is said how it does now."""

import pytest
from django.utils.translation import override

from console.run import process_states
from console.run.process_states import ENDED, SILENT, STARTING, UP, Hang, ProcessState
from network.actions.alarms.managed_object import page_of
from network.actions.selfwatch import parts
from network.actions.selfwatch.parts import PartState
from tests.network.owners.rows import RED, customer

pytestmark = pytest.mark.django_db
URL = "/api/v1/installation/parts"


@pytest.fixture
def run_dir(tmp_path, settings):
    settings.LOFT_RUN_DIR = tmp_path
    return tmp_path


def by_key() -> dict[str, parts.Part]:
    return {part.key: part for part in parts.parts()}


def test_every_process_stands_there_with_its_state_as_the_supervisor_wrote_it_down(run_dir):
    hang = Hang("2026-01-01T00:00:00+00:00", 1.0, "loop", 40.0)
    states = {"web": UP, "engine": SILENT, "beat": ENDED, "worker-heavy": STARTING, "odd": "of another version"}
    process_states.write(run_dir, [ProcessState(name, state, 2, 1, True, hang) for name, state in states.items()])
    found = by_key()
    assert {name: found[f"process {name}"].state for name in states} == {
        "web": "works", "engine": "silent", "beat": "away", "worker-heavy": "starting", "odd": "unknown",
    }  # fmt: skip
    web = found["process web"]
    assert (web.kind, web.starts, web.hangs, web.hung_at) == ("process", 2, 1, hang.at)
    with override("zh-hans"):
        assert web.display_name == "进程 web"


def test_without_a_supervisor_nothing_is_said_of_processes(run_dir):
    assert [part for part in parts.parts() if part.kind == "process"] == []


def test_redis_and_the_database_are_asked_and_of_what_does_not_answer_no_more_is_said(run_dir, monkeypatch):
    found = by_key()
    assert (found["redis"].state, found["database"].state) == ("works", "works")
    monkeypatch.setattr(parts, "redis_answers", lambda: "Redis does not answer")
    monkeypatch.setattr(parts, "database_answers", lambda: "the database does not answer")
    found = by_key()
    assert (found["redis"].state, found["database"].state) == (PartState.SILENT, PartState.SILENT)
    assert found["redis"].free_bytes is None, "nobody knows"


def test_a_disk_says_how_much_room_is_left_and_one_that_cannot_be_asked_is_unknown(run_dir, monkeypatch):
    disk = by_key()["disk"]
    assert disk.state in (PartState.WORKS, PartState.SHORT)
    assert 0 < disk.free_share <= 1
    monkeypatch.setattr(parts.disk(), "_statvfs", lambda _: (_ for _ in ()).throw(OSError()))
    assert by_key()["disk"].state == PartState.UNKNOWN


def test_an_alarm_of_a_part_links_to_it():
    assert page_of("platform", "process web") == ("/alarms/parts?part=process%20web", "")
    assert page_of("platform", "disk of redis")[0] == "/alarms/parts?part=disk%20of%20redis"


def test_those_who_run_the_network_read_it_over_rest_and_see_the_page(run_dir, signed_in):
    viewer = signed_in("viewer")
    body = viewer.get(URL, headers={"accept-language": "zh-hans"}).json()
    assert body["at"]
    assert next(part for part in body["parts"] if part["key"] == "database")["name"] == "数据库"
    page = viewer.get("/alarms/parts")
    assert page.status_code == 200
    assert b'id="parts"' in page.content
    assert b'href="/alarms/parts"' in viewer.get("/alarms/severities").content


def test_a_customer_is_told_that_it_is_for_those_who_run_the_network(run_dir, signed_in, roles):
    person = signed_in("viewer", customer(RED).pk)
    assert person.get(URL).status_code == 403
    assert person.get("/alarms/parts").status_code == 403
    assert b'href="/alarms/parts"' not in person.get("/alarms/severities").content


def test_a_key_that_may_read_metrics_reads_it_and_a_stranger_does_not(run_dir, with_key, client):
    assert with_key("metrics:read").get(URL).status_code == 200
    assert with_key("reports:write").get(URL).status_code == 403
    assert client.get(URL).status_code == 401
