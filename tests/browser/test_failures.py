"""What falls without a site, a link or a data centre, on the map."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_map, open_page, serious_violations, wait_in
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.browser, pytest.mark.stack]
SITE = "oa-001"  # base stations are reached only through it
PATIENCE_MS = PATIENCE_S * 1000  # the first impact of a process works out who depends on whom, and who serves whom
FALLS = "window.loft?.map?.layers?.failure.count"
LINK = "async () => (await (await fetch('/api/v1/links?site=oa-001&limit=1')).json()).results[0]"
IMPACT = "async (slug) => (await fetch(`/api/v1/impact?kind=site&key=${slug}`)).json()"


def wait_for_falls(page: Page, number: int) -> None:
    wait_in(page, f"() => {FALLS} === {number}", f"{number} marks of what falls are on the map")


def fallen(page: Page, slug: str) -> dict[str, Any]:
    return page.evaluate(IMPACT, slug)


def test_without_a_site_the_map_shows_what_falls_and_the_panel_says_whom_it_hits(page: Page):
    open_map(page, f"?site={SITE}")
    page.locator("#inspector-body button", has_text="Without this site").click()
    answer = fallen(page, SITE)
    expect(page.locator("#without dl")).to_contain_text("Cut off", timeout=PATIENCE_MS)
    cut_off = sum(site["how"] == "cut_off" for site in answer["sites"])
    assert cut_off > 0
    expect(page.locator("#without dl dd").first).to_have_text(str(cut_off))
    expect(page.locator("#without")).to_contain_text("Modelled over the inventory as of")
    expect(page.locator("#without")).to_contain_text("Slices")
    wait_for_falls(page, len(answer["sites"]))
    wait_in(page, f"() => location.search.includes('without=site%3A{SITE}')", "the address keeps what is left out")
    shot(page, "map-without-site")
    page.watch.assert_clean()
    assert serious_violations(page) == []


def test_a_link_is_left_out_by_address_and_closing_the_panel_takes_the_marks_away(page: Page):
    open_map(page)
    link = page.evaluate(LINK)
    open_map(page, f"?layers=links&without=link:{link['a']}~{link['b']}")
    expect(page.locator("#inspector-body h2")).to_contain_text("Without ")
    expect(page.locator("#without")).to_contain_text("Nothing is changed", timeout=PATIENCE_MS)
    wait_in(page, f"() => {FALLS} > 0", "the link is on the map")
    page.locator("#inspector-body button[aria-label=Close]").click()
    wait_for_falls(page, 0)
    wait_in(page, "() => !location.search.includes('without')", "the address forgets it")
    page.watch.assert_clean()


def test_the_page_of_a_data_centre_leads_to_the_map_without_it(page: Page):
    open_page(page, "/network?kind=data_centre", "#list tbody tr a")
    page.locator("#list tbody tr a").first.click()
    page.get_by_role("link", name="Without it, on the map").click()
    expect(page.locator("#without")).to_contain_text("Modelled over the inventory as of", timeout=PATIENCE_MS)
    wait_in(page, f"() => {FALLS} > 0", "the data centre is marked on the map")
    page.watch.assert_clean()
