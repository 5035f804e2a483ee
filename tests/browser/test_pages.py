import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PAGES = {
    "/airspace": ("operator", ".table tbody tr"),
    "/network": ("operator", ".table tbody tr"),
    "/network/sites/bs-007": ("operator", "#chart canvas"),
    "/inventory/sites?record=bs-007": ("planner", "#history .widget-state, #history .timeline"),
    "/inventory/changes": ("operator", "#list .table, #list .widget-state.empty"),
    "/inventory/import": ("planner", "#import"),
    "/alarms": ("operator", "#list .table, #list .widget-state.empty"),
    "/industry": ("operator", ".table tbody tr"),
    "/models": ("operator", "#models article"),
    "/administration/keys": ("administrator", ".table tbody tr"),
    "/administration/people": ("administrator", ".table tbody tr"),
    "/administration/audit": ("administrator", ".table tbody tr"),
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_live_over_one_line_asks_nobody_outside_and_is_accessible(open_as, path: str):
    role, ready = PAGES[path]
    with open_as(role) as page:
        open_page(page, path, ready)
        expect(page.locator("#line-word")).to_have_text("Live")
        shot(page, f"page{path.replace('/', '-')}")
        assert len(page.watch.lines) == 1
        page.watch.assert_clean()  # before axe, which tries inline styles of its own
        assert serious_violations(page) == []


def test_the_page_of_the_rest_description_asks_nobody_outside(page: Page):
    page.goto("/api/")
    expect(page.locator(".opblock").first).to_be_visible()
    shot(page, "page-api")
    page.watch.assert_clean()


def test_the_login_page_is_accessible(stranger: Page):
    stranger.goto("/login")
    shot(stranger, "login")
    stranger.watch.assert_clean()
    assert serious_violations(stranger) == []


def test_a_list_is_accessible_in_every_theme(page: Page):
    open_page(page, "/airspace", ".table tbody tr")
    for theme in ("dark", "light", "contrast"):
        page.select_option("#theme", theme)
        shot(page, f"airspace-{theme}")
        assert serious_violations(page) == [], theme


def test_the_theme_is_remembered(page: Page):
    page.goto("/airspace")
    page.select_option("#theme", "light")
    page.goto("/airspace")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_list_of_drones_is_filtered_through_the_address(page: Page):
    page.goto("/airspace?search=no-such-drone")
    expect(page.locator(".widget-state.empty")).to_be_visible()
    page.fill("#f-search", "")
    expect(page.locator(".table tbody tr").first).to_be_visible()
    assert "search=" not in page.url
    assert "format=csv" in (page.locator("#drones-csv").get_attribute("href") or "")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_1024_pixels_in_chinese(open_as, stack, path: str):
    role, ready = PAGES[path]
    with open_as(role) as page:
        page.set_viewport_size({"width": 1024, "height": 768})
        page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": stack.url}])
        open_page(page, path, ready)
        shot(page, f"narrow{path.replace('/', '-')}")
        assert page.evaluate("() => document.getElementById('main').scrollWidth") <= 1024 - 56
        page.watch.assert_clean()
