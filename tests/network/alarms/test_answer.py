"""The answer that an alarm carries: where its object is, why it is raised, and what stands above it."""

from datetime import UTC, datetime

import pytest

from network.actions.alarms import probable_cause, problem
from network.actions.alarms.managed_object import page_of
from network.models import Alarm, Severity
from tests.network.alarms.conditions import condition, raised

NOW = datetime(2026, 3, 1, 3, 31, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


@pytest.mark.parametrize(
    ("kind", "key", "site", "expected"),
    [
        ("site", "bs-1", "", ("/network/sites/bs-1", "/map?site=bs-1")),
        ("link", "a~b", "", ("/inventory/links?record=a~b", "/map?site=a")),
        ("drone", "S 1/2", "", ("/airspace?search=S%201%2F2", "")),
        ("factory", "f-1", "", ("/industry/factories/f-1", "")),
        ("notice_channel", "uuid", "", ("/alarms/notifications", "")),
        ("edge_node", "e-1", "dc-1", ("/network/sites/dc-1", "/map?site=dc-1")),
        ("group", "a + b", "bs-1", ("/network/sites/bs-1", "/map?site=bs-1")),
        ("group", "a + b", "", ("", "")),
        ("site", "*", "", ("", "")),
        ("platform", "disk", "", ("/alarms/parts?part=disk", "")),
        ("no_such_kind", "x", "", ("", "")),
    ],
)
def test_every_object_leads_to_its_page_and_to_its_place_or_to_those_of_its_site(kind, key, site, expected):
    assert page_of(kind, key, site) == expected


def test_every_probable_cause_has_words():
    assert {known.probable_cause for known in problem.registered()} - set(probable_cause.WORDS) == set()
    assert probable_cause.text_of("lossOfSignal").startswith("Nothing is heard of it")


def test_a_cause_that_nobody_knows_words_for_is_told_by_its_code():
    assert probable_cause.text_of("solarStorm") == "solarStorm"


@pytest.mark.django_db
def test_the_list_leads_from_the_subject_to_its_page_and_its_place(make_site, signed_in):
    raised([condition("BS-000", "Silent", site=make_site())], NOW)
    row = signed_in("viewer").get("/api/v1/alarms").json()["results"][0]
    assert (row["page"], row["place"]) == ("/network/sites/bs-000", "/map?site=bs-000")


@pytest.mark.django_db
def test_one_alarm_tells_its_probable_cause_its_suspects_and_its_root_cause_in_words(make_site, signed_in):
    suspects = {"sites": 2, "causes": ["OA-1", "BS-1"], "is_every_one": False, "members": ["bs-000"]}
    root, below = raised(
        [
            condition("OA-1 / BS-1", "Cut", Severity.CRITICAL, detail=suspects),
            condition("BS-000", "Silent", site=make_site()),
        ],
        NOW,
    )
    Alarm.objects.filter(pk=below.pk).update(root=root)
    viewer = signed_in("viewer")
    above, body = (viewer.get(f"/api/v1/alarms/{alarm.pk}").json() for alarm in (root, below))
    assert (above["suspects"], above["is_every_suspect"], above["root_title"]) == (["OA-1", "BS-1"], False, "")
    assert (body["suspects"], body["root_title"]) == ([], "OA-1 / BS-1: Cut")
    Alarm.objects.filter(pk=above["id"]).update(subject_zh="光接入一 / 基站一")
    chinese = signed_in("viewer").get(f"/api/v1/alarms/{above['id']}", headers={"accept-language": "zh-hans"}).json()
    assert chinese["suspects"] == ["光接入一", "基站一"]
    assert body["probable_cause_text"].startswith("Nothing is heard of it")


@pytest.mark.django_db
def test_who_is_affected_is_named_with_a_page_for_people(make_site, signed_in):
    [alarm] = raised([condition("BS-000", "Silent", site=make_site())], NOW)
    [site] = signed_in("viewer").get(f"/api/v1/alarms/{alarm.pk}").json()["affected_services"]["sites"]
    assert (site["href"], site["page"]) == ("/api/v1/sites/bs-000", "/network/sites/bs-000")
