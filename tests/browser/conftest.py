"""One Loft and one headless Chromium for all browser tests; loudly absent where no browser is to be had.

Both end with the last browser test: Playwright keeps an event loop running in the thread meanwhile, in which no
asynchronous test could start.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser import chromium
from tests.stack import Stack

RESULTS = Path(__file__).resolve().parent.parent.parent / "test-results"
SIZE = {"width": 1280, "height": 800}  # a map drawn by software costs by the pixel
DRONES = "60"
HARMLESS = re.compile(r"GL Driver Message|GPU stall|software WebGL|net::ERR_")
expect.set_options(timeout=20_000)
WHY_NONE: list[str] = []


class Watch:
    """What went wrong in a page, what it asked of anyone but us, and the lines it opened to the hub."""

    def __init__(self, page: Page, url: str) -> None:
        self.ours = urlsplit(url).netloc
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.lines: list[str] = []
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._joined(socket.url))
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.ours:
            self.outside.append(url)

    def _joined(self, url: str) -> None:
        self.lines.append(url)
        self._asked(url)

    def _said(self, message: ConsoleMessage) -> None:
        is_line = "WebSocket" in message.text
        if (message.type == "error" or is_line) and not HARMLESS.search(message.text):
            self.errors.append(message.text)

    def assert_clean(self) -> None:
        assert self.outside == []
        assert self.errors == []


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole Loft with demo traffic."""
    with Stack(tmp_path_factory.mktemp("browser"), LOFT_DEMO_DRONES=DRONES).running() as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = chromium.find()
    if isinstance(executable, str):
        WHY_NONE.append(executable)
        pytest.skip(f"no browser: {executable}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(executable.path), args=chromium.FLAGS, env=dict(executable.environment) or None
        )
        yield started
        started.close()


def sign_in(page: Page, stack: Stack, role: str) -> None:
    page.goto(f"{stack.url}/login")
    page.fill("#id_username", role)
    page.fill("#id_password", stack.password(role))
    page.click(".notice button.primary")
    page.wait_for_url(lambda url: "/login" not in url, wait_until="commit")


@pytest.fixture(scope="package")
def signed_state(browser: Browser, stack: Stack) -> Callable[[str], Any]:
    """Cookies of a person of a role, signed in once."""
    known: dict[str, Any] = {}

    def state(role: str) -> Any:
        if role not in known:
            context = browser.new_context()
            sign_in(context.new_page(), stack, role)
            known[role] = context.storage_state()
            context.close()
        return known[role]

    return state


@pytest.fixture(scope="package")
def open_as(browser: Browser, stack: Stack, signed_state: Callable[[str], Any]) -> Callable[..., Any]:
    """Open a page for a person of a role, or for a stranger: `with open_as("operator") as page`."""

    @contextmanager
    def opened(role: str | None) -> Iterator[Page]:
        kept = signed_state(role) if role else None
        context = browser.new_context(
            base_url=stack.url, viewport=SIZE, reduced_motion="reduce", storage_state=kept, locale="en-GB"
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.watch = Watch(page, stack.url)  # type: ignore[attr-defined]  # read by the tests
        try:
            yield page
        finally:
            context.close()

    return opened


@pytest.fixture
def page(open_as: Callable[[str | None], AbstractContextManager[Page]]) -> Iterator[Page]:
    """A page of a signed-in operator."""
    with open_as("operator") as ready:
        yield ready


@pytest.fixture
def administrator(open_as: Callable[[str | None], AbstractContextManager[Page]]) -> Iterator[Page]:
    """A page of a signed-in administrator."""
    with open_as("administrator") as ready:
        yield ready


@pytest.fixture
def stranger(open_as: Callable[[str | None], AbstractContextManager[Page]]) -> Iterator[Page]:
    """A page of somebody not signed in."""
    with open_as(None) as ready:
        yield ready


def shot(page: Page, name: str) -> None:
    """Keep a screenshot in test-results."""
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{name}.png")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in WHY_NONE:
        terminalreporter.write_sep("!", "NO BROWSER TEST RAN", red=True, bold=True)
        terminalreporter.write_line(reason, red=True, bold=True)
        terminalreporter.write_line(
            "Install Chromium, name one in LOFT_TEST_CHROMIUM, or run `npm ci --ignore-scripts`.", red=True, bold=True
        )
