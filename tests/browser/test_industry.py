"""The industry's pages as an operator works with them."""

from typing import Any

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


STATE = """
([url, steps]) => import(url).then(({ FactoryState }) => {
  const known = new FactoryState();
  for (const [name, ...given] of steps) known[name](...given);
  return { machines: [...known.machines.keys()], series: [...known.series.keys()], jobs: [...known.jobs.keys()] };
})
"""


URLS = "() => performance.getEntriesByType('resource').map((one) => one.name)"


def known_after(page: Page, *steps: list[Any]) -> Any:
    url = next(address for address in page.evaluate(URLS) if "industry/state" in address)
    return page.evaluate(STATE, [url, list(steps)])


def machine(name: str) -> dict[str, Any]:
    risk = {"at": "2026-06-01T12:00:00Z", "value": 0.5, "level": "normal", "threshold": 0.5}
    return {"id": 1, "name": name, "reading": None, "risk": risk}


def test_a_machine_that_was_deleted_while_nobody_listened_goes_with_the_next_snapshot(page: Page):
    open_factory(page)
    a, b, c = (machine(name) for name in "abc")
    first = [["expect"], ["takeSnapshot", [a, b]], ["expect"]]
    assert known_after(page, *first, ["takeSnapshot", [b]]) == {"machines": ["b"], "series": ["b"], "jobs": []}
    assert known_after(page, *first, ["hear", [c]], ["takeSnapshot", [b]])["machines"] == ["b", "c"]  # heard meanwhile
    assert known_after(page, *first, ["forget", "a"], ["takeSnapshot", [a, b]])["machines"] == ["b"]
    again = [["forget", "a"], ["hear", [a]], ["takeSnapshot", [b]]]
    assert known_after(page, *first, *again)["machines"] == ["b", "a"]


def test_a_job_whose_end_nobody_heard_does_not_run_for_ever(page: Page):
    open_factory(page)
    old = {"id": "01", "created_at": "2026-06-01T12:00:00Z", "state": "running"}
    new = {"id": "02", "created_at": "2026-06-02T12:00:00Z", "state": "done"}
    assert known_after(page, ["takeJobs", [old]], ["takeNewestJobs", [new]])["jobs"] == ["02"]
    assert known_after(page, ["takeJobs", [old]], ["takeNewestJobs", []])["jobs"] == ["01"]


def test_the_list_of_factories_is_read_again_when_nothing_is_told(page: Page):
    page.route_web_socket("**/ws?*", lambda _: None)  # a line on which nobody speaks
    page.goto("/industry")
    expect(page.locator("#list tbody tr").first).to_be_visible()
    page.locator("#list tbody a").first.focus()
    held = page.locator("#list tbody a").first.get_attribute("href")
    with page.expect_request("**/api/v1/factories?*"):
        pass
    with page.expect_response("**/api/v1/factories?*"):  # at the opening of the line one was due, now by itself
        pass
    expect(page.locator(f"#list tbody a[href='{held}']")).to_be_focused()
