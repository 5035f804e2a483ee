"""At risk looks the same wherever it is: in the legend of the map, as a site on it, as a pill and on the wallboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_map, open_page

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PILL = """
() => {
  const pill = document.createElement('span');
  pill.className = 'chip at_risk';
  document.getElementById('main').append(pill);
  return [getComputedStyle(pill, '::before').content, getComputedStyle(pill).color];
}
"""


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_at_risk_is_a_diamond_of_one_colour_in_legend_map_and_pill(page: Page, theme: str):
    open_map(page)
    page.select_option("#theme", theme)
    legend = page.locator(".legend-body span", has_text="At risk").locator("path")
    expect(legend).to_have_attribute("d", "M0-8 8 0 0 8-8 0Z")  # a diamond
    colour = legend.evaluate("(mark) => getComputedStyle(mark).fill")
    shape, ink = page.evaluate(PILL)
    assert "◆" in shape
    assert ink == colour
    major = legend.evaluate("(mark) => getComputedStyle(mark).getPropertyValue('--major').trim()")
    assert major not in (colour, ink), "an agreement at risk is not an alarm that is major"


def test_the_strip_of_a_site_and_the_wallboard_have_the_same_diamond(page: Page):
    open_page(page, "/network", ".table tbody tr")
    mark = page.locator(".key.at_risk").first
    assert "◆" in mark.evaluate("(node) => getComputedStyle(node, '::before').content")
    open_page(page, "/wallboard?views=network", "#n-clock")
    expect(page.locator("#big-1")).to_have_attribute("data-state", "at_risk")
    assert "◆" in page.locator("#big-1 span").evaluate("(node) => getComputedStyle(node, '::before').content")
