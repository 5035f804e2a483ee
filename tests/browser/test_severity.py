"""What matters first, as an operator finds it: a cut ring says what falls next, a fibre its state; severities keep the focus."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
RING = "oa-004~oa-013"
LONG_MS = 240_000
"""Counters are read every half a minute, and alarms looked for as often."""


@pytest.fixture
def cut(stack):
    stack.manage("fault", "inject", RING, "--kind", "cut", "--for", "1800")
    yield
    stack.manage("fault", "clear", RING)


@pytest.mark.usefixtures("cut")
def test_a_cut_ring_is_an_alarm_of_the_fibre_that_says_what_falls_next_and_the_fibre_is_down(page: Page, stack):
    open_page(page, "/alarms?search=Redundancy&is_active=true", "#list")
    row = page.locator("#list tbody tr").filter(has_text="OA-004 – OA-013")
    expect(row).to_contain_text("Redundancy lost", timeout=LONG_MS)
    expect(row).to_contain_text(re.compile(r"would fall next: .+ \(\d+ sites?"))
    shot(page, "redundancy-lost")
    open_page(page, "/inventory/links?state=down", "#list")
    fibre = page.locator("#list tbody tr").filter(has_text="oa-004")
    expect(fibre).to_contain_text(re.compile("down.*measured .* ago", re.DOTALL))
    page.locator("#list thead button", has_text="State").click()
    expect(page).to_have_url(re.compile("ordering=state"))
    shot(page, "links-down")
    page.locator("#list thead button", has_text="State").focus()
    stack.manage("fault", "clear", RING)
    expect(fibre).to_have_count(0, timeout=LONG_MS)  # the list is read anew by itself, whatever has the focus
    page.watch.assert_clean()
    assert serious_violations(page) == []  # last: axe brings styles of its own, which the page refuses
    open_page(page, "/alarms?search=Redundancy&is_active=true", "#list")
    expect(page.locator("#list tbody tr").filter(has_text="OA-004 – OA-013")).to_have_count(0, timeout=LONG_MS)


def test_the_choice_of_a_severity_keeps_the_focus_when_the_table_is_drawn_anew(open_as):
    with open_as("planner") as page:
        open_page(page, "/alarms/severities", "#severities table")
        choice = page.locator('select[data-focus="circle_left"]')
        choice.focus()
        try:
            choice.select_option("minor")
            line = page.locator("#severities tbody tr").filter(has=choice)
            expect(line.locator("time")).to_be_visible()  # drawn anew, with when it was changed
            expect(choice).to_be_focused()
        finally:
            choice.select_option("")
        expect(line.locator("time")).to_have_count(0)
        expect(choice).to_be_focused()
        page.watch.assert_clean()
