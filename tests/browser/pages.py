"""What the browser tests ask of pages: the map's own hook rather than its drawing. No `eval` in the page: its policy forbids it."""

from functools import cache
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Error, Page, expect

from tests.waiting import PATIENCE_S, wait_until

COUNT = "() => window.loft?.map?.store.count ?? 0"
LEFT = "Execution context was destroyed"
LIVE = "#line-state[data-state=live]"


def wait_in(page: Page, script: str, what: str, timeout_s: float = PATIENCE_S) -> Any:
    """Wait until a script's answer is true, in the page that there is then."""

    def answer() -> Any:
        try:
            return page.evaluate(script)
        except Error as reason:
            if LEFT not in reason.message:
                raise
            return None

    return wait_until(answer, what, timeout_s=timeout_s, every_s=0.1)


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/map{query}", wait_until="commit")
    wait_in(page, COUNT, "the map holds drones")


def open_page(page: Page, path: str, ready: str) -> None:
    """Open a page and wait for what it is about, and for its line."""
    page.goto(path, wait_until="commit")
    expect(page.locator(ready).first).to_be_visible()
    expect(page.locator(LIVE)).to_be_visible()


def mark(page: Page) -> None:
    """Leave a mark that a reload would take away."""
    page.evaluate("() => { window.isSameDocument = true; }")


def assert_not_reloaded(page: Page) -> None:
    assert page.evaluate("() => window.isSameDocument === true")


def first_drone(page: Page) -> int:
    return int(page.evaluate("() => loft.map.store.ids[0]"))


def places(page: Page) -> dict[str, list[float]]:
    return page.evaluate(
        "() => { const s = loft.map.store; return Object.fromEntries(Array.from({length: s.count}, (_, i) => [s.ids[i], [s.lon[i], s.lat[i]]])); }"
    )


@cache
def axe() -> str:
    return Path(AXE_FILE_PATH).read_text(encoding="utf-8") + "; undefined"


def violations(page: Page) -> list[str]:
    """Run axe in the page; return all that it finds wrong, in words."""
    return [_words(item) for item in _axe_found(page)]


def serious_violations(page: Page) -> list[str]:
    """Run axe in the page; return what is serious or critical, in words."""
    return [_words(item) for item in _axe_found(page) if item["impact"] in ("serious", "critical")]


def _axe_found(page: Page) -> list[dict[str, Any]]:
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(axe())
    found: list[dict[str, Any]] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return found


def _words(item: dict[str, Any]) -> str:
    places = [node["target"] for node in item["nodes"]][:4]
    why = [check["message"] for node in item["nodes"][:2] for check in node.get("any", [])[:1]]
    return f"{item['id']}: {item['help']} at {places} {why}"
