"""One's own account and signing in with a code, as people do it; and organisations as an administrator keeps them."""

import re
import time

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
ROWS = "#list tbody tr"
NEW = "a password that she chose 8"
USUAL = {"length_unit": "m", "speed_unit": "m/s", "table_density": "comfortable"}


def add_person(page: Page, name: str) -> str:
    """Add a person as an administrator does; return their first password."""
    open_page(page, "/administration/people", ROWS)
    page.fill("#new-name", name)
    page.select_option("#new-role", "operator")
    page.click("#new button.primary")
    password = page.locator("#shown-once").input_value()
    page.keyboard.press("Escape")
    return password


def enter(page: Page, name: str, password: str) -> None:
    page.goto("/login")
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click(".notice button.primary")


def choose_password(page: Page, former: str) -> None:
    """Change the password at one's account, once its script has drawn the page: it is what sends the form."""
    expect(page.locator("#sessions table")).to_be_visible()
    for field, word in (("current", former), ("new", NEW), ("again", NEW)):
        page.fill(f"#p-{field}", word)
    page.keyboard.press("Enter")


def code_after(totp: pyotp.TOTP, used: str) -> str:
    """Return a code that was not used yet, as soon as the server takes it: the next step's at the latest."""
    return next(code for late_s in (0, 30) if (code := totp.at(time.time() + late_s)) != used)


def test_a_new_person_changes_the_password_sets_codes_up_and_signs_in_with_them(administrator: Page, stranger: Page):
    password = add_person(administrator, "mei")
    page = stranger
    enter(page, "mei", password)
    expect(page.locator("#due")).to_contain_text("set by somebody else")
    expect(page.locator("#sessions")).to_contain_text("this one")  # drawn by the script that sends the form
    choose_password(page, password)
    expect(page.locator("#due")).to_have_count(0)
    expect(page.locator("#sessions")).to_contain_text("this one")
    expect(page.locator("#sign-ins")).to_contain_text("signed in")
    page.get_by_role("button", name="Set up codes").click()
    page.fill("#ask-password", NEW)
    page.keyboard.press("Enter")
    expect(page.locator("img.qr")).to_be_visible()
    totp = pyotp.TOTP(re.sub(r"\s", "", page.locator("#totp-secret").inner_text()))
    shot(page, "account-codes")
    assert serious_violations(page) == []
    first = totp.now()
    page.fill("#first-code", first)
    page.keyboard.press("Enter")
    codes = page.locator("#shown-once").input_value().split("\n")
    assert len(set(codes)) == 10
    page.keyboard.press("Escape")
    expect(page.locator("#codes")).to_contain_text("Recovery codes left: 10")
    shot(page, "account")
    assert serious_violations(page) == []
    page.context.clear_cookies()
    enter(page, "mei", NEW)
    page.fill("#id_code", first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("used already")
    assert serious_violations(page) == []
    page.fill("#id_code", code_after(totp, first))
    page.keyboard.press("Enter")
    expect(page.locator("#person")).to_be_visible()
    open_page(page, "/account", "#sessions tbody tr")
    page.locator("#sessions").get_by_role("button", name="End all others").click()
    page.click("dialog[open] .button.danger")
    expect(page.locator("#sessions tbody tr")).to_have_count(1)


def test_a_page_in_use_closes_when_an_administrator_resets_the_password(administrator: Page, stranger: Page):
    password = add_person(administrator, "jun")
    page = stranger
    enter(page, "jun", password)
    choose_password(page, password)
    expect(page.locator("#due")).to_have_count(0)
    open_page(page, "/alarms", "#line-state[data-state=live]")
    row = administrator.locator(ROWS).filter(has=administrator.get_by_role("cell", name="jun", exact=True))
    row.get_by_role("button", name="More").click()
    expect(administrator.locator("#history")).to_contain_text("signed in")
    administrator.get_by_role("button", name="Reset the password").click()
    administrator.click("dialog[open] .button.danger")
    expect(administrator.locator("#shown-once")).to_be_visible()
    expect(page.locator("#id_username")).to_be_visible(timeout=10_000)
    administrator.watch.assert_clean()


def row_height_px(page: Page) -> float:
    open_page(page, "/airspace", ".table tbody tr")
    return page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('.table tbody tr')].map((row) => row.offsetHeight))"
    )


def choose_display(page: Page, **chosen: str) -> None:
    open_page(page, "/account", "#sessions tbody tr")
    for name, value in chosen.items():
        if page.locator(f"#d-{name}").input_value() == value:
            continue
        with page.expect_response("**/api/v1/me/display") as answer:
            page.select_option(f"#d-{name}", value)
        assert answer.value.json()[name] == value


def test_a_person_reads_heights_speeds_and_rows_as_they_chose_and_exports_stay_si(open_as):
    with open_as("viewer") as page:
        choose_display(page, **USUAL)
        comfortable_px = row_height_px(page)
        choose_display(page, length_unit="ft", speed_unit="kt", table_density="compact")
        expect(page.locator("html")).to_have_attribute("data-density", "compact")
        assert row_height_px(page) < comfortable_px
        row = page.locator(".table tbody tr").first
        expect(row).to_contain_text(re.compile(r"\d ft"))
        expect(row).to_contain_text(re.compile(r"\d kt"))
        csv = page.request.get(page.locator("#drones-csv").get_attribute("href")).text()
        assert "altitude_wgs84_m" in csv
        shot(page, "airspace-feet-compact")
        page.watch.assert_clean()
        choose_display(page, **USUAL)
        assert row_height_px(page) == comfortable_px
        expect(page.locator(".table tbody tr").first).to_contain_text(re.compile(r"\d m(?!i)"))


def nobody_takes_their_own_role_away(page: Page) -> None:
    home = page.locator(ROWS).filter(has=page.get_by_role("cell", name="operator", exact=True))
    home.get_by_role("button", name="Members").click()
    expect(page.locator("#members").get_by_label("Role of operator", exact=True)).to_be_visible()
    expect(page.locator("#members").get_by_label("Role of administrator", exact=True)).to_have_count(0)
    page.keyboard.press("Escape")


def test_an_organisation_is_added_gets_a_member_and_ends(administrator: Page):
    page = administrator
    add_person(page, "bo")
    open_page(page, "/administration/organisations", ROWS)
    page.fill("#new-slug", "swift")
    page.fill("#new-en", "Swift")
    page.fill("#new-zh", "迅捷")
    page.check("#new [value='drone_operator']")
    page.click("#new button.primary")
    row = page.locator(ROWS).filter(has=page.get_by_role("cell", name="swift", exact=True))
    row.get_by_role("button", name="Members").click()
    expect(page.locator("#members")).to_contain_text("Nobody belongs to it yet")
    page.fill("#m-name", "bo")
    page.select_option("#m-role", "planner")
    page.keyboard.press("Enter")
    role = page.locator("#members").get_by_label("Role of bo", exact=True)
    expect(role).to_have_value("planner")
    sent: list[str] = []
    page.on("request", lambda request: request.method == "PUT" and sent.append(request.url))
    role.press("ArrowUp")
    role.press("ArrowUp")
    expect(role).to_have_value("viewer")
    assert sent == []  # the operator, passed on the way, is no role that anybody chose
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.get_by_role("button", name="Save the role of bo").click()
    expect(page.get_by_role("button", name="Save the role of bo")).to_be_focused()
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Members").click()
    expect(role).to_have_value("viewer")
    shot(page, "organisations")
    page.keyboard.press("Escape")
    nobody_takes_their_own_role_away(page)
    row.get_by_role("button", name="End").click()
    expect(page.locator("dialog[open]")).to_contain_text("may do nothing any more")
    page.click("dialog[open] .button.danger")
    expect(row).to_contain_text("ended")
    page.watch.assert_clean()
    assert serious_violations(page) == []  # last: what looks sets styles, which the policy blocks and the console tells
