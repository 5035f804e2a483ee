"""The charts of a page show one time: chosen once, looked at nearer on any, with one crosshair."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations, wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
SITE = "bs-007"
QUIET = "bs-025"  # no other test asks how it is
PLOT = ".u-over"
MOMENT = ".u-legend .u-series:first-child .u-value"
MINUTES_MS = 240_000  # until the first minutes of a new installation are counted


def across(page: Page, chart: str, first: float, last: float) -> None:
    """Draw across a chart with the mouse, from a share of its width to another."""
    page.locator(f"{chart} {PLOT}").scroll_into_view_if_needed()
    box = page.locator(f"{chart} {PLOT}").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + first * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + last * box["width"], y, steps=8)
    page.mouse.up()


def test_the_charts_of_a_page_show_one_time_and_one_moment(page: Page):
    open_page(page, f"/network/sites/{SITE}", f"#chart {PLOT}")
    expect(page.locator(f"#percentiles {PLOT}")).to_be_visible(timeout=MINUTES_MS)
    page.locator(f"#chart {PLOT}").hover()
    expect(page.locator(f"#percentiles {MOMENT}")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    across(page, "#percentiles", 0.5, 0.98)  # up to shortly before now, so that rounds are in it
    expect(page.locator("[data-time=live]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]from=.*until="))
    expect(page.locator(f"#chart {PLOT}")).to_be_visible()
    shot(page, "charts-nearer")
    address = page.url
    open_page(page, address, f"#chart {PLOT}")
    expect(page.locator("[data-time=live]")).to_be_visible()
    page.locator("[data-time=live]").click()
    expect(page).not_to_have_url(re.compile("from="))
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_the_risk_of_a_machine_follows_the_picker_and_its_export_the_time(page: Page):
    open_page(page, "/industry/factories/beigang-precision?machine=mill-01&span=1h", f"#machine {PLOT}")
    expect(page.locator("#machine .time-picker select")).to_have_value("1h")
    expect(page.locator("#machine .widget-state, #machine .events").first).to_be_visible()
    across(page, "#machine", 0.6, 0.98)
    expect(page).to_have_url(re.compile(r"machine=mill-01.*[?&]from=.*until="))
    expect(page.locator("#csv-scores")).to_have_attribute("href", re.compile(r"machine=mill-01.*since=.*until="))
    shot(page, "charts-machine")
    page.locator("#machine [data-time=live]").click()
    expect(page).not_to_have_url(re.compile("from="))
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_sites_by_time_follow_the_picker_and_what_is_drawn_across_them_is_looked_at_nearer(page: Page):
    open_page(page, "/network", "#heat .heat-box")
    page.locator("#time select").select_option("24h")
    expect(page).to_have_url(re.compile("span=24h"))
    wait_in(page, "() => loft.network.heat.spanMs === 3600000 && loft.network.heat.columns >= 24", "hours are told")
    page.locator("[data-time=live]").wait_for(state="hidden")
    page.locator("#time select").select_option("1h")
    wait_in(page, "() => loft.network.heat.spanMs === 60000", "minutes are told")
    box = page.locator("#heat .heat-box").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 40, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from=.*until="))
    wait_in(page, "() => loft.network.heat.columns < 40", "fewer minutes are told")
    address = page.url
    open_page(page, address, "#heat .heat-box")
    expect(page.locator("[data-time=live]")).to_be_visible()
    shot(page, "charts-heat")
    page.watch.assert_clean()


def test_what_a_site_and_its_edge_node_counted_is_drawn_over_the_time_of_the_page(page: Page):
    open_page(page, "/network/sites/dc-central?span=1h", f"#counter-history {PLOT}")
    expect(page.locator("#counter-history figure:visible figcaption")).to_contain_text(["Load, %", "Queue of the edge"])
    page.locator(f"#counter-history {PLOT}").first.scroll_into_view_if_needed()
    page.locator(f"#counter-history {PLOT}").first.hover()
    expect(page.locator(f"#chart {MOMENT}")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    across(page, "#counter-history figure:nth-child(1)", 0.5, 0.98)
    expect(page.locator("[data-time=live]")).to_be_visible()
    shot(page, "charts-counted")
    page.watch.assert_clean()


@pytest.fixture
def under_maintenance(stack):
    """A site under maintenance from now on, until the test is over."""
    start = datetime.now(UTC)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    with closing(stack.signed_in("planner")) as planner:
        made = planner.post("/api/v1/maintenance", json={"kind": "site", "key": QUIET, "reason": "new mast", **times})
        assert made.status_code == 201, made.text
        yield
        planner.post(f"/api/v1/maintenance/{made.json()['id']}/withdraw")


def test_what_happened_stands_below_the_charts_in_words(page: Page, under_maintenance):
    open_page(page, f"/network/sites/{QUIET}", "#timeline .events")
    expect(page.locator("#timeline .events li").filter(has_text="new mast").first).to_be_visible()
    expect(page.locator(f"#chart {PLOT}")).to_be_visible()
    shot(page, "charts-happened")
    page.watch.assert_clean()


def test_of_a_long_time_no_single_rounds_are_drawn_and_the_page_says_so(page: Page):
    open_page(page, f"/network/sites/{SITE}?span=7d", "#time select")
    expect(page.locator("#time select")).to_have_value("7d")
    expect(page.locator("#chart")).to_contain_text("for an hour at most")
    page.locator("#time select").select_option("15m")
    expect(page.locator(f"#chart {PLOT}")).to_be_visible()
    page.locator("[data-time=farther]").click()
    expect(page).to_have_url(re.compile("span=1h"))
    page.locator("[data-time=earlier]").click()
    expect(page.locator("[data-time=live]")).to_be_visible()
    page.watch.assert_clean()


def test_a_time_whose_rows_are_deleted_is_not_called_unmeasured(page: Page):
    open_page(page, f"/network/sites/{SITE}?from=2020-01-01T00:00:00Z&until=2020-01-01T00:30:00Z", "#time select")
    for place in ("#chart", "#session"):
        expect(page.locator(place)).to_contain_text("not kept any more")
    expect(page.locator("#percentiles")).to_contain_text("nothing is kept any more")
    expect(page.locator("#comparison")).to_contain_text("Measured from")
    page.watch.assert_clean()


def test_what_cannot_be_read_of_another_time_is_not_told_by_the_rounds_of_the_last(page: Page):
    open_page(page, f"/network/sites/{SITE}", f"#chart {PLOT}")
    page.route("**/api/v1/samples?*", lambda route: route.abort())
    page.locator("[data-time=earlier]").click()
    expect(page.locator("#chart .widget-state.error")).to_be_visible()
    page.evaluate("document.querySelector('#comparison').firstElementChild.dataset.old = '1'")
    expect(page.locator("#comparison [data-old]")).to_have_count(0, timeout=MINUTES_MS)  # all was drawn once more
    expect(page.locator("#chart .widget-state.error")).to_be_visible()
    expect(page.locator("#session .widget-state.error")).to_be_visible()
