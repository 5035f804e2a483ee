"""The answer that an alarm carries, as an operator finds it in the hour of a fault: one key from alarm to affected."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
SITE, PROBLEM = "bs-016", "Availability below its objective"
ROWS = "#list tbody tr"
LONG_MS = 120_000


@pytest.fixture
def silent(stack):
    stack.manage("fault", "inject", SITE, "--kind", "down", "--for", "900")
    yield
    stack.manage("fault", "clear", SITE)


@pytest.fixture
def planner(open_as):
    with open_as("planner") as page:
        yield page


@pytest.mark.usefixtures("silent")
def test_one_key_leads_from_an_alarm_to_what_is_promised_to_what_to_do_and_to_who_is_affected(planner: Page):
    page = planner
    open_page(page, f"/alarms?search={SITE}&is_active=true&consequences=on", "#list")
    row = page.locator(ROWS).filter(has_text=PROBLEM).first
    figures = re.compile(r"no answer since [^;]+; 0\s%, promised \d+(\.\d+)?\s%")
    expect(row).to_contain_text(figures, timeout=LONG_MS)
    expect(row.locator("a").first).to_have_attribute("href", f"/network/sites/{SITE}")
    expect(row.get_by_role("link", name="map")).to_have_attribute("href", f"/map?site={SITE}")
    row.locator("td").nth(4).click()
    page.keyboard.press("w")
    answer = page.locator("#alarm-answer")
    expect(answer).to_contain_text(figures, timeout=LONG_MS)
    expect(answer).to_contain_text("Nothing is heard of it")
    expect(answer.get_by_role("heading", name="Who is affected")).to_be_visible()
    expect(answer.locator(f'ul.affected a[href="/network/sites/{SITE}"]')).to_be_visible()
    shot(page, "alarm-answer")
    try:
        write(page, "Call the desk.\nSend somebody.", "致电值班台。")
        expect(answer.locator("ol.runbook li")).to_have_text(["Call the desk.", "Send somebody."], timeout=LONG_MS)
        expect(answer).to_contain_text("written by")
    finally:
        write(page, "", "")
    expect(answer).to_contain_text("Standard text", timeout=LONG_MS)
    page.watch.assert_clean()
    assert serious_violations(page) == []


def write(page: Page, english: str, chinese: str) -> None:
    """Say what to do about the problem of the alarm that is shown."""
    page.locator("#runbook-edit").click()
    page.fill("#runbook-en", english)
    page.fill("#runbook-zh", chinese)
    page.locator("#alarm-form button.primary").click()
    expect(page.locator("#alarm-form")).to_have_count(0, timeout=LONG_MS)
