"""The network's pages as an operator works with them."""

import re
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import assert_not_reloaded, mark, open_page, serious_violations
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
SITE, NAME = "bs-011", "BS-011"
ROWS = "#list tbody tr"


@pytest.fixture
def fault(stack):
    stack.manage("fault", "inject", SITE, "--kind", "down", "--for", "120")
    yield
    stack.manage("fault", "clear", SITE)


def test_the_list_of_sites_is_live(page: Page):
    open_page(page, f"/network?search={SITE}", ROWS)
    mark(page)
    before = page.locator(ROWS).first.locator("td").nth(3).inner_text()
    expect(page.locator(ROWS).first.locator("td").nth(3)).not_to_have_text(before)
    assert_not_reloaded(page)


def test_a_filter_of_sites_is_in_the_address_and_a_link_restores_it(page: Page):
    open_page(page, "/network", ROWS)
    everything = page.locator(ROWS).count()
    page.select_option("#f-kind", "data_centre")
    expect(page.locator(ROWS)).not_to_have_count(everything)
    number = page.locator(ROWS).count()
    assert "kind=data_centre" in page.url
    open_page(page, page.url, ROWS)
    expect(page.locator("#f-kind")).to_have_value("data_centre")
    expect(page.locator(ROWS)).to_have_count(number)


def test_the_list_of_sites_leads_to_the_page_of_one(page: Page):
    open_page(page, f"/network?search={SITE}", ROWS)
    page.locator(f"{ROWS} a").first.click()
    expect(page.locator("#chart canvas")).to_be_visible()
    assert page.url.endswith(f"/network/sites/{SITE}")


def test_the_delays_of_a_probe_session_are_live_and_every_round_is_whole(page: Page):
    open_page(page, f"/network/sites/{SITE}", "#session .session-times")
    mark(page)
    values = page.locator("#session .session-times dd")
    expect(values.nth(3)).to_contain_text("ms")  # the jitter
    expect(values.nth(0)).to_have_text(re.compile(r"ms ± 0\.\d+|unknown: "))
    before = values.nth(3).inner_text()
    expect(values.nth(3)).not_to_have_text(before)
    expect(page.locator("#session .session-times")).not_to_have_class(re.compile("is-stale"))
    rounds = page.locator("#session dl").nth(1).locator("dd")
    lost, packets = rounds.nth(1).inner_text().split(" (")[0].split(" / ")
    assert int(packets.replace(",", "")) >= int(rounds.nth(0).inner_text()) > int(lost)  # live ones count too
    page.locator("#session").scroll_into_view_if_needed()
    shot(page, "site-session")
    page.watch.assert_clean()
    assert_not_reloaded(page)


def test_a_fault_shows_in_strip_and_list_without_a_reload_and_is_acknowledged_by_keyboard(page: Page, request):
    open_page(page, f"/alarms?search={SITE}&is_active=true", "#list .widget-state.empty")
    mark(page)
    request.getfixturevalue("fault")
    expect(page.locator(ROWS).first).to_contain_text(NAME)
    expect(page.locator(".strip-count[data-some=true]").first).to_be_visible()  # the gravest of all is named beside it
    acknowledge_by_keyboard(page, "seen at the desk")
    expect(page.locator(ROWS).filter(has_text="seen at the desk").first).to_be_visible()
    shot(page, "alarms-acknowledged")
    page.keyboard.press("t")
    page.locator("dialog .button.danger").click()
    expect(page.locator(f"{ROWS}[data-cursor=true]")).to_contain_text("active, unacknowledged")
    shelve_by_keyboard(page, "works on the mast")
    page.watch.assert_clean()
    page.select_option("#f-state", "shelved")
    expect(page.locator(ROWS).first).to_contain_text("works on the mast")
    assert_not_reloaded(page)
    assert serious_violations(page) == []


def shelve_by_keyboard(page: Page, reason: str) -> None:
    """Shelve every alarm in the list: the boxes keep their focus while the list is drawn anew."""
    unchosen = page.locator(f"{ROWS} input:not(:checked)")
    while unchosen.count():
        unchosen.first.click()
    expect(page.locator(f"{ROWS} input:focus")).to_have_count(1)
    page.keyboard.press("s")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)


def acknowledge_by_keyboard(page: Page, comment: str) -> None:
    cursor = page.locator(f"{ROWS}[data-cursor=true]")
    page.keyboard.press("j")
    expect(cursor).to_have_count(1)
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(cursor.locator("input")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.type(comment)
    page.keyboard.press("Enter")


def test_a_list_that_cannot_be_read_again_says_how_old_it_is_also_to_who_moves_in_it(page: Page, stack):
    open_page(page, "/alarms?search=bs-022&is_active=true", "#list .widget-state, #list table")
    stack.manage("fault", "inject", "bs-022", "--kind", "down", "--for", "60")
    expect(page.locator(ROWS).first).to_contain_text("BS-022")
    stack.manage("fault", "clear", "bs-022")
    page.route("**/api/v1/alarms?*", lambda route: route.abort())
    page.locator("#filters").evaluate("form => form.requestSubmit()")
    expect(page.locator("#list .widget-stale")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#list [data-cursor=true]")).to_be_visible()
    assert page.locator("#list .widget-stale").is_visible(), "rows that were drawn anew look fresh"


def test_of_several_alarms_those_that_could_not_be_done_are_named_with_the_reason(page: Page, stack):
    sites = ("bs-031", "bs-007")
    for site in sites:
        stack.manage("fault", "inject", site, "--kind", "down", "--for", "120")
    open_page(page, "/alarms?search=availability&is_active=true&consequences=on", "#list .widget-state, #list table")
    for site in sites:
        page.locator(ROWS, has_text=site.upper()).first.locator("input").check()
    page.keyboard.press("a")
    expect(page.locator("#comment")).to_be_focused()
    with closing(stack.signed_in("operator")) as mate:
        [first] = mate.get("/api/v1/alarms?is_active=true&search=BS-031").json()["results"]
        assert mate.post(f"/api/v1/alarms/{first['id']}/acknowledge", json={}).status_code == 200
    page.keyboard.press("Enter")
    locator = page.locator("#not-done")
    expect(locator).to_contain_text("Done to 1 alarm.")
    expect(locator.locator("li")).to_contain_text(re.compile(r"BS-031: .*was acknowledged before, by "))
    shot(page, "alarms-not-done")
    assert serious_violations(page) == []
    for site in sites:
        stack.manage("fault", "clear", site)


def test_a_link_to_an_alarm_puts_the_cursor_on_it(page: Page, stack, request):
    with closing(stack.signed_in("operator")) as caller:
        function = lambda: caller.get("/api/v1/alarms?limit=1").json()["results"]  # noqa: E731
        if not function():
            request.getfixturevalue("fault")
        alarm = wait_until(function, "an alarm is on record")[0]
    open_page(page, f"/alarms?alarm={alarm['id']}&is_active=&search={alarm['subject']}", ROWS)
    expect(page.locator(f"{ROWS}[data-cursor=true]")).to_contain_text(alarm["subject"])


def test_a_whole_subject_is_held_with_its_end_and_reason_and_let_back(open_as):
    with open_as("planner") as page:
        open_page(page, "/alarms", "#hold:enabled")
        page.locator("#holds summary").click()
        page.click("#hold")
        page.locator("#hold-subject").press_sequentially("Nobody's mast")
        expect(page.locator("dialog form [role=status]")).to_contain_text("exactly this subject")
        page.select_option("#hold-kind", "shelved")
        page.fill("#hold-reason", "moved to another roof")
        page.keyboard.press("Enter")
        held = page.locator("#hold-list tbody tr").filter(has_text="Nobody's mast")
        expect(held).to_contain_text("every problem")
        expect(held).to_contain_text("moved to another roof")
        expect(held.locator("time")).to_have_count(2)  # it began, and a shelved one ends
        expect(page.locator("#hold-count")).to_have_text(re.compile("[1-9]"))
        shot(page, "alarm-holds")
        held.get_by_role("button").click()
        page.locator("dialog .button.danger").click()
        expect(held).to_have_count(0)
        page.watch.assert_clean()
        assert serious_violations(page) == []
    with open_as("operator") as page:
        page.goto("/alarms")
        expect(page.locator("#hold")).to_have_attribute("title", re.compile("the right to add holds of alarms"))
        expect(page.locator("#hold")).to_be_disabled()


def test_one_problem_of_a_site_is_held_and_not_every_problem(open_as):
    with open_as("planner") as page:
        open_page(page, "/alarms", "#hold:enabled")
        page.locator("#holds summary").click()
        page.click("#hold")
        page.fill("#hold-subject", "BS-014")
        expect(page.locator("#hold-subjects option[value='BS-014']")).to_have_count(1)  # what it stands for is known
        page.fill("#hold-problem", "Too warm in the cabinet")
        page.fill("#hold-reason", "a fan is on its way")
        page.keyboard.press("Enter")
        held = page.locator("#hold-list tbody tr").filter(has_text="BS-014").filter(has_text="a fan is on its way")
        expect(held).to_contain_text("Too warm in the cabinet")
        expect(held).not_to_contain_text("every problem")
        held.get_by_role("button").click()
        page.locator("dialog .button.danger").click()
        expect(held).to_have_count(0)
        page.watch.assert_clean()


def test_settings_are_pushed_once_their_consequence_was_read_and_the_site_acknowledges_them(open_as):
    with open_as("planner") as page:
        open_page(page, "/network/sites/bs-014", "#counters .histogram-bars")
        expect(page.locator("#counters")).to_contain_text("Mb/s")
        expect(page.locator("#counters .histogram-bars")).to_have_count(2)
        page.click("#push")
        page.fill("#p-tilt_deg", "99")
        page.locator(".push-form input[name=sectors]").last.uncheck()
        page.click(".push-form .button")
        page.locator("dialog .button.danger").click()
        expect(page.locator("#p-tilt_deg-error")).to_contain_text("“99”: ")
        page.fill("#p-tilt_deg", "6.5")
        page.fill("#p-reason", "less overlap")
        expect(page.locator(".push-form .consequence")).to_contain_text("bs-014-1, bs-014-2")
        assert serious_violations(page) == []
        page.keyboard.press("Enter")
        expect(page.locator("dialog").last).to_contain_text("only another push takes it back")
        page.locator("dialog .button.danger").click()
        newest = page.locator("#pushes tbody tr").first
        expect(newest).to_contain_text("tilt 6.5° (bs-014-1, bs-014-2)")
        expect(newest.locator(".chip.normal")).to_have_text("acknowledged", timeout=60_000)
        expect(newest.locator("td").nth(1)).to_have_text(re.compile(r"^\d+$"))
