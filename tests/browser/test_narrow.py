"""Loft on a screen of 1,024 pixels, and the wallboard's numbers: nothing is cut, whatever the language."""

import json
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_map, open_page

pytestmark = [pytest.mark.browser, pytest.mark.stack]
NARROW = {"width": 1024, "height": 768}
ROW = ".table tbody tr"
LISTS = {
    "/airspace": ("operator", ROW),
    "/network": ("operator", ROW),
    "/sla": ("operator", ROW),
    "/industry": ("operator", ROW),
    "/inventory/sites": ("planner", ROW),
    "/inventory/sectors": ("planner", ROW),
    "/inventory/links": ("planner", ROW),
    "/inventory/corridors": ("planner", ROW),
    "/administration/audit": ("administrator", ROW),
    "/administration/keys": ("administrator", ROW),
    "/administration/people": ("administrator", ROW),
}
CUT = """
() => [...document.querySelectorAll('#main, .table-wrap, .drawer-body, .toolbar, .table td')]
  .filter((box) => box.offsetParent && box.scrollWidth > box.clientWidth + 1)
  .map((box) => `${box.id || box.className || box.tagName} ${box.scrollWidth} > ${box.clientWidth}: ${box.textContent.trim().slice(0, 60)}`)
"""
CUT_NUMBERS = """
() => [...document.querySelectorAll('.big b, .board-more, .board-age')]
  .filter((number) => {
    const place = number.parentElement.getBoundingClientRect(), own = number.getBoundingClientRect();
    return own.right > place.right + 1 || own.left < place.left - 1 || number.scrollWidth > number.clientWidth + 1;
  })
  .map((number) => `${number.className || number.parentElement.id}: ${number.textContent}`)
"""
MANY = 1_234_567


@contextmanager
def opened(open_as, stack, role: str, language: str):
    with open_as(role) as page:
        page.set_viewport_size(NARROW)
        page.context.add_cookies([{"name": "django_language", "value": language, "url": stack.url}])
        yield page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", LISTS)
def test_no_column_of_a_list_is_cut_at_1024_pixels(open_as, stack, path: str, language: str):
    role, ready = LISTS[path]
    with opened(open_as, stack, role, language) as page:
        open_page(page, path, ready)
        shot(page, f"fits{path.replace('/', '-')}-{language}")
        assert page.evaluate(CUT) == []


def test_the_filters_fold_behind_a_button_that_says_how_many_are_set(page: Page):
    page.set_viewport_size(NARROW)
    open_page(page, "/sla?state=met&kind=site", "#list .table, #list .widget-state")
    fold, state = page.locator("#filters .fold"), page.locator("#f-state")
    expect(page.locator("#f-search")).to_be_visible()
    expect(state).to_be_hidden()
    expect(fold).to_have_text("Filters, 2 set")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.press("Enter")
    expect(state).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")
    state.select_option("")
    expect(fold).to_have_text("Filters, 1 set")
    fold.click()
    expect(state).to_be_hidden()


@pytest.mark.parametrize("path", ["/airspace?state=emergency", "/network?state=breached"])
def test_a_filter_that_the_address_sets_is_counted_from_the_start(page: Page, path: str):
    page.set_viewport_size(NARROW)
    open_page(page, path, ".fold")
    expect(page.locator("form[role=search] .fold")).to_have_text("Filters, 1 set")


def test_with_room_the_filters_stand_side_by_side(page: Page):
    open_page(page, "/sla", "#list .table, #list .widget-state")
    expect(page.locator("#f-state")).to_be_visible()
    expect(page.locator("#filters .fold")).to_be_hidden()


def test_layers_and_inspector_of_the_map_are_drawers(page: Page):
    page.set_viewport_size(NARROW)
    open_map(page)
    expect(page.locator("#network-layers")).to_be_hidden()
    whole = page.locator("#map").bounding_box()
    page.keyboard.press("j")
    expect(page.locator("#inspector .facts")).to_be_visible()
    assert page.locator("#map").bounding_box() == whole, "the inspector lies over the map and takes nothing from it"
    box = page.locator("#inspector").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= NARROW["width"]
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    page.click("#layers summary")
    expect(page.locator("#network-layers")).to_be_visible()


def test_a_record_is_edited_in_a_drawer_over_its_list(open_as, stack):
    with opened(open_as, stack, "planner", "en") as page:
        open_page(page, "/inventory/sites?record=bs-007", "#history .widget-state, #history .timeline")
        width = page.locator("#list .table-wrap").bounding_box()
        assert width is not None
        assert width["width"] > NARROW["width"] - 56 - 60


@pytest.mark.parametrize("size", [NARROW, {"width": 1280, "height": 800}, {"width": 1920, "height": 1080}])
def test_the_wallboard_cuts_no_number_however_large(page: Page, size: dict):
    page.set_viewport_size(size)
    page.route("**/api/v1/drones?**", lambda route: route.fulfill(json={"count": MANY, "results": []}))
    open_page(page, "/wallboard?views=airspace", "#n-clock")
    expect(page.locator("#big-0 b")).to_have_text("1,234,567")
    assert page.evaluate(CUT_NUMBERS) == []
    shot(page, f"wallboard-many-{size['width']}")


def test_the_wallboard_shows_every_emergency_before_what_is_only_stale(page: Page):
    page.set_viewport_size(NARROW)
    page.route("**/api/v1/drones?**", _with_an_emergency)
    open_page(page, "/wallboard?views=airspace", "#n-clock")
    expect(page.locator("#big-0 b")).to_have_text("1")
    expect(page.locator("#big-0")).to_have_attribute("data-state", "critical")
    first = page.locator("#rows li").first
    expect(first).to_contain_text("EMERGENCY-1")
    expect(first.locator(".chip.emergency")).to_have_text("Emergency")
    expect(page.locator("#rows li")).to_have_count(6)
    assert page.evaluate(CUT_NUMBERS) == []
    shot(page, "wallboard-emergency")


def _with_an_emergency(route: Route) -> None:
    link = {"last_heard_at": "2026-01-01T00:00:00Z"}
    stale = [{"id": number, "name": f"STALE-{number}", "link": link} for number in range(6)]
    in_emergency = [{"id": 90, "name": "EMERGENCY-1", "link": link}]
    rows = in_emergency if "state=emergency" in route.request.url else stale
    route.fulfill(content_type="application/json", body=json.dumps({"count": len(rows), "results": rows}))
