"""The search palette: whatever has a name is found, and what keys do is done from it as well."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_map, open_page, serious_violations
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.stack]
ITEM = ".palette-item"
ROW = ".table tbody tr"
PATIENCE_MS = PATIENCE_S * 1000


def look_for(page: Page, words: str) -> None:
    page.keyboard.press("/")
    expect(page.locator("dialog[open] input")).to_be_focused()
    page.keyboard.type(words)


def a_factory(page: Page) -> dict:
    return page.evaluate("async () => (await (await fetch('/api/v1/factories?limit=1')).json()).results[0]")


def test_a_factory_is_found_by_its_name_and_opened(page: Page):
    open_page(page, "/network", ROW)
    factory = a_factory(page)
    look_for(page, factory["name_en"])
    expect(page.locator(".palette-group", has_text="Factories")).to_be_visible()
    expect(page.locator(ITEM, has_text=factory["slug"]).first).to_be_visible(timeout=PATIENCE_MS)
    page.locator(ITEM, has_text=factory["slug"]).first.click()
    page.wait_for_url(f"**/industry/factories/{factory['slug']}", wait_until="commit")


def test_a_district_is_a_place_on_the_map(page: Page):
    open_page(page, "/network", ROW)
    look_for(page, "Central")
    expect(page.locator(".palette-group", has_text="Districts")).to_be_visible()
    page.locator(ITEM, has_text="central").filter(has_not_text="Park").last.click()
    page.wait_for_url("**/map?at=29.0*", wait_until="commit")


def test_what_a_key_does_is_found_and_done(page: Page):
    open_map(page)
    expect(page.locator("#table-toggle")).to_have_attribute("aria-expanded", "true")
    look_for(page, "Table")
    item = page.locator(ITEM, has=page.locator(".muted", has_text="t")).filter(has_text="Table").first
    expect(item).to_be_visible(timeout=PATIENCE_MS)  # the machine may be busy with the map
    item.click()
    expect(page.locator("#table-toggle")).to_have_attribute("aria-expanded", "false")


def test_an_organisation_is_found_by_who_may_see_it_only(open_as):
    for role, count in (("administrator", 1), ("operator", 0)):
        with open_as(role) as page:
            open_page(page, "/network", ROW)
            look_for(page, "a")
            expect(page.locator(ITEM).first).to_be_visible()
            expect(page.locator(".palette-group", has_text="Sites")).to_be_visible()
            expect(page.locator(".palette-group", has_text="Organisations")).to_have_count(count)
            page.watch.assert_clean()


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_the_palette_is_accessible_with_what_it_found(page: Page, stack, theme: str):
    page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": stack.url}])
    open_page(page, "/network", ROW)
    page.select_option("#theme", theme)
    look_for(page, "bs-0")
    expect(page.locator(ITEM).first).to_be_visible()
    expect(page.locator(".palette-group", has_text="站点")).to_be_visible()
    page.watch.assert_clean()
    assert serious_violations(page) == []
