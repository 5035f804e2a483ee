"""The industry's pages as an operator works with them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import assert_not_reloaded, mark, open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
MACHINES = "#machines tbody tr"


def open_factory(page: Page) -> None:
    open_page(page, "/industry", "#list tbody tr")
    page.locator("#list tbody a").first.click()
    expect(page.locator(MACHINES).first).to_be_visible()


def test_readings_and_jobs_of_a_factory_change_without_a_reload(page: Page):
    open_factory(page)
    mark(page)
    torque = page.locator(MACHINES).first.locator("td").nth(4)
    expect(torque).not_to_have_text(torque.inner_text())
    expect(page.locator("#jobs tbody tr").first).to_be_visible()
    newest = page.locator("#jobs tbody .row-button").first
    known = newest.get_attribute("data-key") or ""
    expect(newest).not_to_have_attribute("data-key", known)
    assert_not_reloaded(page)
    assert len(page.watch.lines) == 2  # the list's, and the factory's own
    page.watch.assert_clean()


def test_a_factory_page_is_accessible_and_its_machines_are_walked_by_keyboard(page: Page):
    open_factory(page)
    page.keyboard.press("j")
    expect(page.locator("#inspector h2").first).to_be_visible()
    assert "machine=" in page.url
    shot(page, "factory-machine")
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(f"{MACHINES}[aria-selected=true]")).to_have_count(0)
    assert "machine=" not in page.url


def test_a_job_opens_with_its_latency_and_a_link_opens_it_again(page: Page):
    open_factory(page)
    page.locator("#jobs tbody .row-button").first.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    link = page.url
    assert "job=" in link
    page.goto(link)
    expect(page.locator("dialog[open]")).to_be_visible()


def test_the_models_can_be_searched(page: Page):
    open_page(page, "/models", "#models article")
    page.fill("#f-name", "no such model")
    expect(page.locator("#models .widget-state.empty")).to_be_visible()
    page.fill("#f-name", "machine-failure")
    expect(page.locator("#models article").first).to_be_visible()
    assert "name=machine-failure" in page.url
