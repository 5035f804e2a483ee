"""What to do about a problem: standard texts, what organisations write, and who may."""

from datetime import UTC, datetime

import pytest

from console.access.actor import HOME_PK
from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry, Organisation
from network.actions.alarms import problem, runbook, runbook_texts
from network.models import AlarmType, Runbook
from network.models.alarms.alarm import in_both_languages
from tests.network.alarms.conditions import condition, raised

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 3, 31, tzinfo=UTC)
CODE = "availability_breached"
URL = f"/api/v1/alarms/runbooks/{CODE}"
OURS = {"text_en": "Call the desk.\nSend somebody.", "text_zh": "致电值班台。\n派人到场。"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def write(**texts):
    return runbook.write(SYSTEM, CODE, **texts, now=NOW)


def test_every_problem_has_a_standard_text_of_several_steps_in_both_languages():
    for known in problem.registered():
        said = runbook.standard(known.code)
        assert said.is_standard
        assert len(said.text_en.splitlines()) >= 2, known.code
        assert len(said.text_zh.splitlines()) == len(said.text_en.splitlines()), known.code
        assert said.text_zh != said.text_en, known.code


@pytest.mark.parametrize("alarm_type", AlarmType)
def test_a_problem_without_a_text_of_its_own_has_that_of_its_type(alarm_type):
    english, chinese = in_both_languages(runbook_texts.BY_TYPE[alarm_type])
    assert english != chinese


def test_of_what_nobody_knows_nothing_is_told():
    assert runbook.standard("no_such_problem").text == ""
    assert not runbook.known("no_such_problem")


def test_what_an_organisation_wrote_takes_the_place_of_the_standard_text_for_its_own_people():
    other = Organisation.objects.create(slug="o", name_en="O", name_zh="O", kinds=[], made_at=NOW)
    write(**OURS)
    ours = runbook.runbook(HOME_PK, CODE)
    assert (ours.text_en, ours.text_zh, ours.is_standard, ours.changed_at) == (*OURS.values(), False, NOW)
    assert runbook.runbook(other.pk, CODE) == runbook.standard(CODE)


def test_both_texts_empty_bring_the_standard_one_back_and_each_change_is_in_the_audit_trail():
    write(**OURS)
    assert write(text_en="", text_zh="").is_standard
    assert not Runbook.objects.exists()
    assert [entry.verb for entry in AuditEntry.objects.filter(subject=CODE)] == ["wrote runbook"] * 2


def test_a_text_in_one_language_is_shown_to_readers_of_both():
    write(text_en="", text_zh="致电值班台。")
    assert runbook.runbook(HOME_PK, CODE).text == "致电值班台。"


def test_a_planner_writes_it_over_rest_and_a_viewer_reads_it(signed_in):
    written = signed_in("planner").patch(URL, OURS, format="json")
    assert (written.status_code, written.json()["is_standard"]) == (200, False)
    body = signed_in("viewer").get(URL).json()
    assert (body["text"], body["text_zh"]) == tuple(OURS.values())
    assert signed_in("viewer").get(URL, headers={"Accept-Language": "zh-hans"}).json()["text_en"] == OURS["text_en"]


def test_an_operator_reads_and_may_not_write(signed_in):
    operator = signed_in("operator")
    assert operator.get(URL).status_code == 200
    assert operator.patch(URL, OURS, format="json").status_code == 403


def test_bad_input_names_the_field_and_a_strange_problem_is_not_found(signed_in):
    planner = signed_in("planner")
    refused = planner.patch(URL, {"text_en": "x" * 4001, "text_zh": ""}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "text_en")
    assert planner.patch("/api/v1/alarms/runbooks/nothing", OURS, format="json").status_code == 404
    assert planner.get("/api/v1/alarms/runbooks/nothing").status_code == 404


def test_an_alarm_carries_what_to_do_as_the_reader_has_it(make_site, signed_in):
    [alarm] = raised([condition("BS", "Availability below its objective", site=make_site())], NOW)
    viewer = signed_in("viewer")
    assert viewer.get(f"/api/v1/alarms/{alarm.pk}").json()["runbook"]["is_standard"]
    write(**OURS)
    assert viewer.get(f"/api/v1/alarms/{alarm.pk}").json()["runbook"]["text"] == OURS["text_en"]
