"""What the browser tests ask of pages: the map's own hook rather than its drawing. No `eval` in the page: its policy forbids it."""

from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

from tests.waiting import wait_until

COUNT = "() => window.loft?.map?.store.count ?? 0"


def wait_in(page: Page, script: str, what: str, timeout_s: float = 30.0) -> Any:
    """Wait until a script's answer is true."""
    return wait_until(lambda: page.evaluate(script), what, timeout_s=timeout_s, every_s=0.2)


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/map{query}")
    wait_in(page, COUNT, "the map holds drones", 60)


def first_drone(page: Page) -> int:
    return page.evaluate("() => loft.map.store.ids[0]")


def places(page: Page) -> dict[str, list[float]]:
    return page.evaluate(
        "() => { const s = loft.map.store; return Object.fromEntries(Array.from({length: s.count}, (_, i) => [s.ids[i], [s.lon[i], s.lat[i]]])); }"
    )


def serious_violations(page: Page) -> list[str]:
    """Run axe in the page; return what is serious or critical, in words."""
    page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8") + "; undefined")
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{item['id']}: {item['help']} at {[node['target'] for node in item['nodes']][:4]} {[n.get('any', [{}])[0].get('message') if n.get('any') else '' for n in item['nodes']][:2]}"
        for item in found["violations"]
        if item["impact"] in ("serious", "critical")
    ]
