"""Files whose rows are plans: stored for a time to come, told by the dry run, the same file twice, applied when due."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry
from network.actions import inventory
from network.actions.inventory import imports, records
from network.models import Change, Link, Site
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

SITES = "slug,region,kind,name_en,lat_deg,lon_deg,height_m\n"
TWO_SITES = SITES + "bs-000,here,macro,One,29.0,123.5,30\nbs-001,here,micro,Two,29.01,123.5,12\n"
SUMMER = NOON + timedelta(days=200)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def load(data, file_format="csv", kind="site", *, is_dry_run=False, valid_from=SUMMER, **more):
    contents = imports.read_file(data.encode(), file_format, kind, "here")
    return imports.load(
        SYSTEM, contents, "plan.csv", NOON, region="here", is_dry_run=is_dry_run, valid_from=valid_from, **more
    )


def outcomes(report):
    return [(line.key, line.outcome.value) for line in report.rows]


def upload(caller, **fields):
    body = {"file": SimpleUploadedFile("plan.csv", TWO_SITES.encode()), "format": "csv", "kind": "site", **fields}
    return caller.post("/api/v1/inventory/imports", body, format="multipart")


def test_a_file_for_a_time_to_come_becomes_plans_and_changes_nothing_now(region):
    report = load(TWO_SITES)
    assert (report.applied, report.valid_from, outcomes(report)) == (
        True,
        SUMMER,
        [("bs-000", "created"), ("bs-001", "created")],
    )
    assert Site.objects.count() == 0
    assert list(Change.objects.planned().values_list("key", "valid_from", "reason").order_by("key")) == [
        ("bs-000", SUMMER, "import of plan.csv"),
        ("bs-001", SUMMER, "import of plan.csv"),
    ]
    entry = AuditEntry.objects.get(verb="planned an import of inventory")
    assert (entry.subject, entry.detail["created"], entry.detail["valid_from"]) == (
        "file plan.csv",
        2,
        SUMMER.isoformat(),
    )


def test_a_dry_run_says_that_the_rows_would_be_plans_and_stores_none(region):
    report = load(TWO_SITES, is_dry_run=True)
    assert (report.applied, report.valid_from, report.counts["created"]) == (False, SUMMER, 2)
    assert Change.objects.count() == 0


def test_the_same_file_planned_twice_plans_nothing_more(region):
    load(TWO_SITES)
    assert outcomes(load(TWO_SITES)) == [("bs-000", "unchanged"), ("bs-001", "unchanged")]
    assert outcomes(load(TWO_SITES, valid_from=SUMMER + timedelta(days=1))) == [
        ("bs-000", "unchanged"),
        ("bs-001", "unchanged"),
    ]
    assert Change.objects.count() == 2


def test_a_file_is_compared_with_what_will_hold_then_not_with_what_is(region):
    load(TWO_SITES, valid_from=None)
    higher = TWO_SITES.replace(",12\n", ",18\n")
    assert outcomes(load(higher)) == [("bs-000", "unchanged"), ("bs-001", "changed")]
    assert outcomes(load(TWO_SITES, is_dry_run=True, valid_from=SUMMER + timedelta(days=1))) == [
        ("bs-000", "unchanged"),
        ("bs-001", "changed"),
    ]
    assert Site.objects.get(slug="bs-001").height_m == 12


def test_planned_sites_and_the_link_between_them_come_true_together(region):
    graph = {
        "nodes": [
            {"id": "bs-000", "kind": "macro", "name_en": "One", "lat_deg": 29.0, "lon_deg": 123.5},
            {"id": "bs-001", "kind": "micro", "name_en": "Two", "lat_deg": 29.01, "lon_deg": 123.5},
        ],
        "links": [{"source": "bs-001", "target": "bs-000", "rate_gbps": 100}],
    }
    assert load(json.dumps(graph), "node-link", None).counts["created"] == 3
    assert inventory.apply_due(SUMMER - timedelta(seconds=1)) == 0
    assert inventory.apply_due(SUMMER) == 3
    assert Site.objects.count() == 2
    # 0.01 degrees of latitude are 1.109 km; fibre within a metropolis takes 1.4 times that.
    assert Link.objects.get().length_km == pytest.approx(1.55, abs=0.01)


def test_all_or_nothing_plans_nothing_where_one_row_is_wrong(region):
    wrong = TWO_SITES + "bs-002,here,tower,Three,29.02,123.5,12\n"
    assert load(wrong, is_all_or_nothing=True).applied is False
    assert Change.objects.count() == 0


def test_more_plans_than_are_kept_are_refused_with_both_numbers(region, monkeypatch):
    monkeypatch.setattr(records, "MOST_PLANS", 3)
    load(TWO_SITES)
    more = TWO_SITES.replace("bs-00", "bs-01").replace("One", "Eleven").replace("Two", "Twelve")
    with pytest.raises(
        records.Refused, match="2 changes are planned already, these would be 2 more; expected at most 3"
    ):
        load(more)
    assert Change.objects.count() == 2


def test_an_upload_says_from_when_on_its_rows_hold(signed_in, region):
    planner = signed_in("planner")
    body = upload(planner, valid_from="2121-06-01T08:00:00Z").json()
    assert (body["applied"], body["valid_from"], body["counts"]["created"]) == (False, "2121-06-01T08:00:00Z", 2)
    body = upload(planner, valid_from="2121-06-01T08:00:00Z", is_dry_run="false").json()
    assert (body["applied"], body["valid_from"], Change.objects.planned().count()) == (True, "2121-06-01T08:00:00Z", 2)
    assert upload(planner).json()["valid_from"] is None


@pytest.mark.parametrize("text", ["2020-01-01T00:00:00Z", "soon", "9999-01-01T00:00:00Z"])
def test_an_upload_for_a_time_that_is_none_to_come_is_refused(signed_in, region, text):
    answer = upload(signed_in("planner"), valid_from=text, is_dry_run="false")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "valid_from")
    assert (Site.objects.count(), Change.objects.count()) == (0, 0)


def test_the_command_plans_a_file(region, tmp_path, capsys):
    path = tmp_path / "sites.csv"
    path.write_text(TWO_SITES)
    texts = ["inventory", "import", str(path), "--format", "csv", "--kind", "site", "--apply", "--valid-from"]
    call_command(*texts, "2121-06-01T08:00Z")
    data = json.loads(capsys.readouterr().out)
    assert (data["applied"], data["valid_from"], Change.objects.planned().count()) == (True, "2121-06-01T08:00:00Z", 2)
    with pytest.raises(CommandError, match="expected a time to come"):
        call_command(*texts, "2020-01-01T00:00Z")
    with pytest.raises(CommandError, match="expected a date and time"):
        call_command(*texts, "soon")
