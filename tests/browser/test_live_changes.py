"""What open pages make of what changes meanwhile: owners, removals, a line that broke; and who keeps the focus."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from airspace.kernels import wire
from console.live.frames import tile_of
from tests.browser.pages import open_map, open_page, wait_in
from tests.browser.test_picture import rows

pytestmark = [pytest.mark.browser, pytest.mark.stack]
OWN = "() => [...loft.map.store.ids.subarray(0, loft.map.store.count)].find((id) => !loft.map.store.get(id).isForeign)"
GHOST = 4_000_000
APPLY = "(bytes) => loft.map.store.apply(new Uint8Array(bytes).buffer)"
MODULE = "(name) => performance.getEntriesByType('resource').map((one) => one.name).find((url) => url.includes(name))"
NOT_FOUND = {"status": 404, "content_type": "application/problem+json", "body": json.dumps({"title": "Not found"})}


@pytest.fixture
def lines(page: Page) -> list[WebSocketRoute]:
    """The page's lines to the hub, through which a test may say something too."""
    opened: list[WebSocketRoute] = []

    def pass_on(line: WebSocketRoute) -> None:
        opened.append(line)
        line.connect_to_server()

    page.route_web_socket("**/ws?*", pass_on)
    return opened


def select_own(page: Page) -> int:
    open_map(page)
    drone = int(page.evaluate(OWN))
    open_map(page, f"?drone={drone}")
    expect(page.locator("#inspector").get_by_role("button", name="Retire")).to_be_visible()
    wait_in(page, "() => loft.map.trail.points.length > 1", "the trail is read")
    return drone


def say(lines: list[WebSocketRoute], kind: str, **fields: Any) -> None:
    lines[-1].send(json.dumps({"type": kind, "topic": "drones", "at": "2026-01-01T00:00:00Z", **fields}))


def module(page: Page, name: str) -> str:
    return str(page.evaluate(MODULE, name))


def test_a_drone_that_became_anothers_loses_name_trail_and_buttons_at_once(page: Page, lines: list[WebSocketRoute]):
    drone = select_own(page)
    name = page.locator("#inspector h2").inner_text()
    before = page.evaluate("() => loft.map.trail.points[0].at")
    page.route(f"**/api/v1/drones/{drone}", lambda route: route.fulfill(**NOT_FOUND))
    page.route(f"**/api/v1/drones/{drone}/trail?*", lambda route: route.fulfill(**NOT_FOUND))
    say(lines, "DroneLeft", drone=drone)
    wait_in(page, f"() => loft.map.trail.points[0]?.at !== {before}", "what it flew for us is gone")
    expect(page.locator("#inspector h2")).to_have_text("Other traffic")
    expect(page.locator("#inspector")).not_to_contain_text(name)
    expect(page.locator("#inspector").get_by_role("button", name="Retire")).to_have_count(0)


def test_a_removed_drone_leaves_no_trail_and_no_buttons(page: Page, lines: list[WebSocketRoute]):
    drone = select_own(page)
    nobody = json.dumps({"count": 0, "results": []})
    page.route(f"**/api/v1/drones/{drone}", lambda route: route.fulfill(**NOT_FOUND))
    page.route("**/api/v1/traffic?*", lambda route: route.fulfill(content_type="application/json", body=nobody))
    say(lines, "DronesRemoved", drones=[drone])
    wait_in(page, f"() => !loft.map.trail.points.length && !loft.map.store.get({drone})", "it is gone from the map")
    expect(page.locator("#inspector")).to_contain_text("or it was removed")
    expect(page.locator("#inspector").get_by_role("button", name="Retire")).to_have_count(0)


def test_a_drone_that_was_given_a_name_or_taken_back_elsewhere_is_drawn_anew(page: Page, lines: list[WebSocketRoute]):
    drone = select_own(page)
    drone_now = page.evaluate("async (id) => (await fetch(`/api/v1/drones/${id}`)).json()", drone)
    fresh = json.dumps({**drone_now, "name": "Renamed elsewhere", "is_retired": True})
    page.route(f"**/api/v1/drones/{drone}", lambda route: route.fulfill(content_type="application/json", body=fresh))
    say(lines, "DroneChanged", drone={**drone_now, "name": "Renamed elsewhere"})
    expect(page.locator("#inspector h2")).to_have_text("Renamed elsewhere")
    expect(page.locator("#inspector").get_by_role("button", name="Take back into service")).to_be_visible()


def test_a_drone_that_went_while_the_line_was_down_is_not_shown_for_ever(page: Page, lines: list[WebSocketRoute]):
    open_map(page)
    lat, lon = page.evaluate("() => loft.map.view().centre.toReversed()")
    nowhere = tile_of(0.0, 0.0)  # no whole tile will name it
    frame = wire.frame(nowhere, rows(GHOST, at=(lat, lon)), page.evaluate("() => loft.map.store.nowMs()"))
    page.evaluate(APPLY, list(frame))
    assert page.evaluate(f"() => loft.map.store.get({GHOST}) !== null")
    lines[-1].close()
    wait_in(page, f"() => loft.map.store.get({GHOST}) === null", "the register does not know it")
    assert page.evaluate("() => loft.map.store.count") > 10


def test_buttons_are_offered_only_for_drones_of_organisations_in_which_one_may(page: Page):
    open_map(page)
    count = """([url, drone, may]) => import(url).then(({ removalButtons }) =>
        removalButtons(drone, { retire: may[0], remove: may[1], onDone() {} }).length)"""
    own, url = {"id": 1, "organisation": "swift"}, module(page, "airspace/drones/removal")
    for retire, remove, buttons in (("", "", 0), ("crow", "crow", 0), ("crow swift", "", 1), ("swift", "*", 2)):
        assert page.evaluate(count, [url, own, [retire, remove]]) == buttons, (retire, remove)
    assert page.evaluate(count, [url, {"id": 1, "isForeign": True}, ["*", "*"]]) == 0


def test_of_anothers_drone_nobody_says_that_it_is_normal(page: Page):
    open_map(page)
    fits = """([url, isForeign]) => import(url).then(({ fits }) =>
        ["", "normal", "abnormal", "traffic", "stale", "ground"].filter(
            (wanted) => fits({ state: "normal", link: 1, isUnverified: false, isForeign }, wanted)))"""
    url = module(page, "airspace/map/view")
    assert page.evaluate(fits, [url, False]) == ["", "normal", "abnormal", "stale"]
    assert page.evaluate(fits, [url, True]) == ["", "traffic", "stale"]


def test_who_walks_the_table_by_tab_keeps_their_place_while_it_is_drawn_anew(page: Page):
    open_map(page)
    first = page.locator(".drawer .row-button").first
    expect(first).to_have_text(re.compile("[A-Za-z]"))  # its name is known
    held = first.evaluate("(one) => (one.focus(), one.closest('tr').dataset.id)")
    later = page.evaluate("() => performance.now() + 2500")
    wait_in(page, f"() => performance.now() > {later}", "the table was drawn anew")
    assert page.evaluate("() => document.activeElement.closest('.drawer tr')?.dataset.id") == held


def test_who_sorts_the_list_of_drones_by_key_keeps_the_focus(page: Page):
    open_page(page, "/airspace", "#drones-list tbody tr")
    page.locator("#drones-list th button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drones-list th").nth(1)).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#drones-list th button").nth(1)).to_be_focused()


def test_a_page_of_the_list_beyond_its_end_shows_the_first_one(page: Page):
    open_page(page, "/airspace?offset=5000", "#drones-list tbody tr")
    assert "offset=" not in page.url
