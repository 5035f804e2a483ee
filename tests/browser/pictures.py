"""The README's pictures, made from the running product: `python -m tests.browser.pictures`, or `make pictures`.

Starts a Loft of its own with the demo's drones and a headless Chromium, waits until the city flies and every site has a
verdict, and keeps map and network page in `docs/pictures`, small.
"""

import io
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import sign_in
from tests.stack import ROOT, Stack
from tests.waiting import wait_until

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
SIZE = {"width": 1440, "height": 900}
DRONES = 200
PAGES = ("map", "network")
DRAWN_AFTER_MS = 15_000  # software draws slowly


def known(stack: Stack) -> bool:
    """Whether the verdict of nearly every probed site is known, and nearly all are good."""
    states = dict(stack.query("SELECT state, COUNT(*) FROM network_sitehealth GROUP BY state"))
    return states.get("met", 0) >= 0.9 * sum(states.values()) > 0


def flying(stack: Stack) -> bool:
    """Whether most of the drones have been heard."""
    return stack.query("SELECT COUNT(*) FROM airspace_lastposition")[0][0] >= DRONES * 0.9


def take(browser: Browser, stack: Stack, path: str) -> bytes:
    """Return a page as PNG, after it has had time to draw."""
    context = browser.new_context(base_url=stack.url, viewport=SIZE, locale="en-GB", color_scheme="dark")
    page: Page = context.new_page()
    page.set_default_timeout(60_000)
    sign_in(page, stack, "operator")
    page.goto(path, wait_until="load")
    page.wait_for_timeout(DRAWN_AFTER_MS)
    taken = page.screenshot()
    context.close()
    return taken


def small(png: bytes) -> bytes:
    """Return a picture as WebP, as good as its size allows."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in range(90, 20, -5):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ValueError(f"the picture does not fit into {MOST_BYTES} bytes")


def main() -> int:
    """Take both pictures."""
    executable = chromium.find()
    if isinstance(executable, str):
        return sys.exit(f"no browser: {executable}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as shared, tempfile.TemporaryDirectory() as home:
        os.environ["LOFT_TEST_SHARED"] = shared
        take_all(Path(home), executable)
    return 0


def take_all(home: Path, this_chromium: chromium.Chromium) -> None:
    """Run a Loft and a browser, and keep what the pages look like."""
    with Stack(home, LOFT_DEMO_DRONES=str(DRONES)).running() as stack, sync_playwright() as playwright:
        wait_until(lambda: flying(stack), "the drones fly", timeout_s=180, every_s=1)
        wait_until(lambda: known(stack), "every site has a verdict", timeout_s=300, every_s=1)
        browser = playwright.chromium.launch(
            executable_path=str(this_chromium.path), args=chromium.FLAGS, env=dict(this_chromium.environment) or None
        )
        for name in PAGES:
            kept = small(take(browser, stack, f"/{name}"))
            (FOLDER / f"{name}.webp").write_bytes(kept)
            sys.stdout.write(f"{FOLDER / name}.webp: {len(kept)} bytes\n")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
