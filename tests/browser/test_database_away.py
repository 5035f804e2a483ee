"""While the database is away pages keep what was typed, say since when, and come back by themselves."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import SIZE
from tests.browser.pages import assert_not_reloaded, mark, serious_violations
from tests.console.database.web import NAME, PASSWORD, Web
from tests.postgres import Server, running
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.once, pytest.mark.timeout(900)]
KNOWN = re.compile(r"^(?!Reading the alarms|Alarms unknown)\S")
"""What the strip says once it knows the alarms, of which the tests before have left one that the database was away."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def web(tmp_path_factory, postgres) -> Iterator[Web]:
    with Web(tmp_path_factory.mktemp("away"), postgres.url).serving() as running_web:
        yield running_web


@pytest.fixture
def page(browser: Browser, web: Web) -> Iterator[Page]:
    context = browser.new_context(base_url=web.url, viewport=SIZE, locale="en-GB")
    yield context.new_page()
    context.close()


@contextmanager
def away(server: Server) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


def fill_in(page: Page) -> None:
    page.fill("#id_username", NAME)
    page.fill("#id_password", PASSWORD)


def sign_in(page: Page) -> None:
    page.goto("/login")
    page.fill("#id_username", NAME)
    wait_until(lambda: is_let_in(page), "the test before has started its server, and one is let in")


def test_the_login_keeps_name_and_password_and_lets_in_once_the_database_is_back(page, postgres):
    page.goto("/login")
    with away(postgres):
        fill_in(page)
        mark(page)
        page.click(".notice button.primary")
        expect(page.locator("#not-now")).to_contain_text("The database does not answer.")
        assert_not_reloaded(page)
        assert (page.input_value("#id_username"), page.input_value("#id_password")) == (NAME, PASSWORD)
    wait_until(lambda: is_let_in(page), "what was kept lets in")


def is_let_in(page: Page) -> bool:
    """Send the form, which is there again while the server still starts; return whether it let in."""
    try:
        if "/login" in page.url:
            if not page.input_value("#id_password", timeout=3_000):  # a page that came anew never has it
                page.fill("#id_password", PASSWORD)
            page.click(".notice button.primary", timeout=3_000)
            page.wait_for_url(lambda url: "/login" not in url, wait_until="commit", timeout=3_000)
    except PlaywrightTimeout:  # the next look is at where the page has got to meanwhile
        return False
    return True


def test_without_scripts_the_login_comes_back_with_the_name(browser, web, postgres):
    context = browser.new_context(base_url=web.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/login")
    with away(postgres):
        fill_in(page)
        with page.expect_response("**/login") as answer:
            page.click(".notice button.primary")
        assert (answer.value.status, answer.value.headers["retry-after"]) == (503, "5")
        expect(page.locator("#not-now")).to_contain_text("no attempt was counted")
        assert page.input_value("#id_username") == NAME
    wait_until(lambda: is_let_in(page), "the name that was kept lets in")
    context.close()


def test_a_page_says_what_is_wrong_and_comes_back_by_itself(page, postgres):
    sign_in(page)
    with away(postgres):
        assert page.goto("/administration/keys").status == 503
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("The database does not answer.")
        expect(alert).to_contain_text(re.compile(r"since \d\d:\d\d:\d\d"))
        assert serious_violations(page) == []
        os.makedirs("test-results", exist_ok=True)
        page.screenshot(path="test-results/database-away.png")
    expect(page.locator("#new")).to_be_visible(timeout=30_000)


def test_a_form_sent_by_script_says_so_in_place_and_keeps_what_was_typed(page, postgres):
    sign_in(page)
    page.goto("/administration/keys")
    expect(page.locator("#line-state[data-state=live], #line-state[data-state=connecting]")).to_be_visible()
    name = page.locator("#new input[name=name]")
    name.fill("crane 7")
    with away(postgres):
        mark(page)
        page.locator("#new input[type=checkbox]").first.check()
        page.locator("#new button").last.click()
        expect(page.locator("#toasts")).to_contain_text("The database does not answer. Nothing was changed")
        assert_not_reloaded(page)
        assert name.input_value() == "crane 7"


def test_strip_and_list_go_on_with_what_they_know_and_say_of_when_it_is(page, postgres):
    sign_in(page)
    page.goto("/alarms")
    expect(page.locator("#strip-newest")).to_have_text(KNOWN)
    with away(postgres):
        page.evaluate("() => window.dispatchEvent(new Event('focus'))")
        reread(page)
        expect(page.locator("#strip-as-of")).to_have_text(
            re.compile(r"as of \d\d:\d\d:\d\d .*; the database does not answer"), timeout=40_000
        )
        expect(page.locator("#strip-newest")).to_have_text(KNOWN)
        expect(page.locator(".widget-stale")).to_be_visible()
        page.screenshot(path="test-results/alarms-database-away.png")
    expect(page.locator("#strip-as-of")).to_have_count(0, timeout=40_000)
    expect(page.locator(".widget-stale")).to_have_count(0, timeout=40_000)


def reread(page: Page) -> None:
    """Have the line lost and opened again, after which a page reads everything anew."""
    page.context.set_offline(True)
    page.context.set_offline(False)
