import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import (
    COUNT,
    LIVE,
    assert_not_reloaded,
    first_drone,
    mark,
    open_map,
    places,
    serious_violations,
    wait_in,
)
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
WITHOUT_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...more);
};
"""

SITES = "loft.map.sites"
HEARD_LAST = """
(slug) => {
  const { sites } = loft.map;
  sites.bySlug.get(slug).stale_after_s = 4;
  sites.apply({ type: "SitesMeasured", sites: [{ slug, state: "met", rtt_ms: 1.25, measured_at: new Date().toISOString() }] });
  sites.apply = () => false; // from now on nothing is heard
}
"""


def test_the_map_shows_drones_that_move_over_one_line_and_asks_nobody_outside(page: Page):
    open_map(page)
    before = places(page)
    wait_until(lambda: any(places(page).get(i, p) != p for i, p in before.items()), "a drone moved")
    expect(page.locator(LIVE)).to_have_text(re.compile("picture"))
    shot(page, "map-dark-en")
    assert len(page.watch.lines) == 1
    page.watch.assert_clean()


def test_the_table_is_in_step_with_the_map(page: Page):
    open_map(page)
    in_view = lambda: page.evaluate("() => loft.map.store.within(loft.map.view().bounds).length")  # noqa: E731
    rows = page.locator(".drawer tbody tr")
    counted = lambda: int(page.locator(".drawer table").get_attribute("aria-rowcount") or 1) - 1  # noqa: E731
    wait_until(lambda: rows.count() > 0 and abs(counted() - in_view()) <= 3, "the table is in step")
    page.keyboard.press("j")
    wait_in(page, "() => loft.map.selection.drone > 0", "a drone is selected")
    selected = page.evaluate("() => loft.map.selection.drone")
    expect(page.locator(".drawer tr[data-selected=true]")).to_have_attribute("data-id", str(selected))


def test_the_table_can_be_narrowed_and_the_address_says_so(page: Page):
    open_map(page)
    page.select_option("#table-filter", "lost")
    wait_until(lambda: "state=lost" in page.url, "the address holds the filter")
    page.select_option("#table-filter", "")
    wait_until(lambda: "state=" not in page.url, "the address forgot the filter")


def test_a_link_to_a_drone_opens_it_with_its_age_and_trail(page: Page):
    open_map(page)
    drone = first_drone(page)
    open_map(page, f"?drone={drone}")
    expect(page.locator("#inspector .facts")).to_be_visible()
    expect(page.locator("#inspector .link-sentence")).to_have_text(re.compile(r"ago|at "))
    wait_in(page, f"() => loft.map.store.get({drone}) !== null", "the selected drone is in the store")
    shot(page, "map-selected")
    assert f"drone={drone}" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    assert "drone=" not in page.url
    page.watch.assert_clean()


def test_every_site_is_on_the_map_page_after_page_and_one_that_is_not_measured_any_more_turns_unknown(page: Page):
    page.route(
        "**/api/v1/sites?*", lambda route: route.continue_(url=route.request.url.replace("limit=1000", "limit=40"))
    )
    open_map(page)
    count = page.evaluate("async () => (await (await fetch('/api/v1/sites?is_probed=true&limit=1')).json()).count")
    wait_in(page, f"() => loft.map.sites.bySlug.size >= {count}", "every site is known")
    slug = "bs-007"
    open_map(page, f"?site={slug}")
    chip = page.locator("#inspector .inspector-head .chip")
    expect(chip).to_be_visible()
    wait_in(page, f"() => {SITES}.bySlug.size > 0", "the sites are known")
    page.evaluate(HEARD_LAST, slug)
    expect(chip).to_have_text("SLA met")
    expect(page.locator("#inspector .facts .age").first).to_have_text(re.compile("ago"))
    expect(chip).to_have_text("SLA unknown")
    wait_in(page, f"() => {SITES}.drawn.includes('{slug} unknown')", "the map shows no old state as if it held")


def test_a_view_is_kept_in_the_address(page: Page):
    open_map(page, "?at=29.01000,123.48000,12.00")
    view = page.evaluate("() => loft.map.view()")
    assert view["zoom"] == pytest.approx(12, abs=0.01)
    assert view["centre"] == pytest.approx([123.48, 29.01], abs=1e-4)


def test_an_address_that_makes_no_sense_still_opens_the_map(page: Page):
    open_map(page, "?at=north,pole&drone=-4&state=<b>&site=nowhere%20at%20all")


def test_the_picture_turns_stale_when_the_line_drops_and_recovers_without_a_reload(page: Page, stack):
    open_map(page)
    mark(page)
    before = page.evaluate("() => loft.map.frames()")
    page.context.set_offline(True)
    stack.kill("web")
    expect(page.locator("#line-state")).to_have_attribute("data-state", re.compile("lost|stale"), timeout=15_000)
    expect(page.locator(".map-stale")).to_be_visible()
    shot(page, "map-stale")
    page.context.set_offline(False)
    expect(page.locator(LIVE)).to_be_visible(timeout=60_000)
    wait_in(page, f"() => loft.map.frames() > {before}", "frames arrive again")
    assert_not_reloaded(page)
    assert page.evaluate(COUNT) > 0


def test_after_an_outage_of_redis_the_map_is_given_whole_tiles_again_without_a_reload(page: Page, stack):
    open_map(page)
    mark(page)
    stack.kill("redis")
    page.evaluate("() => loft.map.store.clear()")
    wait_in(page, "() => loft.map.store.count > 50", "every drone in view is back")
    assert len(page.watch.lines) == 1
    assert_not_reloaded(page)


def test_a_browser_without_webgl_gets_a_canvas_and_is_told_so(page: Page):
    page.add_init_script(WITHOUT_WEBGL)
    open_map(page)
    assert page.evaluate("() => loft.map.kind") == "canvas"
    expect(page.locator("#no-webgl")).to_be_visible()
    shot(page, "map-canvas")
    page.watch.assert_clean()


def test_the_search_palette_finds_a_drone_and_selects_it(page: Page):
    open_map(page)
    serial = page.evaluate("async () => (await (await fetch('/api/v1/drones?limit=1')).json()).results[0].serial")
    page.keyboard.press("/")
    expect(page.locator("dialog[open] input")).to_be_focused()
    page.keyboard.type(serial)
    expect(page.locator(".palette-item").filter(has_text=serial).first).to_be_visible()
    page.keyboard.press("Enter")
    wait_in(page, "() => loft.map.selection.drone > 0", "the drone is selected")


def test_who_presses_enter_before_anything_is_found_goes_to_what_they_typed(page: Page):
    open_map(page)
    serial = page.evaluate("async () => (await (await fetch('/api/v1/drones?limit=1')).json()).results[0].serial")
    page.keyboard.press("/")
    expect(page.locator(".palette-item").first).to_be_visible()  # every page there is
    page.evaluate(
        """(serial) => {
        const input = document.querySelector("dialog[open] input");
        input.value = serial;
        input.dispatchEvent(new Event("input"));
        input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
    }""",
        serial,
    )
    wait_in(page, "() => loft.map.selection.drone > 0", "the drone is selected")


def test_layers_are_switched_by_number_keys(page: Page):
    open_map(page)
    page.keyboard.press("2")
    assert page.evaluate("() => loft.map.shown('sites')") is False
    expect(page.locator("[data-layer=sites]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("2")
    assert page.evaluate("() => loft.map.shown('sites')") is True


def test_the_map_is_accessible_in_every_theme(page: Page):
    open_map(page)
    page.keyboard.press("j")
    expect(page.locator("#inspector .facts")).to_be_visible()
    for theme in ("dark", "light", "contrast"):
        page.select_option("#theme", theme)
        shot(page, f"map-{theme}")
        assert serious_violations(page) == [], theme


def test_the_map_speaks_chinese_when_asked(page: Page):
    open_map(page)
    page.select_option("#language", "zh-hans")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".rail-place").first).to_have_text("地图")
    expect(page.locator("#table-count")).to_have_text(re.compile("架"))
    shot(page, "map-dark-zh")
    page.watch.assert_clean()


def test_the_map_can_be_walked_by_keyboard(page: Page):
    open_map(page)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.keyboard.press("?")
    expect(page.locator("dialog[open] .keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("j")
    wait_in(page, "() => loft.map.selection.drone > 0", "j selects")
    page.keyboard.press("Escape")
    assert page.evaluate("() => loft.map.selection.drone") == 0


def test_single_keys_can_be_switched_off(page: Page):
    open_map(page)
    page.click("#person summary")
    page.uncheck("#single-keys")
    page.keyboard.press("j")  # keys are answered at once, so there is nothing to wait for
    assert page.evaluate("() => loft.map.selection.drone") == 0
    page.check("#single-keys")
    page.keyboard.press("j")
    wait_in(page, "() => loft.map.selection.drone > 0", "j selects again")


def test_the_map_is_usable_at_1024_pixels(page: Page):
    page.set_viewport_size({"width": 1024, "height": 768})
    open_map(page)
    page.keyboard.press("j")
    expect(page.locator("#inspector .facts")).to_be_visible()
    shot(page, "map-1024")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1024
    for control in ("#search-button", "#language", "#theme", "#person"):
        box = page.locator(control).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1024, control
