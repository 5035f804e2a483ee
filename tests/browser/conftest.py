"""One Loft and one headless Chromium for all browser tests; loudly absent where no browser is to be had."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser import chromium
from tests.stack import Stack

RESULTS = Path(__file__).resolve().parent.parent.parent / "test-results"
SIZE = {"width": 1440, "height": 900}
DRONES = "60"
expect.set_options(timeout=20_000)
WHY_NONE: list[str] = []


class Watch:
    """What went wrong in a page, and what it asked of anyone but us."""

    def __init__(self, page: Page, url: str) -> None:
        self.ours = urlsplit(url).netloc
        self.outside: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.ours:
            self.outside.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        is_ours = not re.search(r"GL Driver Message|GPU stall|software WebGL|net::ERR_", message.text)
        if message.type == "error" and is_ours:
            self.errors.append(message.text)

    def assert_clean(self) -> None:
        assert self.outside == []
        assert self.errors == []


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole Loft with demo traffic."""
    made = Stack(tmp_path_factory.mktemp("browser"), LOFT_DEMO_DRONES=DRONES)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def found_chromium() -> chromium.Chromium:
    found = chromium.find()
    if isinstance(found, str):
        WHY_NONE.append(found)
        pytest.skip(f"no browser: {found}")
    return found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launch(playwright: Playwright, found_chromium: chromium.Chromium) -> Callable[..., Browser]:
    """Start the browser; more flags may be given."""

    def start(*flags: str) -> Browser:
        return playwright.chromium.launch(
            executable_path=str(found_chromium.path),
            args=[*chromium.FLAGS, *flags],
            env=found_chromium.environment or None,
        )

    return start


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    started = launch()
    yield started
    started.close()


def sign_in(page: Page, stack: Stack, role: str = "operator") -> None:
    page.goto(f"{stack.url}/login")
    page.fill("#id_username", role)
    page.fill("#id_password", stack.password(role))
    page.click(".notice button.primary")
    page.wait_for_url(lambda url: "/login" not in url)


@pytest.fixture(scope="session")
def signed_state(browser: Browser, stack: Stack) -> Callable[[str], dict]:
    """Cookies of a person of a role, signed in once."""
    known: dict[str, dict] = {}

    def state(role: str) -> dict:
        if role not in known:
            context = browser.new_context()
            sign_in(context.new_page(), stack, role)
            known[role] = context.storage_state()
            context.close()
        return known[role]

    return state


@contextmanager
def opened(context: BrowserContext, url: str) -> Iterator[Page]:
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.watch = Watch(page, url)  # type: ignore[attr-defined]  read by the tests
    yield page
    context.close()


@pytest.fixture
def page(browser: Browser, stack: Stack, signed_state: Callable[[str], dict]) -> Iterator[Page]:
    """A page of a signed-in operator."""
    context = browser.new_context(
        base_url=stack.url, viewport=SIZE, reduced_motion="reduce", storage_state=signed_state("operator")
    )
    with opened(context, stack.url) as ready:
        yield ready


@pytest.fixture
def stranger(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page of somebody not signed in."""
    with opened(browser.new_context(base_url=stack.url, viewport=SIZE), stack.url) as ready:
        yield ready


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a screenshot in test-results."""

    def take(page: Page, name: str) -> None:
        RESULTS.mkdir(exist_ok=True)
        page.screenshot(path=RESULTS / f"{name}.png")

    return take


def pytest_terminal_summary(terminalreporter) -> None:
    for reason in WHY_NONE:
        terminalreporter.write_line(f"BROWSER TESTS DID NOT RUN: {reason}", red=True, bold=True)
