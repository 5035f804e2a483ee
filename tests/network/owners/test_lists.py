"""What two customers, those who run the network and an authority find in lists, in rows and in what is counted."""

import pytest

from console.actions.audit.audit import SYSTEM, Actor
from network.models import (
    Agreement,
    Alarm,
    Evidence,
    Notice,
    NoticeChannel,
    SlaReport,
    subject,
)
from network.models.subject import FoundSubject
from tests.network.kinds import kind_of
from tests.network.owners.rows import BLUE, RED, raised

pytestmark = pytest.mark.django_db


LISTS = [
    "/api/v1/alarms", "/api/v1/alarms/holds", "/api/v1/alarms/channels", "/api/v1/alarms/notices",
    "/api/v1/alarms/escalations", "/api/v1/agreements", "/api/v1/standings", "/api/v1/breaches", "/api/v1/slices",
    "/api/v1/evidence", "/api/v1/sla/reports", "/api/v1/maintenance",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_and_count_ones_own_for_a_customer_and_all_for_who_sees_all(
    world, red, watchdog, signed_in, with_key, path
):
    for caller in (signed_in("administrator", red.pk), with_key("read", organisation=red.pk)):
        answer = caller.get(path)
        assert (answer.status_code, answer.json()["count"]) == (200, 1)
        text = answer.content.decode()
        assert not [word for word in (BLUE, "home") if word in text], text
        table = caller.get(path, {"format": "csv"}).content.decode()
        assert not [word for word in (BLUE, "home") if word in table], table
    for caller in (signed_in("viewer"), signed_in("viewer", watchdog.pk), with_key("read")):
        assert caller.get(path).json()["count"] == 3


@pytest.mark.parametrize("query", ["search=blue", "organisation=blue", "tenant=Blue"])
def test_filters_find_nothing_of_others(world, red, signed_in, query):
    caller = signed_in("viewer", red.pk)
    for path in ("/api/v1/alarms", "/api/v1/slices", "/api/v1/standings", "/api/v1/maintenance"):
        if "=blue" in query and path != "/api/v1/slices" and query.startswith("organisation"):
            continue
        assert "blue" not in caller.get(f"{path}?{query}").content.decode().lower()


def test_one_row_of_another_is_not_found(world, red, signed_in, with_key):
    theirs = {
        "alarms": Alarm.objects.get(subject="blue-drone").pk,
        "agreements": Agreement.objects.get(name="blue promise").pk,
        "channels": NoticeChannel.objects.get(name="blue desk").pk,
        "notice": Notice.objects.get(channel__name="blue desk").pk,
        "evidence": Evidence.objects.get(digest="blue-digest").pk,
        "report": SlaReport.objects.get(asked_by="blue.person").pk,
    }
    paths = [
        f"/api/v1/alarms/{theirs['alarms']}", f"/tmf-api/alarmManagement/v4/alarm/{theirs['alarms']}",
        *(f"/api/v1/agreements/{theirs['agreements']}{end}"
          for end in ("", "/standing", "/history", "/timeline", "/impact")),
        f"/api/v1/alarms/channels/{theirs['channels']}", f"/api/v1/alarms/notices/{theirs['notice']}",
        f"/api/v1/evidence/{theirs['evidence']}", f"/api/v1/evidence/{theirs['evidence']}/map.html",
        f"/api/v1/evidence/{theirs['evidence']}/map.png", f"/api/v1/sla/reports/{theirs['report']}",
        f"/api/v1/sla/reports/{theirs['report']}/report.html", f"/api/v1/sla/reports/{theirs['report']}/report.csv",
        "/api/v1/slices/blue-slice", f"/sla/{theirs['agreements']}",
    ]  # fmt: skip
    person, key = signed_in("administrator", red.pk), with_key("read", organisation=red.pk)
    assert {path: person.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
    rest = paths[:-1]
    assert {path: key.get(path).status_code for path in rest} == dict.fromkeys(rest, 404)
    entries = person.get(f"/api/v1/alarms/{theirs['alarms']}/entries").json()
    assert entries["count"] == 0


def test_what_is_there_and_foreign_answers_as_what_is_not_there(world, red, signed_in):
    caller = signed_in("administrator", red.pk)
    foreign = Alarm.objects.get(subject="blue-drone").pk
    result = [
        caller.post("/api/v1/alarms/acknowledge", {"ids": [pk]}, format="json").json()["detail"].replace(str(pk), "N")
        for pk in (foreign, 999_999)
    ]
    assert result[0] == result[1] == "no alarm with id N"
    assert (
        caller.get(f"/api/v1/breaches?agreement={Agreement.objects.get(name='blue promise').pk}").json()["count"] == 0
    )
    channel = NoticeChannel.objects.get(name="blue desk").pk
    body = {"severity": "minor", "step": 1, "after_s": 60}
    asked = [
        caller.post("/api/v1/alarms/escalations", {**body, "channel": pk}, format="json") for pk in (channel, 999_999)
    ]
    assert [row.status_code for row in asked] == [400, 400]
    assert asked[0].content.decode().replace(str(channel), "N") == asked[1].content.decode().replace("999999", "N")


def test_the_strip_counts_what_one_may_see(world, red, watchdog, signed_in):
    raised(red.pk, "red-second")
    for caller, count in (
        (signed_in("viewer", red.pk), 2),
        (signed_in("viewer"), 4),
        (signed_in("viewer", watchdog.pk), 4),
    ):
        assert caller.get("/api/v1/alarms/summary").json()["counts"]["major"] == count
    assert signed_in("viewer", red.pk).get("/api/v1/alarms/summary").json()["newest"]["organisation"] == RED


def test_the_health_of_the_alarm_system_is_that_of_ones_own_alarms(world, red, signed_in):
    for caller, count in ((signed_in("viewer", red.pk), 1), (signed_in("viewer"), 3)):
        body = caller.get("/api/v1/alarms/health").json()
        held = next(figure["value"] for figure in body["figures"] if figure["key"] == "held")
        assert (body["alarms"], held, len(body["holds"])) == (count, count, count)
    text = signed_in("viewer", red.pk).get("/api/v1/alarms/health").content.decode()
    assert BLUE not in text


def test_tmf642_lists_and_counts_ones_own(world, red, with_key):
    answer = with_key("read", organisation=red.pk).get("/tmf-api/alarmManagement/v4/alarm")
    assert (answer["X-Total-Count"], [row["alarmedObject"]["id"] for row in answer.json()]) == ("1", ["red-drone"])
    assert with_key("read").get("/tmf-api/alarmManagement/v4/alarm")["X-Total-Count"] == "3"
    patched = with_key("alarms:write", organisation=red.pk).patch(
        f"/tmf-api/alarmManagement/v4/alarm/{Alarm.objects.get(subject='blue-drone').pk}",
        {"ackState": "acknowledged"},
        format="json",
    )
    assert patched.status_code == 404


def test_subjects_of_others_are_not_found_by_words(world, red, signed_in):
    caller = signed_in("viewer", red.pk)
    body = caller.get("/api/v1/agreements/subjects?kind=slice").json()
    assert [row["key"] for row in body] == ["red-slice"]
    assert caller.get("/api/v1/agreements/subjects?kind=slice&search=blue").json() == []
    assert [row["key"] for row in caller.get("/api/v1/agreements/subjects?kind=site").json()] == ["bs-1"]


def test_a_provider_that_does_not_say_whose_a_subject_is_shows_it_to_no_customer(red, monkeypatch):
    made = kind_of("thing", search=lambda *_: [FoundSubject("s", "S", "S")])
    monkeypatch.setitem(subject._registered, "thing", made)
    assert subject.search("thing", "", Actor("red", organisation=red.pk, sees=frozenset({red.pk}))) == []
    assert len(subject.search("thing", "", SYSTEM)) == 1


def test_metrics_are_for_who_sees_the_whole_installation(red, watchdog, signed_in, with_key):
    for caller in (with_key("read", organisation=red.pk), signed_in("administrator", red.pk)):
        refused = caller.get("/metrics")
        assert (refused.status_code, b"loft_alarms_open" in refused.content) == (403, False)
    for caller in (with_key("read"), with_key("read", organisation=watchdog.pk), signed_in("viewer")):
        assert caller.get("/metrics").status_code == 200


def test_what_all_stand_on_is_seen_by_all(world, red, signed_in):
    caller = signed_in("viewer", red.pk)
    for path in ("/api/v1/sites", "/api/v1/regions", "/api/v1/links", "/api/v1/edge-nodes", "/api/v1/corridors",
                 "/api/v1/samples?site=bs-1", "/api/v1/inventory/export?format=csv&kind=site"):  # fmt: skip
        assert caller.get(path).status_code == 200
