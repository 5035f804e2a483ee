"""Kinds of subject: what is registered, what each of them keeps to, and that nobody names those of other apps."""

import json
import re
from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import override

from console.access.actor import HOME_PK, Actor
from console.access.rowsecurity import policies
from console.actions.audit.audit import SYSTEM
from console.errors import Invalid
from network.actions.alarms import alarm_cover, managed_object
from network.actions.maintenance.maintenance import MaintenanceRequest, announce
from network.actions.service_levels import burn, ledger
from network.actions.service_levels.agreements import About, make
from network.actions.service_levels.report.words import definition, definition_of
from network.kernels.sla.sla import Metric
from network.models import METRICS, Agreement, Maintenance, SubjectKind, subject
from network.models.subject import FoundSubject
from network.serializers.subject import KindField
from network.views.service_levels.service_pages import promises, subjects
from tests.conftest import NOON
from tests.network.kinds import kind_of, only_affected
from tests.sources import ROOT
from tests.two_organisations import ALPHA, Rows, Shared, make_organisation
from tests.two_organisations import KINDS as ORGANISATION_KINDS

KINDS = [
    this_subject for this_subject in subject.registered() if not type(this_subject).__module__.startswith("tests.")
]
OF_SIBLINGS = [kind for kind in KINDS if not type(kind).__module__.startswith("network.")]
LATER = timezone.now() + timedelta(days=1)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ALLOWED = {
    "drone": ("/kernels/", "coverage", "raster", "demo", "calibrate", "layers.css"),
    "flight": ("/kernels/", "connectivity"),
    "factory": ("demo", "layers.css"),
    "vehicle": ("layers.css",),
}
"""Where a word is no kind: a body in the air as radar sees it, points in space and time, a name, a look; in paths with that."""

ELSEWHERE = {"job", "jobs", "api_key", "machine"}
"""What is called so in comments without being the kind: an order, a key of the console, a computer. As a code none stands."""


# --- the registry ----------------------------------------------------------------------------------------------------


def test_every_kind_of_the_three_apps_is_registered_and_those_of_lower_apps_come_first():
    codes = [kind.code for kind in KINDS]
    assert codes[:6] == ["site", "link", "path", "slice", "corridor", "region"]
    assert {"flight", "drone", "api_key", "workload", "job", "factory", "machine", "vehicle"} == {
        of_sibling.code for of_sibling in OF_SIBLINGS
    }
    assert [code for code, _ in subject.choices()] == [*SubjectKind, "flight", "workload"]
    assert subject.maintained() == [*SubjectKind, "region", "flight", "workload"]
    assert subject.open_to_all() == ("site", "link", "path", "corridor", "region")


def test_an_unknown_kind_is_refused_with_field_value_and_what_was_expected():
    with pytest.raises(Invalid, match=r"kind: 'bogus' given; expected one of .*site.*flight.*workload"):
        subject.of("bogus")
    with pytest.raises(Invalid, match="kind: 'region' given; expected one of site, link, path") as refused:
        subject.of("region", subject.is_promised)
    assert "region" not in refused.value.problems[0].expected
    assert subject.known("bogus") is None
    assert subject.find("bogus", "x") is None


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["bogus", "region", "drone", "job", ""])
def test_nothing_is_promised_for_what_cannot_be(kind):
    with pytest.raises(Invalid, match=f"kind: '{kind}' given; expected one of site, link"):
        make(SYSTEM, About(kind, "x", "availability"), {"objective": 0.99}, NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["bogus", "drone", "job"])
def test_no_maintenance_is_announced_of_what_cannot_be(kind):
    with pytest.raises(Invalid, match=f"kind: '{kind}' given; expected one of .*region.*flight"):
        announce(SYSTEM, MaintenanceRequest(kind, "x", NOON, NOON + timedelta(hours=1), "why"), NOON)


@pytest.mark.parametrize("code", ["", "Thing", "a-b", "1st", "x" * 25])
def test_a_code_has_a_form(code, monkeypatch):
    monkeypatch.setattr(subject, "_registered", {})
    with pytest.raises(ValueError, match=f"code: '{code}' given; expected a to z and _, at most 24"):
        subject.register(kind_of(code))
    assert subject._registered == {}


def test_the_code_of_what_agreements_are_about_fits_into_their_column(monkeypatch):
    monkeypatch.setattr(subject, "_registered", {})
    with pytest.raises(ValueError, match="code: 'ninechars' given; expected a to z and _, at most 8"):
        subject.register(kind_of("ninechars", metrics=(Metric.COVERAGE,)))
    subject.register(kind_of("ninechars"))  # of alarms it may be longer
    for model in (Agreement, Maintenance):
        assert model._meta.get_field("kind").max_length == subject.MOST_PROMISED


def test_a_code_is_of_one_class_which_may_say_so_twice(monkeypatch):
    monkeypatch.setattr(subject, "_registered", {})
    kind = kind_of("thing")
    subject.register(kind, kind)
    with pytest.raises(ValueError, match="code: 'thing' given; expected a code that Made has not"):
        subject.register(kind_of("thing"))
    assert subject.registered() == [kind]


@pytest.mark.parametrize("result", [{"search": lambda *_: iter(())}, {"group": "things"}])
def test_what_is_looked_for_or_affected_names_the_right_to_see_it(result, monkeypatch):
    monkeypatch.setattr(subject, "_registered", {})
    with pytest.raises(ValueError, match="right: '' given; expected what a person needs to see a thing"):
        subject.register(kind_of("thing", **result))
    subject.register(kind_of("thing", right="network.view_site", **result))
    assert subject.known("thing") is not None


def test_a_group_is_of_one_kind(monkeypatch):
    monkeypatch.setattr(subject, "_registered", {})
    subject.register(kind_of("thing", group="things", right="network.view_site"))
    with pytest.raises(ValueError, match="group: 'things' given; expected a group that no other kind has"):
        subject.register(kind_of("other", group="things", right="network.view_site"))
    assert subject.known("other") is None


def test_serializers_can_be_imported_before_every_app_is_ready_and_offer_all_kinds_afterwards(monkeypatch):
    monkeypatch.setattr(subject.apps, "ready", False)
    field = KindField(subject.choices)
    assert dict(field.choices) == {}
    monkeypatch.undo()
    assert "flight" in deepcopy(field).choices


def test_lists_are_filtered_by_kinds_registered_after_their_views_were_imported(signed_in, monkeypatch, roles):
    viewer = signed_in("viewer")
    paths = [f"/api/v1/{name}?kind=raft" for name in ("agreements", "standings", "maintenance")]
    assert [viewer.get(path).status_code for path in paths] == [400, 400, 400]
    monkeypatch.setitem(subject._registered, "raft", kind_of("raft", metrics=(Metric.COVERAGE,)))
    assert [viewer.get(path).status_code for path in paths] == [200, 200, 200]


def test_nobody_asks_for_the_kinds_before_every_app_is_ready(monkeypatch):
    monkeypatch.setattr(subject.apps, "ready", False)
    with pytest.raises(RuntimeError, match="before every app is ready"):
        subject.registered()


@pytest.mark.django_db
def test_what_an_app_adds_can_be_promised_and_maintained_without_a_migration(signed_in, monkeypatch):
    planner = signed_in("planner")
    promise = {"kind": "barge", "key": "b-1", "metric": "coverage", "objective": 0.9}
    refused = planner.post("/api/v1/agreements", promise, format="json")
    assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (400, ["kind"])
    made = kind_of("barge", metrics=(Metric.COVERAGE,), find=lambda key: FoundSubject(key, "Barge", "驳船"))
    monkeypatch.setitem(subject._registered, "barge", made)
    this_body = planner.post("/api/v1/agreements", promise, format="json").json()
    assert (this_body["kind"], this_body["name"], this_body["source"]) == ("barge", "Barge: coverage", "modelled")
    body = {"kind": "barge", "key": "b-1", "starts_at": LATER, "ends_at": LATER + timedelta(hours=1), "reason": "paint"}
    assert planner.post("/api/v1/maintenance", body, format="json").json()["kind"] == "barge"


@pytest.mark.django_db
def test_an_agreement_has_a_kind(make_site):
    with pytest.raises(IntegrityError, match="agreement_has_a_kind"):
        Agreement.objects.create(kind="", key="x", metric="coverage", objective=0.9)


# --- what each kind keeps to -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda row: row.code)
def test_a_kind_is_called_something_in_both_languages(kind):
    texts = [kind.label, kind.key_hint, kind.key_word, kind.group_label, kind.affected_rule, *kind.good.values()]
    for text in filter(None, texts):
        with override("en"):
            english = str(text)
        with override("zh-hans"):
            chinese = str(text)
        assert not CHINESE.search(english), english
        assert CHINESE.search(chinese), english
    assert kind.many.en
    assert not CHINESE.search(kind.many.en)
    assert CHINESE.search(kind.many.zh)
    assert managed_object.every(kind.code).name == kind.many


@pytest.mark.parametrize("kind", KINDS, ids=lambda row: row.code)
def test_a_kind_says_the_whole_of_what_it_says(kind):
    assert set(kind.good) <= set(kind.metrics) <= set(Metric)
    assert bool(kind.group) == bool(kind.group_label) == kind._says("affected")
    assert kind.is_maintained == kind._says("find")
    assert bool(kind.metrics) == kind.is_counted
    assert not (kind.is_searched or kind.group) or kind.right
    assert not kind.is_searched or kind._says("find")
    assert not kind.metrics or kind.key_hint
    assert not kind.ends or kind.ends in subject.searched()
    assert kind.page.count("{key}") <= 1  # of some the page is the list of all
    if kind.metrics:
        of_kind = json.loads(promises())[kind.code]
        assert list(of_kind) == [metric.value for metric in kind.metrics]
        assert all(result["good"] and result["word"] for result in of_kind.values())
        assert {definition(kind.code, metric) for metric in kind.metrics} == {row["good"] for row in of_kind.values()}
    assert {metric.value for metric in kind.metrics} <= {value for value, _ in METRICS}


@pytest.fixture
def rows(roles, empty_redis):
    """One row of everything that an organisation owns or all stand on."""
    return Rows(ALPHA, make_organisation(ALPHA, ORGANISATION_KINDS, NOON), Shared(NOON), NOON)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.is_searched], ids=lambda row: row.code)
def test_what_is_searched_is_found_named_and_of_its_owner(kind, rows):
    match = subject.search(kind.code, "", SYSTEM)
    assert match
    for row in match:
        assert subject.find(kind.code, row.key).key == row.key
        assert row.name_en
        assert row.name_zh
        assert (row.organisation is None) == kind.is_shared
        assert subject.search(kind.code, row.key, SYSTEM)
        assert kind.page_of(row.key) == "" or "{" not in kind.page_of(row.key)
    assert kind.search("no such thing anywhere", 12) is not None
    assert list(kind.search("no such thing anywhere", 12)) == []
    nobody = Actor("nobody", organisation=HOME_PK, sees=frozenset())
    assert bool(subject.search(kind.code, "", nobody)) == kind.is_shared
    assert kind.find("no such thing") is None
    if kind.is_named:
        names = kind.names([found_subject.key for found_subject in match])
        assert set(names) == {found_subject.key for found_subject in match}
        assert all(name.en and name.zh for name in names.values())


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS, ids=lambda row: row.code)
def test_of_nothing_there_is_nothing(kind):
    assert list(kind.counts([], NOON, NOON + timedelta(minutes=1))) == []
    assert dict(kind.names([])) == {}
    assert dict(kind.names(["00000000-0000-0000-0000-000000000000"])) == {}
    assert kind.find("") is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.page], ids=lambda row: row.code)
def test_the_page_of_a_subject_is_an_address_that_there_is(kind, rows, signed_in):
    keys = [row.key for row in subject.search(kind.code, "", SYSTEM)] if kind.is_searched else [ALPHA.word]
    assert {signed_in("administrator").get(kind.page_of(key)).status_code for key in keys} == {200}


def test_a_key_is_quoted_in_the_address_of_a_page():
    assert subject.of("link").page_of("a~b c/d") == "/inventory/links?record=a~b%20c%2Fd"
    assert subject.of("slice").page_of("s/1") == "/sla?search=s%2F1"


def test_scripts_are_told_each_kind_once_in_the_present_language():
    with override("zh-hans"):
        fields = subjects()
    assert set(fields["kinds"]) >= {kind.code for kind in KINDS}
    assert fields["kinds"]["site"]["label"] == "站点"
    assert fields["groups"]["flights"] == {"label": "飞行"}
    assert [code for code, kinds in fields["kinds"].items() if kinds["ends"]] == ["path"]
    assert [code for code, kinds in fields["kinds"].items() if kinds["is_everything_without_key"]] == ["region"]


@pytest.mark.django_db
def test_pages_hand_the_kinds_to_their_scripts(signed_in, make_site, make_agreement):
    made = make_agreement(make_site())
    viewer = signed_in("viewer")
    for path in ("/sla", f"/sla/{made.pk}", "/maintenance"):
        page = viewer.get(path)
        assert '<script id="subjects" type="application/json">' in page.content.decode()
        assert page.context["subjects"]["kinds"]["flight"]["label"] == "Flight"


def test_rows_about_what_nobody_owns_are_open_to_all_also_where_an_app_adds_the_kind(monkeypatch):
    def opened():
        return next(
            policy.rule
            for policy in policies()
            if (policy.table, policy.name) == ("network_maintenance", "loft_open_kind")
        )

    assert "'site', 'link', 'path', 'corridor', 'region'" in opened()
    assert "flight" not in opened()
    monkeypatch.setitem(subject._registered, "river", kind_of("river", metrics=(Metric.COVERAGE,), is_shared=True))
    assert "'region', 'river'" in opened()
    asked = str(Maintenance.objects.visible_to(Actor("red", organisation=2, sees=frozenset({2}))).query)
    assert "river" in asked


def test_without_other_kinds_nothing_else_is_affected(monkeypatch):
    only_affected(monkeypatch)
    assert subject.affected() == []


# --- what is left of a kind that nobody registers any more ------------------------------------------------------------


@pytest.fixture
def forsaken(roles, empty_redis):
    """An agreement and a maintenance of a kind whose app was removed."""
    Maintenance.objects.create(
        kind="barge", key="b-1", starts_at=LATER, ends_at=LATER + timedelta(hours=1), made_at=NOON, reason="paint"
    )
    return Agreement.objects.create(kind="barge", key="b-1", name="Barge", metric="rtt_p99", objective=5)


def test_rows_of_a_kind_that_nobody_registers_are_listed_by_its_code(forsaken, signed_in):
    viewer = signed_in("viewer")
    for name in ("agreements", "standings", "maintenance"):
        [row] = viewer.get(f"/api/v1/{name}").json()["results"]
        assert (row["kind"], row["key"]) == ("barge", "b-1")
    body = viewer.get(f"/api/v1/agreements/{forsaken.pk}").json()
    assert (body["kind"], body["state"]) == ("barge", "unknown")
    assert [viewer.get(path).status_code for path in ("/sla", "/maintenance", "/wallboard")] == [200, 200, 200]


def test_the_form_of_such_an_agreement_keeps_its_kind_and_metric_so_that_its_limit_stays_a_time(forsaken, signed_in):
    page = signed_in("planner").get(f"/sla/{forsaken.pk}")
    assert '<option value="barge">barge</option>' in page.content.decode()
    assert json.loads(page.context["choices"])["barge"]["rtt_p99"]["word"] == "Round-trip time, 99th percentile"
    assert "barge" not in json.loads(promises())
    assert '<option value="barge">' not in signed_in("planner").get("/sla").content.decode()


def test_alarms_maintenance_impact_and_the_ledger_show_its_code_and_count_nothing(forsaken, signed_in):
    about = burn.objects_of([forsaken])["barge", "b-1"]
    assert about.name == ("barge b-1", "barge b-1")
    assert managed_object.every("barge").name == ("barge", "barge")
    announced = Maintenance.objects.get()
    assert alarm_cover.hold_of(announced, NOON).subject == f"maintenance {announced.pk}: barge b-1"
    viewer = signed_in("viewer")
    assert viewer.get(f"/api/v1/agreements/{forsaken.pk}/impact").status_code == 404
    concerned = viewer.get(f"/api/v1/maintenance/{announced.pk}/concerns").json()["results"]
    assert [row["kind"] for row in concerned] == ["barge"]
    assert list(ledger._counts([forsaken], NOON, NOON + timedelta(minutes=1))) == []


@pytest.mark.parametrize(("language", "text"), [("en", "None: nobody counts"), ("zh-hans", "无：已没有应用统计")])
def test_no_definition_is_made_up_for_a_kind_that_nobody_counts(forsaken, language, text):
    with override(language):
        assert definition_of(forsaken).startswith(text)
        assert subject.label_of("barge") == "barge"


def test_such_a_row_is_handed_to_scripts_as_text(forsaken, signed_in, monkeypatch):
    evil = kind_of("evil", label="</script><b>", metrics=(Metric.COVERAGE,), good={"coverage": '"><b>'})
    monkeypatch.setitem(subject._registered, "evil", evil)
    page = signed_in("planner").get("/sla").content.decode()
    assert "</script><b>" not in page
    assert '"><b>' not in page


# --- who names whom --------------------------------------------------------------------------------------------------


def files():
    for folder in ("network", "static/network", "templates/network"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".html", ".css"} and "migrations" not in path.parts:
                yield path


def test_the_network_names_no_kind_of_its_siblings():
    words = {of_sibling.code for of_sibling in OF_SIBLINGS} | {
        of_sibling.group for of_sibling in OF_SIBLINGS if of_sibling.group
    }
    words -= ELSEWHERE
    named = re.compile(rf"\b({'|'.join(sorted(words))})\b", re.IGNORECASE)
    wrong = []
    for path in files():
        place = path.relative_to(ROOT).as_posix()
        wrong += [
            f"{place}:{number}: {line.strip()}"
            for number, line in enumerate(path.read_text().splitlines(), 1)
            for word in named.findall(line)
            if not any(text in place for text in ALLOWED.get(word.lower().removesuffix("s"), ()))
        ]
    assert wrong == []


def test_the_network_names_no_sibling_app_and_writes_no_code_of_its_kinds():
    codes = "|".join(sorted(ELSEWHERE))
    named = re.compile(rf"""["'/](airspace|industry)[."'/]|["'`]({codes})["'`]""")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if named.search(line)
    ]
    assert wrong == []
