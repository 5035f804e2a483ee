"""The page of plans as a planner works with it: preview, proof, adoption."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import assert_not_reloaded, mark, open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
FIGURES = "#preview .plan-figures"
ROWS = "#list tbody tr"


def adopt(page: Page, row: Locator) -> None:
    """Adopt a plan, for nodes of 96 cores; it is refused for nodes without one."""
    row.get_by_role("button", name="Adopt").click()
    expect(page.locator("dialog")).to_contain_text("real in the inventory on that day")
    page.fill("#adopt-cores", "0")
    page.locator("dialog .button.primary").click()
    expect(page.locator("dialog[open]")).to_be_visible()  # a node without a core is none
    page.fill("#adopt-cores", "96")
    page.fill("#adopt-memory_gb", "512")
    page.check("#adopt-is-old-fine")
    shot(page, "plans-adopt")
    page.locator("dialog .button.primary").click()


def test_a_planner_previews_has_a_plan_proven_and_adopts_it_without_a_reload(administrator: Page):
    page = administrator
    open_page(page, "/plans", FIGURES)
    mark(page)
    expect(page.locator("#plan-map canvas")).to_be_visible()
    expect(page.locator("#plan-map-note")).to_contain_text("Preview")
    first = page.locator(FIGURES).inner_text()
    page.select_option("#w-failure", "worst_single")
    page.check("[name=from_scratch]")
    expect(page.locator(FIGURES)).not_to_have_text(first)
    page.fill("#w-share", "0")
    expect(page.locator("#preview .widget-state.error")).to_be_visible()
    expect(page.locator("#plan-map")).to_contain_text("No plan to draw")
    expect(page.locator("#plan-map-note")).to_be_empty()
    page.fill("#w-share", "75")
    expect(page.locator(FIGURES)).to_be_visible()
    expect(page.locator("#plan-map canvas")).to_be_visible()
    expect(page.locator("#plan-map-note")).to_contain_text("as if no computing stood anywhere yet")
    page.fill("#w-name", "three quarters, always")
    page.click("#request button.primary")
    row = page.locator(ROWS).filter(has_text="three quarters, always").first
    expect(row.locator(".chip.done")).to_be_visible(timeout=90_000)
    assert serious_violations(page) == []
    shot(page, "plans")
    row.get_by_role("button", name="On the map").click()
    expect(page.locator("#plan-map-note")).to_contain_text("three quarters, always")
    expect(page.locator("#plan-map canvas")).to_be_visible()
    shot(page, "plans-map")
    adopt(page, row)
    expect(row).to_contain_text("adopted, real from")
    planned = page.evaluate(
        "async () => (await fetch('/api/v1/inventory/changes?kind=edge_node&is_planned=true')).json()"
    )
    assert {(row["values"]["cores"], row["values"]["memory_gb"]) for row in planned["results"]} == {(96, 512)}
    assert_not_reloaded(page)
