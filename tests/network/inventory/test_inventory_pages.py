"""Pages of the inventory: who may see and do what, in which language, and how the search finds them."""

import re

import pytest

from console.models import Person
from network.models import Link
from network.views.inventory.inventory_pages import TABS
from tests.conftest import NOON

LISTS = [f"/inventory/{tab.key}" for tab in TABS]
PAGES = [*LISTS, "/inventory/import"]
EDITABLE = [tab for tab in TABS if tab.is_editable]


@pytest.mark.parametrize("path", PAGES)
def test_a_viewer_sees_the_page_and_a_stranger_the_login(path, region, signed_in, client):
    page = signed_in("viewer").get(path)
    assert (page.status_code, page.context["place"]) == (200, "network")
    assert client.get(path)["Location"] == f"/login?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_a_person_without_the_right_is_told_which_one_is_missing(path, roles, client):
    client.force_login(Person.objects.create_user("nobody", password="a long test password"))
    answer = client.get(path)
    assert answer.status_code == 403
    assert "You lack the right to see" in answer.content.decode()


@pytest.mark.parametrize("tab", EDITABLE, ids=lambda tab: tab.key)
def test_a_planner_may_add_and_an_operator_is_told_what_is_missing(tab, region, signed_in):
    path = f"/inventory/{tab.key}"
    assert 'id="add">' in signed_in("planner").get(path).content.decode()
    text = signed_in("operator").get(path).content.decode()
    assert 'id="add" aria-disabled="true"' in text
    for verb in ("add", "change", "delete"):
        assert f'data-missing-{verb}="network.{verb}_{tab.model}"' in text
    assert 'data-missing-withdraw="network.change_change"' in text


def test_only_who_may_change_the_inventory_is_offered_to_import(region, signed_in):
    assert "disabled" not in form_of(signed_in("planner").get("/inventory/import"))
    refused = signed_in("viewer").get("/inventory/import").content.decode()
    assert "You lack the right to add sites." in refused
    assert "<fieldset" in refused
    assert re.search(r"<fieldset[^>]* disabled", refused)


def form_of(answer) -> str:
    """Return the tags around the fields of the import form."""
    return "".join(re.findall(r"<fieldset[^>]*>", answer.content.decode()))


def test_the_inventory_begins_with_its_sites_and_keeps_the_query(region, signed_in):
    answer = signed_in("viewer").get("/inventory?record=bs-000")
    assert (answer.status_code, answer["Location"]) == (302, "/inventory/sites?record=bs-000")


def test_an_unknown_kind_is_a_404(signed_in):
    assert signed_in("viewer").get("/inventory/towers").status_code == 404


def test_regions_are_offered_to_filter_by_except_among_regions(region, signed_in):
    viewer = signed_in("viewer")
    assert '<option value="here">Here 此地</option>' in viewer.get("/inventory/sites").content.decode()
    assert 'name="region"' not in viewer.get("/inventory/regions").content.decode()


def test_the_page_says_how_large_a_file_may_be_before_it_is_sent(region, signed_in):
    answer = signed_in("planner").get("/inventory/import")
    limit_bytes = answer.context["limit_bytes"]
    assert f'data-limit-bytes="{limit_bytes}"' in answer.content.decode()
    assert f"at most {limit_bytes // 1_000_000} MB" in answer.content.decode()


def test_the_search_finds_the_pages_that_a_person_may_open(region, signed_in, client, roles):
    text = signed_in("viewer").get("/inventory/sites").content.decode()
    assert 'class="found-place" href="/inventory" hidden' in text
    assert 'class="found-place" href="/inventory/import" hidden' in text


def test_the_pages_speak_chinese(region, signed_in):
    reader = signed_in("viewer")
    reader.cookies["django_language"] = "zh-hans"
    text = reader.get("/inventory/edge-nodes").content.decode()
    assert "<h1>边缘节点</h1>" in text
    assert "您没有新增边缘节点的权限。" in text


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_inline_style_or_script(path, region, signed_in):
    text = signed_in("planner").get(path).content.decode()
    assert " style=" not in text
    assert not re.search(r'<script(?![^>]*(\bsrc=|type="application/json"))', text)


def test_a_planner_is_led_from_a_site_to_its_record_and_an_operator_told_why_not(make_site, signed_in):
    make_site("bs-000")
    planner = signed_in("planner").get("/network/sites/bs-000").content.decode()
    assert 'href="/inventory/sites?record=bs-000"' in planner
    operator = signed_in("operator").get("/network/sites/bs-000").content.decode()
    assert "/inventory/sites?record" not in operator
    assert "You lack the right to change sites." in operator


def test_a_list_of_sites_says_since_when_each_holds_and_null_where_that_is_not_known(make_site, signed_in):
    make_site("bs-000")
    make_site("bs-001", valid_from=NOON)
    rows = signed_in("viewer").get("/api/v1/sites").json()["results"]
    assert [row["valid_from"] is None for row in rows] == [True, False]


def test_the_percentiles_of_a_paths_parts_are_told_beside_their_means(make_site, signed_in):
    station, core = make_site("bs-000"), make_site("co-00", kind="core", lat_deg=29.1)
    Link.objects.create(a=station, b=core, length_km=100, rate_gbps=10, load_share=0.5, changed_at=NOON)
    modelled_one_way = signed_in("viewer").get("/api/v1/sites/bs-000").json()["modelled_one_way"]
    assert modelled_one_way["parts_p99_ms"].keys() == modelled_one_way["parts_ms"].keys()
    assert (
        modelled_one_way["parts_p99_ms"]["fibre"]
        == modelled_one_way["parts_ms"]["fibre"]
        == pytest.approx(0.48967, rel=1e-4)
    )
    assert modelled_one_way["parts_p99_ms"]["station"] > modelled_one_way["parts_ms"]["station"]
    assert modelled_one_way["p99_ms"] < sum(modelled_one_way["parts_p99_ms"].values())


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.key)
def test_every_list_of_records_can_be_asked_as_of_a_time_and_the_history_needs_none(tab, region, signed_in):
    text = signed_in("viewer").get(f"/inventory/{tab.key}?as_of=2026-06-01T00:00:00Z").content.decode()
    assert ('id="f-as-of" type="datetime-local"' in text) is tab.is_editable
    assert ('name="as_of"' in text) is tab.is_editable


@pytest.mark.parametrize("tab", EDITABLE, ids=lambda tab: tab.key)
def test_what_a_list_of_another_time_asks_for_is_answered_also_as_csv(tab, region, signed_in):
    asked = {"as_of": "2026-06-01T00:00:00Z", "search": "", "limit": "1000", "offset": "0"}
    viewer = signed_in("viewer")
    assert viewer.get(f"/api/v1/{tab.key}", asked).status_code == 200
    answer = viewer.get(f"/api/v1/{tab.key}", {**asked, "format": "csv"})
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (200, "text/csv")
