"""Every page without a fault that axe finds, of whatever gravity: in both languages, themes and widths, dialogs open."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PAGES = (
    "/map", "/airspace", "/network", "/network/sites/bs-007", "/network/compare", "/sla", "/sla/1", "/maintenance",
    "/wallboard", "/inventory/sites", "/inventory/sites?record=bs-007", "/inventory/sectors", "/inventory/links",
    "/inventory/corridors", "/inventory/changes", "/inventory/import", "/programme", "/evidence", "/alarms",
    "/alarms/health", "/alarms/severities", "/alarms/notifications", "/plans", "/reports", "/industry", "/models",
    "/administration/keys", "/administration/people", "/administration/organisations", "/administration/quotas",
    "/administration/audit", "/account", "/no-such-page",
)  # fmt: skip
MODES = {"dark, wide": ("dark", "en", 1280), "high contrast, Chinese, narrow": ("contrast", "zh-hans", 1024)}
DIALOGS = {
    "/administration/organisations": ("[data-focus^=members-]", "[data-focus^=change-]", "[data-focus^=state-]"),
    "/administration/people": ("[data-focus^=more-]",),
    "/administration/keys": ("[data-focus^=revoke-]",),
    "/administration/quotas": ("[data-focus^=city-airspace-sockets]",),
    "/account": ("[data-focus^=codes]",),
    "/sla": ("#make",),
    "/sla/1": ("#change",),
    "/alarms/notifications": ("#add-channel", "#add-escalation"),
}  # by what opens them
KEYS = {"/": ".palette [role=option]", "?": "dialog[open] kbd"}  # by what is in what they open


def look_like(page: Page, url: str, theme: str, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    page.goto("/login", wait_until="commit")
    page.evaluate("(theme) => localStorage.setItem('loft.theme', theme)", theme)


def settle(page: Page) -> None:
    """Wait until nothing of the page is being loaded any more."""
    page.wait_for_load_state("load")
    expect(page.locator(".skeleton:visible")).to_have_count(0)


@pytest.mark.parametrize("mode", MODES)
def test_every_page_is_accessible(open_as, stack, mode: str):
    theme, language, width = MODES[mode]
    wrong: dict[str, list[str]] = {}
    with open_as("administrator") as page:
        look_like(page, stack.url, theme, language, width)
        for path in PAGES:
            page.goto(path, wait_until="commit")
            settle(page)
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            if found := violations(page):
                wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_dialog_is_accessible(open_as, stack, mode: str):
    theme, language, width = MODES[mode]
    wrong: dict[str, list[str]] = {}
    with open_as("administrator") as page:
        look_like(page, stack.url, theme, language, width)
        for path, openers in DIALOGS.items():
            page.goto(path, wait_until="commit")
            settle(page)
            for opener in openers:
                page.locator(opener).first.click()
                expect(page.locator("dialog[open]")).to_be_visible()
                settle(page)
                shot(page, f"dialog-{''.join(filter(str.isalnum, path + opener))}-{theme}")
                if found := violations(page):
                    wrong[f"{path} {opener}"] = found
                page.keyboard.press("Escape")
                expect(page.locator("dialog[open]")).to_have_count(0)
    assert wrong == {}


@pytest.mark.parametrize("mode", MODES)
def test_what_keys_open_is_accessible(open_as, stack, mode: str):
    theme, language, width = MODES[mode]
    wrong: dict[str, list[str]] = {}
    with open_as("administrator") as page:
        look_like(page, stack.url, theme, language, width)
        open_page(page, "/network", "#list tbody tr[aria-rowindex]")
        for key, inside in KEYS.items():
            page.keyboard.press(key)
            expect(page.locator(inside).first).to_be_visible()
            shot(page, f"key-{'palette' if key == '/' else 'keys'}-{theme}")
            if found := violations(page):
                wrong[key] = found
            page.keyboard.press("Escape")
            expect(page.locator(inside).first).to_be_hidden()  # or the next key is typed into it
            expect(page.locator("dialog[open]")).to_have_count(0)
    assert wrong == {}


def test_the_description_of_rest_has_one_main_part_with_its_operations_drawn(open_as):
    """What else axe finds of it, contrast and nested buttons, is of the library that draws it."""
    with open_as("administrator") as page:
        page.goto("/api/", wait_until="commit")
        expect(page.locator(".opblock").first).to_be_visible(timeout=60_000)
        assert [found for found in violations(page) if found.startswith("landmark")] == []
