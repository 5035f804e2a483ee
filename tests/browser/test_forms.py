"""Forms, dialogs and lists of administration and account where something goes wrong, and for those at the keyboard."""

import json
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import sign_in
from tests.browser.pages import LIVE, assert_not_reloaded, mark, open_page, wait_in
from tests.browser.test_account import ROWS, add_person, choose_password, enter

pytestmark = [pytest.mark.browser, pytest.mark.stack]
KEEP_LINES = """
window.lines = [];
window.WebSocket = class extends WebSocket { constructor(...words) { super(...words); window.lines.push(this); } };
"""
OF_CODES = {
    "username": "operator", "email": "", "roles": [], "has_password": True, "must_change_password": True,
    "totp_since": "2026-01-01T00:00:00Z", "requires_totp": False, "recovery_codes_left": 3, "idle_limit_min": 0,
    "sign_ins_kept_d": 90,
}  # fmt: skip


def answer(page: Page, path: str, body: Any, status: int = 200) -> None:
    """Answer a path in the server's place."""
    text = json.dumps(body)
    page.route(path, lambda route: route.fulfill(status=status, content_type="application/json", body=text))


def refuse_change(route: Route) -> None:
    if route.request.method == "GET":
        route.continue_()
    else:
        route.fulfill(status=409, content_type="application/json", body='{"detail": "not now", "status": 409}')


def test_an_emptied_limit_is_not_sent_as_nought_and_the_focus_outlives_what_is_drawn_anew(administrator: Page):
    page, sent, drawn = administrator, [], []
    page.on("request", lambda request: request.method == "PATCH" and sent.append(request.post_data))
    page.on("response", lambda response: "/api/v1/quotas?" in response.url and drawn.append(response.url))
    open_page(page, "/administration/quotas", "#list tbody tr")
    change = page.get_by_role("button", name="Requests per second of Network operator")
    change.focus()
    already = len(drawn)
    for _ in range(2):  # the first one is drawn by the time of the second
        with page.expect_response("**/api/v1/quotas?*", timeout=15_000):
            pass
    expect(change).to_be_focused()
    assert len(drawn) > already
    page.keyboard.press("Enter")
    page.locator("dialog[open] [name=limit]").fill("")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(1)
    assert sent == []
    page.locator("dialog[open] [name=limit]").fill("4000")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(change).to_be_focused()
    assert sent == ['{"requests_per_s":4000}']
    change.click()
    page.get_by_role("button", name="As in the settings").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_quotas_that_cannot_be_read_again_stay_and_say_how_old_they_are(administrator: Page):
    page = administrator
    open_page(page, "/administration/quotas", "#list tbody tr")
    page.route("**/api/v1/quotas?*", lambda route: route.abort())
    expect(page.locator("#list .widget-stale")).to_be_visible()
    expect(page.locator("#list tbody tr").first).to_be_visible()


def test_what_goes_wrong_in_a_dialog_is_said_within_it(page: Page):
    page.route("**/api/v1/me/totp", refuse_change)
    open_page(page, "/account", "#sessions tbody tr")
    page.get_by_role("button", name="Set up codes").click()
    page.fill("#ask-password", "whatever it is")
    page.keyboard.press("Enter")
    locator = page.locator("dialog[open] #toasts .toast.error")
    expect(locator).to_contain_text("not now")
    locator.get_by_role("button").click()  # behind the dialog it could not be pressed
    expect(locator).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("body > #toasts")).to_have_count(1)
    expect(page.get_by_role("button", name="Set up codes")).to_be_focused()


def test_new_recovery_codes_are_shown_until_they_are_closed_also_where_something_is_due(page: Page):
    answer(page, "**/api/v1/me", OF_CODES)
    answer(page, "**/api/v1/me/totp/recovery", {"recovery_codes": ["aaaaa-bbbbb-ccccc"]})
    open_page(page, "/account", "#codes .button")
    mark(page)
    page.evaluate("() => document.body.append(Object.assign(document.createElement('p'), { id: 'due' }))")
    page.get_by_role("button", name="New recovery codes").click()
    page.fill("#ask-password", "whatever it is")
    page.fill("#ask-code", "123456")
    page.keyboard.press("Enter")
    expect(page.locator("#shown-once")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(1)
    assert_not_reloaded(page)
    page.keyboard.press("Escape")
    wait_in(page, "() => !window.isSameDocument", "the page is loaded anew")


def test_without_an_answer_every_part_of_the_account_says_so_and_tries_again(page: Page):
    page.route("**/api/v1/me", lambda route: route.abort())
    open_page(page, "/account", "#sessions tbody tr")
    for part in ("#roles", "#codes"):
        expect(page.locator(part)).to_contain_text("Loft does not answer")
    page.unroute("**/api/v1/me")
    page.locator("#codes").get_by_role("button", name="Try again").click()
    expect(page.locator("#roles tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Set up codes")).to_be_visible()


def test_a_right_that_is_missing_is_named_once(administrator: Page):
    answer(administrator, "**/api/v1/keys?*", {"detail": "You lack the right console.view_apikey.", "status": 403}, 403)
    open_page(administrator, "/administration/keys", "#list .forbidden")
    expect(administrator.locator("#list .forbidden span")).to_have_text("You lack the right to see API keys.")


@pytest.mark.parametrize("query", ["offset=5000", "length=1"])
def test_whatever_the_address_says_the_rows_that_there_are_are_shown(administrator: Page, query):
    open_page(administrator, f"/administration/people?{query}", ROWS)


def test_without_a_clipboard_the_secret_is_left_selected_and_that_is_said(administrator: Page):
    page = administrator
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    open_page(page, "/administration/people", ROWS)
    page.fill("#new-name", "rui")
    page.click("#new button.primary")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toasts .toast.error")).to_contain_text("copy it with the keyboard")
    expect(page.locator("#shown-once")).to_be_focused()


def test_who_was_signed_out_while_the_line_was_away_is_sent_to_sign_in(stranger: Page, stack):
    page = stranger
    page.add_init_script(KEEP_LINES)
    sign_in(page, stack, "viewer")
    open_page(page, "/alarms", LIVE)
    page.context.clear_cookies()
    page.evaluate("() => window.lines.at(-1).close()")
    expect(page.locator("#id_username")).to_be_visible()


def test_before_what_is_due_no_line_is_asked_for_and_the_frame_offers_nothing(administrator: Page, stranger: Page):
    enter(stranger, "shu", add_person(administrator, "shu"))
    expect(stranger.locator("#due")).to_be_visible()
    expect(stranger.locator("#sessions")).to_contain_text("this one")
    expect(stranger.locator("#line-state")).to_have_count(0)
    expect(stranger.locator(".rail-place, #alarm-strip")).to_have_count(0)
    assert stranger.watch.lines == []


def test_another_tab_is_told_for_whom_one_acts_now_and_arrow_keys_choose_without_acting(
    administrator: Page, stranger: Page, stack
):
    password = add_person(administrator, "kai")
    with closing(stack.signed_in("administrator")) as client:
        heron = {"slug": "heron", "name_en": "Heron", "name_zh": "鹭", "kinds": ["drone_operator"]}
        assert client.post("/api/v1/organisations", json=heron).status_code == 201
        assert client.put("/api/v1/organisations/heron/members/kai", json={"role": "planner"}).status_code == 200
    enter(stranger, "kai", password)
    expect(stranger.locator("#sessions")).to_contain_text("this one")
    choose_password(stranger, password)
    expect(stranger.locator("#toasts")).to_contain_text("Your password is changed")
    other = stranger.context.new_page()
    open_page(other, "/alarms", LIVE)
    mark(other)
    stranger.click("#person summary")
    stranger.locator("#acting").focus()
    stranger.keyboard.press("ArrowDown")
    expect(stranger.locator("#acting")).to_have_value("heron")
    stranger.keyboard.press("Escape")
    expect(stranger.locator("#person summary")).to_be_focused()
    stranger.click("#person summary")
    stranger.get_by_role("button", name="Switch", exact=True).click()
    expect(stranger.locator("#acting-for")).to_have_text("Heron")
    expect(other.locator("#toasts")).to_contain_text("Heron")
    assert_not_reloaded(other)
