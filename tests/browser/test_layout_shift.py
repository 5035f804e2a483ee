"""What is read into a page moves nothing that is there: layout shift (CLS) below 0.1, with an empty cache.

Source of the bound: web.dev, Cumulative Layout Shift, "good".
"""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import wait_in

pytestmark = [pytest.mark.browser, pytest.mark.stack]
MOST = 0.1
NARROW, WIDE = {"width": 1024, "height": 768}, {"width": 1280, "height": 800}
OBSERVE = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput)
      window.shifts.push([entry.value, entry.sources.map(({ node }) => node?.id || node?.className || node?.nodeName)]);
}).observe({ type: 'layout-shift', buffered: true });
"""
PAGES = {
    "operator": [
        "/map", "/network", "/network/sites/bs-007", "/network/compare?from=bs-007", "/sla", "/sla/1", "/reports",
        "/alarms", "/alarms/health", "/alarms/severities", "/airspace", "/industry",
        "/industry/factories/beigang-precision", "/models", "/programme", "/wallboard", "/account",
    ],
    "planner": [
        "/inventory/sites", "/inventory/changes", "/inventory/import", "/maintenance", "/alarms/notifications",
        "/plans", "/evidence",
    ],
    "administrator": [
        "/administration/audit", "/administration/keys", "/administration/people", "/administration/organisations",
        "/administration/quotas",
    ],
}  # fmt: skip
HEAVY = {"operator": ["/network/sites/bs-007", "/sla/1", "/account", "/alarms"], "planner": ["/plans", "/evidence"]}


def shift(page: Page, path: str) -> tuple[float, list]:
    """Open a page and wait until nothing in it is awaited any more; return how much moved, and what moved most."""
    page.goto(path)
    wait_in(page, "() => !document.querySelector('#main [aria-busy=true]')", f"{path} has read what it shows")
    expect(page.locator("#main")).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shifts = page.evaluate("() => window.shifts")
    return sum(value for value, _ in shifts), sorted(shifts, reverse=True)[:3]


@pytest.mark.parametrize(
    ("size", "pages"), [pytest.param(NARROW, PAGES, id="1024 pixels"), pytest.param(WIDE, HEAVY, id="1280 pixels")]
)
def test_nothing_moves_when_what_a_page_shows_is_read(open_as, size: dict, pages: dict[str, list[str]]):
    moved = {}
    for role, paths in pages.items():
        for path in paths:
            with open_as(role) as page:  # of its own, so that nothing is in its cache
                page.set_viewport_size(size)
                page.add_init_script(OBSERVE)
                total, worst = shift(page, path)
                if total >= MOST:
                    moved[path] = (round(total, 3), worst)
    assert moved == {}
