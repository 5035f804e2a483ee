"""Service levels, paths and the wallboard as an operator works with them; none of these pages has a WebGL map."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations, wait_in
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
ROWS = "#list tbody tr"
THEMES = ("dark", "light", "contrast")
PAGES = {
    "/sla": ROWS,
    "/sla/1": "#impact h3, #impact .widget-state",
    "/maintenance": "#list .widget-state, #list .table",
    "/network/compare?from=bs-001&from2=bs-030": "#parts .path-table",
    "/wallboard": "#n-clock",
}


@pytest.fixture
def counted(stack) -> dict:
    """The first agreement that the ledger has counted minutes of."""
    with closing(stack.signed_in("operator")) as caller:
        rows = wait_until(
            lambda: [row for row in caller.get("/api/v1/standings?limit=200&kind=site").json()["results"] if row["total"]],
            "a standing is judged", 300, 2,
        )  # fmt: skip
        return rows[0]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_every_theme_and_asks_nobody_outside(page: Page, path: str):
    open_page(page, path, PAGES[path])
    page.watch.assert_clean()
    for theme in THEMES:
        page.select_option("#theme", theme)
        assert serious_violations(page) == [], theme
    shot(page, f"page{re.sub('[^a-z0-9]+', '-', path)}")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_1024_pixels_in_chinese(page: Page, stack, path: str):
    page.set_viewport_size({"width": 1024, "height": 768})
    page.context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": stack.url}])
    open_page(page, path, PAGES[path])
    shot(page, f"narrow{re.sub('[^a-z0-9]+', '-', path)}")
    assert (
        page.evaluate(
            "() => { const main = document.getElementById('main'); return main.scrollWidth - main.clientWidth; }"
        )
        <= 0
    )


def test_a_filter_of_standings_is_in_the_address_and_leads_to_an_agreement(page: Page):
    open_page(page, "/sla?metric=availability", ROWS)
    expect(page.locator("#f-metric")).to_have_value("availability")
    page.fill("#f-search", "bs-007")
    page.keyboard.press("Enter")
    expect(page.locator(ROWS)).to_have_count(1)
    assert "search=bs-007" in page.url
    assert "format=csv" in (page.locator("#csv").get_attribute("href") or "")
    page.locator(f"{ROWS} a").first.click()
    expect(page.locator("h1")).to_contain_text("BS-007")


def test_an_agreement_shows_budget_burn_and_unknown_time(page: Page, counted):
    open_page(page, f"/sla/{counted['agreement']}?span=8h", "#chart canvas")
    expect(page.locator("#budget")).to_contain_text("Unknown time")
    expect(page.locator("#budget")).to_contain_text("Excluded time")
    expect(page.locator("#burn tbody tr")).to_have_count(3)
    expect(page.locator("#burn")).to_contain_text("14.4")
    expect(page.locator("#impact")).to_contain_text("Tenants")
    shot(page, "agreement")
    page.watch.assert_clean()


def test_maintenance_is_announced_and_withdrawn_and_a_wrong_request_names_its_field(open_as):
    with open_as("planner") as page:
        open_page(page, "/maintenance", "#new")
        expect(page.locator("#new-concerns")).to_contain_text("It concerns")  # everything, to begin with
        page.select_option("#n-kind", "site")
        page.fill("#n-key", "oa-001")
        page.locator("#n-key").blur()
        page.locator("#new-concerns summary").first.click()
        expect(page.locator("#new-concerns table")).to_contain_text("reached only through it")
        start = datetime.now(UTC) + timedelta(days=2)
        page.fill("#n-starts_at", f"{start:%Y-%m-%dT%H:%M}")
        page.fill("#n-ends_at", f"{start - timedelta(hours=1):%Y-%m-%dT%H:%M}")
        page.fill("#n-reason", "new power supply")
        page.click("#new button.primary")
        expect(page.locator("#new .field-error").first).to_be_visible()
        page.fill("#n-ends_at", f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}")
        page.click("#new button.primary")
        made = page.locator(ROWS).filter(has_text="new power supply")
        expect(made.locator(".chip.waiting")).to_be_visible()
        made.get_by_role("button", name="Agreements").click()
        expect(page.locator("dialog")).to_contain_text("It concerns")
        page.locator("dialog").get_by_role("button", name="Close").click()
        made.get_by_role("button", name="Withdraw").click()
        page.click("dialog .button.danger")
        expect(made.locator(".chip")).to_have_text("withdrawn")


def test_two_paths_are_compared_by_a_link(page: Page):
    open_page(page, "/network/compare?from=bs-001&to=dc-central&from2=bs-030&to2=dc-central", "#parts .path-table")
    expect(page.locator("#parts")).to_contain_text("B − A")
    expect(page.locator("#ends tbody tr")).to_have_count(4)
    page.fill("#p-from2", "no-such-site")
    page.keyboard.press("Enter")
    expect(page.locator("#parts .widget-state.error")).to_contain_text("no-such-site")


def test_the_strip_by_time_is_walked_by_keys_and_says_what_it_shows(page: Page):
    open_page(page, "/network", "#heat .heat-box")
    page.focus("#heat .heat-box")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#heat-said")).to_contain_text(re.compile("met|at risk|breached|unknown"))
    assert "site=" in page.url
    expect(page.locator(f"{ROWS}[data-selected=true]")).to_have_count(1)
    wait_in(page, "() => loft.network.map()?.selected !== ''", "the map selects it too")
    shot(page, "network")
    assert serious_violations(page) == []


def test_the_wallboard_rotates_its_views_until_it_is_paused(page: Page):
    open_page(page, "/wallboard?views=network,alarms,levels,airspace,industry&every_s=5", "#n-clock")
    title, age = page.locator("#board-title"), page.locator("#big-3 small")
    expect(page.locator("#big-3 b")).not_to_have_text("–")
    expect(age).to_contain_text("ago")
    first = title.inner_text()
    expect(title).not_to_have_text(first)
    page.keyboard.press(" ")
    page.watch.assert_clean()
    expect(page.locator("#board-pause")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#n-zone")).to_contain_text("GMT")
    for view in range(4):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#big-0 b")).not_to_have_text("–")
        expect(page.locator("#rows li")).not_to_have_count(0)
        shot(page, f"wallboard-{view}")
        if view in (0, 3):
            assert serious_violations(page) == [], title.inner_text()


def test_a_wallboard_that_hears_nothing_says_so_plainly(page: Page):
    open_page(page, "/wallboard?views=network@lanwan", "#n-clock")
    expect(page.locator("#big-3 b")).not_to_have_text("–")
    page.clock.install()
    page.route("**/api/v1/**", lambda route: route.abort())
    page.clock.fast_forward(60_000)
    expect(page.locator("#board-stale")).to_be_visible()
    expect(page.locator("#board")).to_have_attribute("data-stale", "true")
    assert serious_violations(page) == []


def test_an_agreement_is_made_changed_and_ended_and_wrong_values_stand_beside_their_fields(open_as):
    with open_as("planner") as page:
        open_page(page, "/sla?search=bs-012", ROWS)
        page.click("#make")
        page.fill("#g-key", "BS-01")
        expect(page.locator("#g-key ~ datalist option[value=bs-012]")).to_have_count(1)
        page.fill("#g-key", "bs-012")
        expect(page.locator("#g-key-hint")).to_have_text("BS-012")
        page.select_option("#g-metric", "jitter")
        page.fill("#g-objective", "0")
        page.fill("#g-target_share", "120")
        page.keyboard.press("Enter")
        expect(page.locator("#g-target_share-error")).to_contain_text("120.00 %: expected")
        expect(page.locator("#g-target_share")).to_have_attribute("aria-invalid", "true")
        page.fill("#g-target_share", "")
        page.click("#g-save")
        expect(page.locator("#g-objective-error")).to_contain_text("“0”: milliseconds above 0")
        page.fill("#g-objective", "2.5")
        assert serious_violations(page) == []
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("BS-012: jitter")
        expect(page.locator("#promise dl")).to_be_visible()
        page.click("#change")
        page.fill("#g-name", "Calm at BS-012")
        expect(page.locator("#g-save")).to_have_text("Save")
        page.fill("#g-objective", "3")
        expect(page.locator("#g-consequence")).to_contain_text(
            re.compile("Nothing was counted yet|This agreement ends")
        )
        page.click("#g-save")
        expect(page.locator("h1")).to_have_text("Calm at BS-012")
        expect(page.locator("#promise")).to_contain_text("3.0 ms")
        page.click("#end")
        expect(page.locator("dialog")).to_contain_text("cannot be undone")
        page.click("dialog .button.danger")
        page.wait_for_url("**/sla")


def test_whoever_may_not_change_agreements_is_told_which_right_lacks(page: Page):
    open_page(page, "/sla/1", "#promise dl")
    for button, words in (("#change", "change agreements"), ("#end", "delete agreements")):
        expect(page.locator(button)).to_be_disabled()
        expect(page.locator(button)).to_have_attribute("title", f"You lack the right to {words}.")
