"""The hour in which the console's own line is lost: nothing of the city is known, and nothing is said to be."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import LIVE, assert_not_reloaded, mark, open_map, open_page, wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
BASEMAP = re.compile(r"/api/v1/regions/.*/basemap")
LINKS = "[...Array(loft.map.store.count).keys()].map((slot) => loft.map.store.link(slot))"
UNSEEN = 3
UNSAID = """
[...document.querySelectorAll('#main [data-widget]')].filter((place) =>
  place.offsetParent && place.firstChild && !place.parentElement.closest('[data-widget]') &&
  !place.querySelector('.widget-state.error, .widget-state.forbidden, .line-unknown'))
"""
TABLES = {
    "/network": "#list tbody tr",
    "/network/sites/bs-007": "#parts tbody tr",
    "/industry/factories/beigang-precision": "#machines tbody tr",
    "/airspace": ".table tbody tr",
}


@contextmanager
def line_lost(page: Page) -> Iterator[None]:
    """Take the net away from a page, as a pulled cable does."""
    page.context.set_offline(True)
    try:
        expect(page.locator("#line-state")).to_have_attribute("data-state", "lost")
        yield
    finally:
        page.context.set_offline(False)


def test_when_our_own_line_is_lost_everything_is_unknown_since_then_and_no_drone_has_lost_its_link(page: Page):
    open_map(page)
    expect(page.locator(LIVE)).to_be_visible()
    mark(page)
    with line_lost(page):
        wait_in(page, f"() => loft.map.store.count > 0 && {LINKS}.every((link) => link === {UNSEEN})", "all is unknown")
        wait_in(page, "() => !document.querySelector('.drawer .chip.lost, .drawer .chip.normal')", "no row says more")
        expect(page.locator("#map-stale-since")).to_have_text(re.compile(r"Unknown since \D*\d\d:\d\d:\d\d"))
        expect(page.locator("#strip-newest")).to_have_text(re.compile(r"Alarms unknown since .*\d\d:\d\d:\d\d"))
        expect(page.locator(".strip-count b")).to_have_text(["?"] * 4)
        page.select_option("#table-filter", "unknown")
        expect(page.locator(".drawer tbody .chip.unknown").first).to_be_visible()
        shot(page, "map-own-line-lost")
        page.select_option("#table-filter", "")
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.locator("#strip-newest")).not_to_have_text(re.compile("unknown"))
    expect(page.locator(".strip-count b").first).to_have_text(re.compile(r"\d"))
    wait_in(page, f"() => {LINKS}.some((link) => link === 0)", "drones are heard again")
    assert_not_reloaded(page)


def test_every_page_says_since_when_nothing_is_heard(page: Page):
    open_page(page, "/alarms", "#strip-newest")
    with line_lost(page):
        expect(page.locator("#line-lost")).to_have_text(re.compile(r"^Unknown since .*\d\d:\d\d:\d\d"))
        shot(page, "alarms-own-line-lost")
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.locator("#line-lost")).to_be_hidden()


@pytest.mark.parametrize("path", TABLES)
def test_every_table_and_chart_is_unknown_since_then_and_known_again_by_itself(page: Page, path: str):
    open_page(page, path, TABLES[path])
    mark(page)
    with line_lost(page):
        note = page.locator("#main .line-unknown").first
        expect(note).to_have_text(re.compile(r"^Unknown since .*\d\d:\d\d:\d\d"))
        wait_in(page, f"() => {UNSAID}.length === 0", "every widget says so")
        shot(page, f"own-line-lost{path.replace('/', '-')}")
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.locator(".line-unknown")).to_have_count(0)
    expect(page.locator(TABLES[path]).first).to_be_visible()
    assert_not_reloaded(page)


def test_a_missing_basemap_is_said_costs_no_layer_and_comes_by_itself(page: Page):
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=500, body="{}")

    page.route(BASEMAP, refuse)
    open_map(page)
    banner = page.locator("#no-basemap")
    expect(banner).to_have_text(re.compile("The basemap could not be read: "))
    wait_in(
        page, "() => loft.map.sites.bySlug.size > 0 && loft.map.shown('drones') && loft.map.shown('sites')", "layers"
    )
    expect(page.locator("#network-layers input, #network-layers button").first).to_be_visible()
    shot(page, "map-no-basemap")
    wait_in(page, "() => loft.map.store.count > 0", "drones are drawn")
    count = len(asked)
    page.wait_for_event("request", lambda request: bool(BASEMAP.search(request.url)))
    assert len(asked) >= count >= 1
    page.unroute(BASEMAP)
    expect(banner).to_be_hidden()
