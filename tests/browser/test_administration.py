"""Keys, people and the audit trail as an administrator works with them."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shot
from tests.browser.pages import open_page, serious_violations

pytestmark = [pytest.mark.browser, pytest.mark.stack]
ROWS = "#list tbody tr"


def answer_to(token: str, stack) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{stack.url}/api/v1/reports", json=[], headers=headers, timeout=30).status_code


def test_a_key_is_made_shown_once_works_and_is_revoked(administrator: Page, stack):
    page = administrator
    open_page(page, "/administration/keys", ROWS)
    page.fill("#new-name", "Harbour gateway")
    page.check("#new [value='reports:write']")
    page.click("#new button.primary")
    token = page.locator("#shown-once").input_value()
    assert answer_to(token, stack) not in (401, 403)
    shot(page, "keys-token")
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#shown-once")).to_have_count(0)
    page.reload()
    row = page.locator(ROWS).filter(has_text="Harbour gateway")
    expect(row).to_be_visible()
    assert token not in page.content()
    row.get_by_role("button").click()
    page.click("dialog[open] .button.danger")
    expect(row).to_contain_text("revoked")
    assert answer_to(token, stack) == 401


def test_a_person_is_added_and_kept_out_and_the_trail_tells(administrator: Page):
    page = administrator
    open_page(page, "/administration/people", ROWS)
    page.fill("#new-name", "lin")
    page.select_option("#new-role", "viewer")
    page.click("#new button.primary")
    expect(page.locator("#shown-once")).to_be_visible()
    page.keyboard.press("Escape")
    row = page.locator(ROWS).filter(has=page.get_by_role("cell", name="lin", exact=True))
    row.get_by_role("button", name="Deactivate").click()
    page.click("dialog[open] .button.danger")
    expect(row).to_contain_text("deactivated")
    expect(
        row.get_by_role("button", name="Activate")
    ).to_be_focused()  # where the keyboard was, though all is drawn anew
    own = page.locator(ROWS).filter(has=page.get_by_role("cell", name="administrator", exact=True))
    expect(own.get_by_role("button")).to_have_count(0)
    open_page(page, "/administration/audit?subject__icontains=lin", ROWS)
    expect(page.locator(ROWS).first).to_contain_text("administrator")
    page.watch.assert_clean()


def test_an_operator_is_told_which_right_administration_needs(page: Page):
    page.goto("/administration/keys")
    expect(page.locator("#main")).to_contain_text("You lack the right to see API keys.")
