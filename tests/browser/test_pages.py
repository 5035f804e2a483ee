import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_map, serious_violations, wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PAGES = ["/map", "/airspace", "/network", "/alarms", "/industry", "/models"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_outside_and_reports_no_error(page: Page, path: str, shot):
    answer = page.goto(path)
    if answer is not None and answer.status == 404:
        pytest.skip(f"{path} is not part of this installation")
    page.wait_for_timeout(2500)
    shot(page, f"page{path.replace('/', '-')}")
    page.watch.assert_clean()


def test_the_login_page_is_accessible(stranger: Page, shot):
    stranger.goto("/login")
    shot(stranger, "login")
    stranger.watch.assert_clean()  # before axe, which tries inline styles of its own
    assert serious_violations(stranger) == []


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
@pytest.mark.parametrize("path", ["/map", "/airspace"])
def test_a_page_is_accessible_in_every_theme(page: Page, path: str, theme: str, shot):
    if path == "/map":
        open_map(page)
        page.keyboard.press("j")
        wait_in(page, "() => document.querySelector('#inspector .facts') !== null", "the details are shown")
    else:
        page.goto(path)
        expect(page.locator(".table tbody tr").first).to_be_visible()
    page.select_option("#theme", theme)
    page.wait_for_timeout(800)
    shot(page, f"{path.strip('/')}-{theme}")
    assert serious_violations(page) == []


def test_the_theme_is_remembered(page: Page):
    page.goto("/airspace")
    page.select_option("#theme", "light")
    page.goto("/airspace")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_chinese_is_one_choice_away(page: Page, shot):
    open_map(page)
    page.select_option("#language", "zh-hans")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".rail-place").first).to_have_text("地图")
    wait_in(
        page,
        "() => /架无人机|架/.test(document.getElementById('table-count').textContent)",
        "the scripts speak Chinese",
    )
    page.wait_for_timeout(2500)
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
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_timeout(500)
    assert page.evaluate("() => loft.map.selection.drone") == 0


def test_the_page_is_usable_at_1024_pixels(page: Page, shot):
    page.set_viewport_size({"width": 1024, "height": 768})
    open_map(page)
    page.keyboard.press("j")
    page.wait_for_timeout(2500)
    shot(page, "map-1024")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1024
    for control in ("#search-button", "#language", "#theme", "#person"):
        box = page.locator(control).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1024, control


def test_the_list_of_drones_is_filtered_through_the_address(page: Page):
    page.goto("/airspace?search=no-such-drone")
    expect(page.locator(".widget-state.empty")).to_be_visible()
    page.fill("#f-search", "")
    expect(page.locator(".table tbody tr").first).to_be_visible()
    assert "search=" not in page.url
    assert "format=csv" in (page.locator("#drones-csv").get_attribute("href") or "")
