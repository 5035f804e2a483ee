"""`POST /api/v1/reports`: who may, what is taken, what is refused and how it is said. Redis is the real one."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import OperationalError

from airspace import feeds
from airspace.views import reports
from airspace.views.turns import Turns
from console.access.actor import HOME_PK
from console.access.keys import Key, ring
from console.live import live
from console.quota.kinds import POSITIONS, ROWS
from console.quota.leases import Lender
from console.quota.limits import book
from console.redis_clients import client
from tests.waiting import PATIENCE_S

TOKEN = "loft_00000001_test"
PATH = "/api/v1/reports"


def now_ms():
    return int(datetime.now(UTC).timestamp() * 1000)


def report(**changes):
    row = {"serial": "S-1", "at": now_ms(), "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0, **changes}
    return {name: value for name, value in row.items() if value != "absent"}


@pytest.fixture
async def caller(empty_redis, monkeypatch):
    reports._owners.begin()
    reports._owners.admit({f"S-{number}" for number in range(20_000)}, HOME_PK)
    monkeypatch.setattr(reports, "_ask", lambda serials, *_: registered(serials))
    monkeypatch.setattr(reports, "retired", lambda _: set())
    ring.trust()
    ring.keep(TOKEN, Key(1, "test", "00000001", frozenset({"reports:write"}), None))
    ring.keep("loft_00000002_other", Key(2, "other", "00000002", frozenset({"read"}), None))
    ring.keep("loft_00000003_gone", None)
    reports._lender, reports._turns = Lender([POSITIONS, ROWS]), Turns()
    monkeypatch.setattr(book, "read", lambda: None)  # nothing is in its database
    transport = httpx.ASGITransport(app=reports.application)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://loft", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as made:
        yield made
    await feeds.inlet().close()
    ring.distrust()


def registered(serials):
    """What the database would say: only these are registered."""
    drones = {"KNOWN-1": (1, 1), "THEIRS-1": (2, 5), "THEIRS-2": (3, 5)}
    return {serial: drones[serial] for serial in serials if serial in drones}


def entries():
    return [feeds.Entry.read(number, fields) for number, fields in client().xrange(feeds.STREAM)]


async def test_a_good_batch_is_in_the_stream_as_it_was_sent(caller):
    body = json.dumps([report(), report(serial="S-2")]).encode()
    answer = await caller.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "refused": []})
    (entry,) = entries()
    assert (entry.body, entry.form, entry.key) == (body, "array", 1)
    assert abs(entry.received_ms - now_ms()) < 5000


@pytest.mark.parametrize(
    ("body", "content_type", "form"),
    [
        (lambda: json.dumps(report()), "application/json", "object"),
        (
            lambda: json.dumps(report()) + "\n\n" + json.dumps(report(serial="S-2")) + "\n",
            "application/x-ndjson",
            "lines",
        ),
        (lambda: " \n" + json.dumps([report()]), "application/json; charset=utf-8", "array"),
    ],
)
async def test_single_objects_arrays_and_lines_are_taken(caller, body, content_type, form):
    answer = await caller.post(PATH, content=body(), headers={"Content-Type": content_type})
    assert answer.status_code == 202, answer.text
    assert entries()[0].form == form


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lat_deg": 90.1}, "lat_deg"),
        ({"lon_deg": -181}, "lon_deg"),
        ({"altitude_wgs84_m": 10_001}, "altitude_wgs84_m"),
        ({"altitude_wgs84_m": "absent"}, "altitude_wgs84_m"),
        ({"serial": ""}, "serial"),
        ({"serial": "x" * 65}, "serial"),
        ({"serial": "a b"}, "serial"),
        ({"serial": "a\u0000"}, "serial"),
        ({"operator": "a\u0000"}, "operator"),
        ({"at": "absent"}, "at"),
        ({"at": "2026-06-01T12:00:00"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": 1_780_000_000}, "at"),
        ({"at": 1.5e12}, "at"),
        ({"at": "1970-01-01T00:00:00Z"}, "at"),
        ({"at": 2**70}, "at"),
        ({"speed_mps": -1}, "speed_mps"),
        ({"track_deg": 361}, "track_deg"),
        ({"battery_pct": 101}, "battery_pct"),
        ({"battery_pct": "full"}, "battery_pct"),
        ({"status": "happy"}, "status"),
        ({"accuracy_h_m": -1}, "accuracy_h_m"),
        ({"altitude_mm": 3}, "altitude_mm"),
    ],
)
async def test_a_wrong_report_is_refused_by_name_and_the_others_are_taken(caller, changes, field):
    answer = await caller.post(PATH, json=[report(serial="S-0"), report(**changes), report(serial="S-2")])
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["accepted"] == 2
    (refused,) = body["refused"]
    assert (refused["index"], refused["field"]) == (1, field)
    assert set(refused) == {"index", "field", "value", "expected"}
    assert refused["expected"]
    assert [row["serial"] for row in json.loads(entries()[0].body)] == ["S-0", "S-2"]


async def test_a_report_from_over_a_second_ahead_is_refused_and_one_from_half_a_second_ahead_is_not(caller):
    soon, late = datetime.now(UTC) + timedelta(seconds=0.5), datetime.now(UTC) + timedelta(seconds=2)
    answer = await caller.post(PATH, json=[report(at=soon.isoformat()), report(at=late.isoformat())])
    assert [row["index"] for row in answer.json()["refused"]] == [1]


async def test_a_batch_in_which_nothing_is_right_is_a_400_that_says_what(caller):
    answer = await caller.post(PATH, json=[report(lat_deg=99), 7])
    assert answer.status_code == 400
    assert [(row["index"], row["field"]) for row in answer.json()["refused"]] == [(0, "lat_deg"), (1, "")]
    assert entries() == []


@pytest.mark.parametrize(
    ("body", "byte"),
    [(b"", 0), (b"[{]", 2), (b'[{"serial": NaN}]', 12), (b"[1,\xff]", 3), (b'"x"', 0), (b"[" * 100_000, 32)],
)
async def test_a_body_that_is_not_json_is_a_400_that_names_the_byte(caller, body, byte):
    answer = await caller.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"byte {byte}: ")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_broken_line_is_named_by_its_byte_in_the_whole_body(caller):
    first = json.dumps(report()).encode() + b"\n"
    answer = await caller.post(PATH, content=first + b"{x", headers={"Content-Type": "application/x-ndjson"})
    assert answer.json()["detail"].startswith(f"byte {len(first) + 1}: ")


async def test_an_empty_batch_is_a_400(caller):
    assert (await caller.post(PATH, json=[])).status_code == 400


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), ("Basic abc", 401), ("Bearer loft_00000003_gone", 401), ("Bearer loft_00000002_other", 403)],
)
async def test_who_may_not_is_told_so(caller, authorization, status):
    answer = await caller.post(PATH, json=[report()], headers={"Authorization": authorization})
    assert answer.status_code == status
    assert (status == 403) or answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_other_methods_are_405_and_name_the_one_allowed(caller, method):
    answer = await caller.request(method, PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_too_large_a_body_is_413_by_its_announcement_and_while_reading(caller):
    assert (await caller.post(PATH, content=b" " * 256_001)).status_code == 413

    async def endless():
        while True:
            yield b" " * 50_000

    answer = await asyncio.wait_for(caller.post(PATH, content=endless()), PATIENCE_S)
    assert answer.status_code == 413


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}])
async def test_other_media_are_415(caller, headers):
    assert (await caller.post(PATH, content=b"[]", headers=headers)).status_code == 415


async def test_more_than_ten_thousand_reports_are_413(caller):
    answer = await caller.post(
        PATH, content="[" + ",".join(["1"] * 10_001) + "]", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


async def test_a_key_that_sends_too_fast_is_429_with_retry_after(caller, settings):
    settings.LOFT_REPORTS_PER_KEY_PER_S = 2
    assert (await caller.post(PATH, json=[report(), report(serial="S-2"), report(serial="S-3")])).status_code == 202
    answer = await caller.post(PATH, json=[report()])
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_full_stream_is_503_with_retry_after_and_opens_again(caller, settings):
    settings.LOFT_REPORT_STREAM_LIMIT = 2
    answers = [(await caller.post(PATH, json=[report()])).status_code for _ in range(5)]
    assert answers[0] == 202
    assert answers[-1] == 503
    client().delete(feeds.STREAM)
    assert (await caller.post(PATH, json=[report()])).status_code == 202


async def test_a_full_redis_is_503(caller):
    client().config_set("maxmemory", "1")
    try:
        answer = await caller.post(PATH, json=[report()])
    finally:
        client().config_set("maxmemory", "1gb")
    assert (answer.status_code, int(answer.headers["retry-after"]) >= 1) == (503, True)


async def test_a_durable_report_is_answered_once_the_engine_says_it_is_committed(caller):
    async def engine():
        while not entries():  # noqa: ASYNC110  Redis sets no event
            await asyncio.sleep(0.01)
        entry = entries()[0]
        assert entry.token
        await asyncio.to_thread(feeds.Outlet("test").settle, [entry.id], {entry.token: [1]})

    rows = [report(), report(serial="S-9", lat_deg=99), report(serial="S-2")]
    answer, _ = await asyncio.gather(caller.post(f"{PATH}?durable=1", json=rows), engine())
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    refused = [(row["index"], row["field"], row["value"]) for row in answer.json()["refused"]]
    assert refused == [(1, "lat_deg", 99), (2, "serial", "S-2")]  # the second of those it was sent, says the engine
    assert "belongs to another" in answer.json()["refused"][1]["expected"]


async def test_a_durable_report_that_is_not_committed_in_time_is_503_and_says_that_it_will_be(caller, monkeypatch):
    monkeypatch.setattr(reports, "DURABLE_WITHIN_S", 0.1)
    answer = await caller.post(f"{PATH}?durable=1", json=[report()])
    assert answer.status_code == 503
    assert "will be stored" in answer.json()["detail"]
    assert len(entries()) == 1


async def test_many_requests_at_once_are_all_taken(caller):
    answers = await asyncio.gather(*(caller.post(PATH, json=[report(serial=f"S-{n}")]) for n in range(300)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(entries()) == 300


async def test_unknown_serials_are_refused_where_the_installation_is_set_so(caller, settings):
    settings.LOFT_UNKNOWN_SERIALS = "refuse"
    answer = await caller.post(PATH, json=[report(serial="KNOWN-1"), report(lat_deg=99), report(serial="STRANGER")])
    assert answer.json()["accepted"] == 1
    assert [(row["index"], row["field"]) for row in answer.json()["refused"]] == [(1, "lat_deg"), (2, "serial")]


async def test_a_report_of_anothers_drone_is_refused_without_naming_whose_it_is_and_counted(caller):
    answer = await caller.post(PATH, json=[report(serial="THEIRS-1"), report(), report(serial="THEIRS-1")])
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert answer.json()["refused"] == [
        {"index": place, "field": "serial", "value": "THEIRS-1", "expected": reports.FOREIGN} for place in (0, 2)
    ]
    (entry,) = entries()
    assert ([row["serial"] for row in json.loads(entry.body)], entry.organisation) == (["S-1"], 1)
    assert (await caller.post(PATH, json=[report(serial="THEIRS-2")])).status_code == 400
    await feeds.inlet()._teller
    assert feeds.take_refused() == {(2, 1): 2, (3, 1): 1}


async def test_an_owner_that_changed_is_asked_for_anew(caller, monkeypatch):
    assert (await caller.post(PATH, json=[report(serial="THEIRS-1")])).status_code == 400
    asked = []
    monkeypatch.setattr(reports, "_ask", lambda serials, *_: asked.append(serials) or {"THEIRS-1": (2, 1)})
    assert (await caller.post(PATH, json=[report(serial="THEIRS-1")])).status_code == 400  # known, so not asked
    live._take(feeds.OWNERS_CHANNEL.encode(), b"")
    assert (await caller.post(PATH, json=[report(serial="THEIRS-1")])).status_code == 202
    assert (await caller.post(PATH, json=[report(serial="THEIRS-1")])).status_code == 202
    assert asked == [{"THEIRS-1"}]


async def test_an_answer_of_before_a_change_is_used_once_and_not_kept(caller, monkeypatch):
    def slow(serials, *_):
        reports._owners.begin()  # it changes while the database is asked
        return registered(serials)

    monkeypatch.setattr(reports, "_ask", slow)
    await caller.post(PATH, json=[report(serial="KNOWN-1")])
    assert reports._owners.known(["KNOWN-1"]) == {}


async def test_while_the_database_is_away_the_engine_judges(caller, monkeypatch, settings):
    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr(reports, "_ask", away)
    assert (await caller.post(PATH, json=[report(serial="THEIRS-1")])).status_code == 202
    settings.LOFT_UNKNOWN_SERIALS = "refuse"
    assert (await caller.post(PATH, json=[report(serial="THEIRS-1")])).status_code == 503


async def test_what_cannot_be_read_counts_by_its_length(caller, settings):
    settings.LOFT_REPORTS_PER_KEY_PER_S = 10
    assert (await caller.post(PATH, content="[" + "x" * 2_200)).status_code == 400  # as 12 positions
    answer = await caller.post(PATH, json=[report()])
    assert answer.status_code == 429


async def test_who_has_used_up_a_quota_is_told_which_how_much_and_when_again(caller, settings):
    settings.LOFT_QUOTA_POSITIONS_PER_S = 2
    await caller.post(PATH, json=[report(serial=f"S-{number}") for number in range(6)])
    answer = await caller.post(PATH, json=[report()])
    assert answer.status_code == 429
    body = answer.json()
    assert (body["quota"], body["of"], body["limit"], body["used"]) == ("positions_per_s", "organisation", 2, 2)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["ratelimit"] == f'"positions_per_s";r=0;t={answer.headers["retry-after"]}'
    assert answer.headers["ratelimit-policy"] == '"positions_per_s";q=2;w=1'


async def test_rows_of_the_day_are_counted_at_the_door(caller, settings):
    settings.LOFT_QUOTA_ROWS_PER_DAY = 3
    assert (await caller.post(PATH, json=[report(serial=f"S-{number}") for number in range(4)])).status_code == 202
    answer = await caller.post(PATH, json=[report()])
    assert (answer.status_code, answer.json()["quota"]) == (429, "rows_per_day")


async def test_one_organisations_flood_fills_half_of_the_stream_while_others_report(caller, settings):
    settings.LOFT_REPORT_STREAM_LIMIT = 20
    ring.keep("loft_00000004_b", Key(4, "b", "00000004", frozenset({"reports:write"}), None, organisation=5))
    others = {"Authorization": "Bearer loft_00000004_b"}
    reports._owners.admit({"B-1"}, 5)
    assert (await caller.post(PATH, json=[report(serial="B-1")], headers=others)).status_code == 202
    answers = [(await caller.post(PATH, json=[report()])).status_code for _ in range(12)]
    assert (answers.count(202), answers[-1]) == (10, 503)
    assert (await caller.post(PATH, json=[report(serial="B-1")], headers=others)).status_code == 202


async def test_who_reports_alone_may_fill_the_stream(caller, settings):
    settings.LOFT_REPORT_STREAM_LIMIT = 10
    answers = [(await caller.post(PATH, json=[report()])).status_code for _ in range(12)]
    assert (answers.count(202), answers[-1]) == (11, 503)


async def test_what_waits_is_counted_by_organisation_and_forgotten_when_nothing_does(caller):
    await asyncio.gather(*(caller.post(PATH, json=[report()]) for _ in range(3)))
    assert client().hgetall(feeds.WAITING) == {b"1": b"3"}
    outlet = feeds.Outlet("test")
    outlet.open()
    read = [feeds.Entry.read(number, fields) for number, fields in outlet.read(10, 100)]
    outlet.settle([read[0].id], {}, [read[0].organisation])
    assert client().hgetall(feeds.WAITING) == {b"1": b"2"}
    outlet.settle([entry.id for entry in read[1:]], {}, [1])  # one too few: put right with the stream's end
    assert client().hgetall(feeds.WAITING) == {}


def test_the_description_of_the_route_covers_every_field():
    from airspace.serializers.report import Report

    schema = reports.OPENAPI["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"][1]
    assert set(schema["properties"]) == set(Report.__struct_fields__)


async def test_reports_that_are_refused_count_as_those_that_are_taken(caller, settings):
    settings.LOFT_QUOTA_POSITIONS_PER_S = 50
    assert (await caller.post(PATH, json=[report(), *[0] * 200])).status_code == 202
    answer = await caller.post(PATH, json=[report()])
    assert (answer.status_code, answer.json()["quota"]) == (429, "positions_per_s")


async def test_a_batch_of_short_wrong_reports_counts_them_and_not_its_bytes(caller, settings):
    settings.LOFT_QUOTA_POSITIONS_PER_S = 50
    assert (await caller.post(PATH, json=[0] * 200)).status_code == 400  # 600 bytes
    assert (await caller.post(PATH, json=[report()])).status_code == 429
