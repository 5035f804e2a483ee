import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import COUNT, first_drone, open_map, places, wait_in
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def test_the_map_shows_drones_that_move(page: Page, shot):
    open_map(page)
    before = places(page)
    wait_until(lambda: any(places(page).get(i, p) != p for i, p in before.items()), "a drone moved", 15)
    page.wait_for_timeout(2500)
    shot(page, "map-dark-en")
    page.watch.assert_clean()


def test_the_table_is_in_step_with_the_map(page: Page):
    open_map(page)
    wait_until(lambda: page.locator(".drawer tbody tr").count() > 0, "the table has rows")
    bounds = page.evaluate("() => loft.map.view().bounds")
    count = page.evaluate("(b) => loft.map.store.within(b).length", bounds)
    assert abs(page.locator(".drawer tbody tr").count() - min(count, 200)) <= 3
    page.keyboard.press("j")
    wait_in(page, "() => loft.map.selection.drone > 0", "a drone is selected")
    selected = page.evaluate("() => loft.map.selection.drone")
    expect(page.locator(".drawer tr[data-selected=true]")).to_have_attribute("data-id", str(selected))


def test_the_table_can_be_narrowed_and_the_address_says_so(page: Page):
    open_map(page)
    page.select_option("#table-filter", "lost")
    wait_until(lambda: "state=lost" in page.url, "the address holds the filter")
    page.select_option("#table-filter", "")


def test_a_link_to_a_drone_opens_it_with_its_age_and_trail(page: Page, shot):
    open_map(page)
    drone = first_drone(page)
    open_map(page, f"?drone={drone}")
    expect(page.locator("#inspector .facts")).to_be_visible()
    expect(page.locator("#inspector .link-sentence")).to_have_text(re.compile(r"ago|at "))
    wait_in(
        page,
        "() => loft.map.selection.drone > 0 && loft.map.store.get(loft.map.selection.drone) !== null",
        "the selected drone is in the store",
    )
    page.wait_for_timeout(2500)
    shot(page, "map-selected")
    assert f"drone={drone}" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#inspector")).to_be_hidden()
    assert "drone=" not in page.url
    page.watch.assert_clean()


def test_a_view_is_kept_in_the_address(page: Page):
    open_map(page, "?at=29.01000,123.48000,12.00")
    view = page.evaluate("() => loft.map.view()")
    assert view["zoom"] == pytest.approx(12, abs=0.01)
    assert view["centre"] == pytest.approx([123.48, 29.01], abs=1e-4)


def test_an_address_that_makes_no_sense_still_opens_the_map(page: Page):
    open_map(page, "?at=north,pole&drone=-4&state=<b>&site=%00")
    page.watch.errors.clear()


def test_the_picture_turns_stale_when_the_line_drops_and_recovers_without_a_reload(page: Page, stack, shot):
    open_map(page)
    page.evaluate("() => { window.sameDocument = true; }")
    before = page.evaluate("() => loft.map.frames()")
    page.context.set_offline(True)
    stack.kill("web")
    expect(page.locator("#line-state")).to_have_attribute("data-state", re.compile("lost|stale"), timeout=15_000)
    expect(page.locator(".map-stale")).to_be_visible()
    shot(page, "map-stale")
    page.context.set_offline(False)
    expect(page.locator("#line-state")).to_have_attribute("data-state", "live", timeout=60_000)
    wait_in(page, f"() => loft.map.frames() > {before}", "frames arrive again")
    assert page.evaluate("() => window.sameDocument")
    assert page.evaluate(COUNT) > 0


def test_a_browser_without_webgl_gets_a_canvas_and_is_told_so(launch, stack, signed_state, shot):
    from tests.browser.conftest import SIZE, opened

    plain = launch("--disable-3d-apis")
    context = plain.new_context(
        base_url=stack.url, viewport=SIZE, reduced_motion="reduce", storage_state=signed_state("operator")
    )
    with opened(context, stack.url) as page:
        open_map(page)
        assert page.evaluate("() => loft.map.kind") == "canvas"
        expect(page.locator("#no-webgl")).to_be_visible()
        page.wait_for_timeout(1500)
        shot(page, "map-canvas")
        page.watch.assert_clean()
    plain.close()


def test_the_search_palette_finds_a_drone_and_selects_it(page: Page):
    open_map(page)
    wait_until(lambda: page.locator(".drawer tbody .row-button").count() > 0, "the table has rows")
    page.keyboard.press("/")
    serial = page.evaluate("async () => (await (await fetch('/api/v1/drones?limit=1')).json()).results[0].serial")
    page.keyboard.type(serial)
    expect(page.locator(".palette-item").filter(has_text=serial).first).to_be_visible()
    page.keyboard.press("Enter")
    wait_in(page, "() => loft.map.selection.drone > 0", "the drone is selected")


def test_layers_are_switched_by_number_keys(page: Page):
    open_map(page)
    page.keyboard.press("2")
    assert page.evaluate("() => loft.map.shown('sites')") is False
    expect(page.locator("[data-layer=sites]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("2")
    assert page.evaluate("() => loft.map.shown('sites')") is True
