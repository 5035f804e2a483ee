"""The inventory as a planner works with it: records by keyboard, plans, files; and the page of a site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import assert_not_reloaded, mark, open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
ROWS = "#list tbody tr"
HISTORY = "#history .timeline > li"
HEADER = "slug,region,kind,name_en,name_zh,lat_deg,lon_deg\n"


@pytest.fixture
def planner(open_as) -> Iterator[Page]:
    with open_as("planner") as ready:
        yield ready


def row_of(page: Page, key: str) -> Locator:
    return page.locator(ROWS).filter(has=page.locator(f'a[data-key="{key}"]'))


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#r-{name}", value)


def test_a_site_is_added_corrected_at_the_field_planned_withdrawn_and_removed(planner: Page):
    page = planner
    open_page(page, "/inventory/sites?search=Probe%20hut", "#list .widget-state.empty")
    mark(page)
    page.keyboard.press("n")
    expect(page.locator("#r-slug")).to_be_focused()
    fill(page, slug="hut-1", region="lanwan", name_en="Probe hut", name_zh="探测小屋", lat_deg="91", lon_deg="123.5")
    page.keyboard.press("Enter")
    expect(page.locator("#r-lat_deg")).to_be_focused()
    expect(page.locator("#r-lat_deg-error")).to_contain_text("from -90 to 90")
    assert serious_violations(page) == []
    fill(page, lat_deg="29.01", reason="a hut for the probe")
    page.keyboard.press("Enter")
    expect(row_of(page, "hut-1")).to_have_attribute("data-selected", "true")
    expect(page.locator(HISTORY)).to_have_count(1)
    expect(page.locator(HISTORY)).to_contain_text("a hut for the probe")
    plan_and_withdraw(page)
    remove(page, "Nothing else goes with it")
    expect(page.locator("#list .widget-state.empty")).to_be_visible()
    assert "record=" not in page.url
    assert_not_reloaded(page)


def plan_and_withdraw(page: Page) -> None:
    fill(page, height_m="25", valid_from="2031-06-01T08:00")
    page.keyboard.press("Enter")
    planned = page.locator(HISTORY).filter(has=page.locator(".chip.waiting"))
    expect(planned).to_contain_text("height_m 0 → 25")
    expect(planned).to_contain_text("2031")
    expect(page.locator("#r-height_m")).to_have_value("0")
    shot(page, "inventory-planned")
    planned.get_by_role("button", name="Withdraw").click()
    page.click("dialog[open] .button.danger")
    expect(page.locator(HISTORY).first).to_contain_text("withdrawn")


def remove(page: Page, consequence: str) -> None:
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("dialog[open]")).to_contain_text(consequence)
    page.click("dialog[open] .button.danger")


def test_a_list_shows_another_time_says_so_in_the_address_and_leads_back_to_now(page: Page):
    open_page(page, "/inventory/corridors?as_of=2001-01-01T00:00:00Z&is_public=false", "#as-of:not([hidden])")
    expect(page.locator("#as-of")).to_contain_text("2001, ")
    expect(page.locator("#as-of")).to_contain_text("past")
    expect(page.locator("#f-is_public")).to_be_disabled()
    page.fill("#f-as-of", "2031-06-01T08:00")
    expect(page.locator("#as-of")).to_contain_text("planned")
    expect(page.locator(ROWS)).to_have_count(6)  # those that are not public are not left out
    page.wait_for_url("**/inventory/corridors?as_of=2031-06-01T*")
    assert "as_of=2031-06-01T" in (page.locator("#csv").get_attribute("href") or "")
    shot(page, "inventory-as-of")
    page.get_by_role("button", name="Back to now").click()
    expect(page.locator("#as-of")).to_be_hidden()
    expect(page.locator(ROWS)).to_have_count(1)  # not public: c-06
    page.wait_for_url("**/inventory/corridors?is_public=false")
    page.watch.assert_clean()
    page.fill("#f-as-of", "2031-06-01T08:00")
    expect(page.locator("#as-of")).to_contain_text("planned")
    assert serious_violations(page) == []


def test_before_a_site_is_removed_it_is_said_what_goes_with_it(planner: Page):
    open_page(planner, "/inventory/sites?record=bs-011", "#record-title")
    planner.get_by_role("button", name="Remove").click()
    expect(planner.locator("dialog[open]")).to_contain_text("3 sectors")
    expect(planner.locator("dialog[open]")).to_contain_text("link")
    planner.keyboard.press("Escape")
    open_page(planner, "/inventory/sites?record=dc-east", "#record-title")
    planner.get_by_role("button", name="Remove").click()
    expect(planner.locator("dialog[open]")).to_contain_text("It still holds 1 edge node")


def test_an_operator_reads_a_record_by_its_link_and_is_told_which_right_is_missing(page: Page):
    open_page(page, "/inventory/sectors?site=bs-011&record=bs-011-1", "#record-title")
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.locator("#record .banner")).to_contain_text("You lack the right to change sectors.")
    expect(page.locator("#r-power_dbm")).to_be_disabled()
    assert [page.locator("#r-power_dbm").get_attribute(end) for end in ("min", "max")] == ["-30", "80"]  # the model's
    expect(page.locator("#record-title")).to_have_text("bs-011-1")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_a_file_is_tried_row_by_row_then_applied_and_a_large_one_is_never_sent(planner: Page, tmp_path: Path):
    page = planner
    open_page(page, "/inventory/import", "#import")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "imports" in request.url else None)
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(int(page.locator("#import-page").get_attribute("data-limit-bytes") or 0) + 1)
    page.set_input_files("#i-file", large)
    expect(page.locator("#i-file-error")).to_contain_text("MB can be imported")
    page.click("#dry-run")
    assert sent == []
    good = "hut-2,lanwan,optical_access,Hut two,二号小屋,29.02,123.52\n"
    page.select_option("#i-kind", "site")
    page.select_option("#i-region", "lanwan")
    try_file(page, tmp_path / "bad.csv", good + "hut-3,lanwan,tower,Hut three,三号小屋,29.03,123.53\n")
    expect(page.locator("#outcome tbody tr").first).to_contain_text("kind: tower given")
    expect(page.locator("#apply")).to_be_disabled()
    shot(page, "import-refused")
    assert serious_violations(page) == []
    try_file(page, tmp_path / "good.csv", good)
    expect(page.locator("#outcome-title")).to_be_focused()
    page.click("#apply")
    page.click("dialog[open] .button.danger")
    expect(page.locator("#outcome-title")).to_have_text("Applied")
    open_page(page, "/inventory/sites?search=Hut&record=hut-2", "#record-title")
    remove(page, "Nothing else goes with it")
    expect(page.locator("#list .widget-state.empty")).to_be_visible()


def test_a_file_for_a_time_to_come_is_planned_and_said_to_be_so(planner: Page, tmp_path: Path):
    page = planner
    open_page(page, "/inventory/import", "#import")
    page.select_option("#i-kind", "site")
    page.select_option("#i-region", "lanwan")
    path = tmp_path / "plan.csv"
    path.write_text(HEADER + "hut-9,lanwan,optical_access,Hut nine,九号小屋,29.03,123.53\n", encoding="utf-8")
    page.set_input_files("#i-file", path)
    page.fill("#i-valid-from", "2020-06-01T08:00")
    page.click("#dry-run")
    expect(page.locator("#i-valid-from-error")).to_contain_text("time to come")
    page.fill("#i-valid-from", "2031-06-01T08:00")
    page.click("#dry-run")
    expect(page.locator("#outcome .banner")).to_contain_text("would become plans")
    shot(page, "import-planned")
    assert serious_violations(page) == []
    page.click("#apply")
    page.click("dialog[open] .button.danger")
    expect(page.locator("#outcome-title")).to_have_text("Planned")
    open_page(page, "/inventory/sites?as_of=2031-06-02T00:00:00Z&search=Hut%20nine", ROWS)
    expect(row_of(page, "hut-9")).to_be_visible()


def try_file(page: Page, path: Path, rows: str) -> None:
    path.write_text(HEADER + rows, encoding="utf-8")
    page.set_input_files("#i-file", path)
    page.click("#dry-run")
    expect(page.locator("#outcome table")).to_be_visible()


def test_the_search_leads_to_the_inventory_and_its_history(page: Page):
    open_page(page, "/network", ROWS)
    page.keyboard.press("/")
    page.keyboard.type("history and plans")
    expect(page.locator(".palette-item")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inventory/changes", wait_until="commit")


def test_a_sites_page_shows_everything_known_and_measured_beside_modelled(planner: Page):
    open_page(planner, "/network/sites/bs-011", "#chart canvas")
    expect(planner.locator("#sectors tbody tr")).to_have_count(3)
    expect(planner.locator("#links tbody tr").first).to_contain_text("Gb/s")
    expect(planner.locator("#links tbody tr").first).to_contain_text("estimated")
    expect(planner.locator(".measured-bar").first).to_be_visible()
    expect(planner.locator(".modelled-bar").first).to_be_visible()
    expect(planner.locator("#parts")).to_contain_text("base station")
    expect(planner.locator("#parts")).to_contain_text("99th percentile")
    expect(planner.locator("#edge-nodes .widget-state.empty")).to_be_visible()
    planner.click("#edit")
    expect(planner.locator("#record-title")).to_have_text("BS-011")
