"""Every page without a fault that axe finds, of whatever gravity: in both languages, themes and widths, dialogs open."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import violations

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
    "/administration/organisations": ("members-", "change-", "state-"),
    "/administration/people": ("more-",),
    "/administration/keys": ("revoke-",),
    "/administration/quotas": ("city-airspace-sockets",),
    "/account": ("codes",),
}  # by what `data-focus` of what opens them begins with


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
                page.locator(f"[data-focus^={opener}]").first.click()
                expect(page.locator("dialog[open]")).to_be_visible()
                settle(page)
                shot(page, f"dialog-{opener}{mode[:4]}")
                if found := violations(page):
                    wrong[f"{path} {opener}"] = found
                page.keyboard.press("Escape")
                expect(page.locator("dialog[open]")).to_have_count(0)
    assert wrong == {}
