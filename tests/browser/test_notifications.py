"""The pages of notifications and of the alarms' health, as planners and operators work with them."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def test_a_planner_adds_a_channel_sees_its_secret_once_and_learns_that_a_test_does_not_arrive(open_as):
    with open_as("planner") as page:
        open_page(page, "/alarms/notifications", "#channels .widget-state")
        page.click("#add-channel")
        page.fill("#c-name", "Night watch")
        page.select_option("#c-kind", "email")
        page.fill("#c-target", "nobody")
        page.click("dialog .button.primary")
        expect(page.locator("dialog .field-error")).to_contain_text("not an e-mail address")
        page.fill("#c-target", "watch@example.org")
        page.click("dialog .button.primary")
        expect(page.locator("#shown-once")).to_have_value(re.compile("^whsec_[A-Za-z0-9+/]{43}=$"))
        page.keyboard.press("Escape")
        row = page.locator("#channels tbody tr")
        expect(row).to_contain_text("watch@example.org")
        row.get_by_role("button", name="Send a test").click()
        expect(page.locator(".toast.error")).to_contain_text("no mail relay is set", timeout=60_000)
        expect(page.locator("#notices tbody tr").filter(has_text="no mail relay is set").first).to_be_visible()
        shot(page, "page-notifications")
        page.watch.errors = [text for text in page.watch.errors if "400 (Bad Request)" not in text]  # what was refused
        page.watch.assert_clean()
        assert serious_violations(page) == []


def test_an_operator_reads_and_is_told_which_right_is_missing(open_as):
    with open_as("operator") as page:
        open_page(page, "/alarms/notifications", "#escalations .widget-state, #escalations table")
        expect(page.locator("#add-channel")).to_be_disabled()
        expect(page.locator("#add-channel")).to_have_attribute("title", "You lack the right to add notice channels.")
        open_page(page, "/alarms", "#suppress")
        expect(page.locator("#suppress")).to_have_attribute("title", "You lack the right to add holds of alarms.")


def test_the_health_of_the_alarms_shows_each_figure_beside_its_target(page: Page):
    open_page(page, "/alarms/health", "#figures tbody tr")
    expect(page.locator("#figures tbody tr")).to_have_count(15)
    expect(page.locator("#figures tr[data-key=peak]")).to_contain_text("≤ 10")
    expect(page.locator("#health .u-over")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.select_option("#time select", "7d")
    page.wait_for_url("**span=7d**")
    expect(page.locator("#csv")).to_have_attribute("href", re.compile("period=7d"))
    expect(page.locator("#health .u-over")).to_be_visible()
    assert sum("health?period=7d" in url for url in asked) == 1
    page.locator("[data-time=earlier]").click()
    page.wait_for_url("**until=**")
    expect(page.locator("#csv")).to_have_attribute("href", re.compile("since=.*until="))
    expect(page.locator("#health .u-over")).to_be_visible()
    shot(page, "page-alarm-health")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_the_pages_fit_1024_pixels_in_chinese(open_as, stack):
    with open_as("planner") as page:
        page.set_viewport_size({"width": 1024, "height": 768})
        page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": stack.url}])
        for path, ready in (
            ("/alarms/health", "#figures"),
            ("/alarms/notifications", "#channels .table, #channels .widget-state"),
            ("/alarms", "#suppress"),
        ):
            open_page(page, path, ready)
            shot(page, f"narrow{path.replace('/', '-')}")
            assert page.evaluate("() => document.getElementById('main').scrollWidth") <= 1024 - 56
