"""How long the map keeps a browser from answering while 2,000 drones fly, as it is and as it was before, in one run.

`python -m tests.browser.map_tasks --before REF` prints one JSON line per round and side, and one with the ratios. Both
sides have the same installation, the same drones and the same browser; those `before` get the scripts of another
commit, and they take turns, so that what else the machine does burdens both. A task of over 50 ms is a long one. As
software GL and other work are in the times by the clock, the processor's time of the page's main thread and of the
graphics process is told as well.
"""

import argparse
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import SIZE, sign_in
from tests.browser.long_tasks import LONG_MS, cpu_ms
from tests.browser.pages import wait_in
from tests.stack import ROOT, Stack

DRONES, ROUNDS, SECONDS = 2_000, 3, 30
QUIET = {"LOFT_DEMO_DRONES": "0", "LOFT_PROBE_PERIOD_S": "3600"}
SIDES = ("before", "now")
QUERY = "?at=29.0500,123.4800,10.50"
OBSERVE = """
() => {
  window.longTasks = [];
  new PerformanceObserver((list) => list.getEntries().forEach((one) => longTasks.push(one.duration)))
    .observe({ type: 'longtask', buffered: true });
}
"""
FEED = f"""
import time
import numpy as np
from airspace.kernels import wire
from console.live.frames import FRAMES_CHANNEL, HEARTBEAT_TILE, pack
from console.redis_clients import client
rng = np.random.default_rng(1)
count, part = {DRONES}, 4
lat, lon = 29.05 + 0.12 * (rng.random(count) - 0.5), 123.48 + 0.22 * (rng.random(count) - 0.5)
track = rng.random(count) * 360
rows = np.zeros(count, wire.ROW)
rows["drone"], rows["altitude"], rows["speed"] = np.arange(1, count + 1), 120, 1500
tick = 0
while True:
    began = time.monotonic()
    turn = slice(tick % part, None, part)  # each drone reports once a second, a quarter of them in each frame
    step = 15 / 111_195
    lat[turn] += step * np.cos(np.radians(track[turn])); lon[turn] += step * np.sin(np.radians(track[turn])) / 0.874
    track[turn] = (track[turn] + rng.normal(0, 10, count)[turn]) % 360
    rows["lat"], rows["lon"], rows["track"] = lat * 1e7, lon * 1e7, track * 100
    tiles, now_ms, told = wire.tiles_of(lat, lon), time.time() * 1000, np.arange(count)[turn]
    frames = [(int(tile), wire.frame(int(tile), rows[told[tiles[told] == tile]], now_ms, np.ones((tiles[told] == tile).sum())))
              for tile in np.unique(tiles[told])]
    beat = [(HEARTBEAT_TILE, wire.frame(HEARTBEAT_TILE, wire.NOBODY, now_ms))]
    client().publish(FRAMES_CHANNEL, pack(beat + frames))
    tick += 1
    time.sleep(max(0, 0.25 - (time.monotonic() - began)))
"""


def scripts_of(ref: str) -> dict[str, bytes]:
    """Return the static files of a commit, by their path."""
    packed = subprocess.run(["git", "archive", ref, "static"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {member.name: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def scripts_here() -> dict[str, bytes]:
    """Return the static files as they are now, by their path: both sides get theirs in the same way."""
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in (ROOT / "static").rglob("*") if path.is_file()}


def source_of(url: str) -> str:
    """Return the path of a static file in the repository: in its address it has a part of its digest."""
    return re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", urlsplit(url).path.lstrip("/"))


def serve(page: Page, scripts: dict[str, bytes]) -> set[str]:
    """Answer with these static files instead of those of the installation; return which, as they are asked for."""
    served: set[str] = set()
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

    def answer(route: Route) -> None:
        path = source_of(route.request.url)
        if path in scripts:
            served.add(path)
            route.fulfill(body=scripts[path], content_type=kinds.get(Path(path).suffix, "text/plain"))
        else:
            route.continue_()

    page.route("**/static/**", answer)
    return served


def measure(browser: Browser, stack: Stack, state: Any, scripts: dict[str, bytes]) -> dict[str, Any]:
    """Follow the flights for a while, and return what that cost."""
    context = browser.new_context(base_url=stack.url, viewport=SIZE, locale="en-GB", storage_state=state)
    page = context.new_page()
    page.add_init_script(f"({OBSERVE})()")
    served = serve(page, scripts)
    page.goto(f"/map{QUERY}", wait_until="commit")
    wait_in(page, f"() => (window.loft?.map?.store.count ?? 0) > {DRONES * 0.9}", "the drones are there", 120)
    if "static/airspace/map/map.js" not in served:
        sys.exit("the page did not take its scripts from here: both sides would be the same")
    page.wait_for_timeout(5_000)  # what it takes to open is another figure
    browser.start_tracing(page=page, categories=["toplevel", "disabled-by-default-devtools.timeline", "cc", "gpu"])
    page.evaluate("() => { window.longTasks.length = 0; window.framesBefore = loft.map.frames(); }")
    page.wait_for_timeout(SECONDS * 1_000)
    long_ms = page.evaluate("() => longTasks")
    heard = page.evaluate("() => loft.map.frames() - window.framesBefore")
    traced = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    return {"long_ms": long_ms, "frames": heard, "cpu_ms": cpu_ms(traced), "gpu_ms": gpu_cpu_ms(traced)}


def gpu_cpu_ms(traced: list[dict[str, Any]]) -> float:
    """Return what the graphics process took of the processor in its tasks."""
    mains = {
        (event["pid"], event["tid"])
        for event in traced
        if event["name"] == "thread_name" and event["args"]["name"] == "CrGpuMain"
    }
    tasks = (event for event in traced if event["name"].endswith("RunTask") and "tdur" in event)
    return sum(event["tdur"] / 1_000 for event in tasks if (event["pid"], event["tid"]) in mains)


def figures(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of some rounds of a side."""
    long_ms = [ms for seen in rounds for ms in seen["long_ms"]]
    minutes = len(rounds) * SECONDS / 60
    return {
        "long_tasks_per_minute": round(len(long_ms) / minutes, 1),
        "median_long_task_ms": round(statistics.median(long_ms)) if long_ms else 0,
        "long_ms_per_minute": round(sum(long_ms) / minutes),
        "main_cpu_ms_per_minute": round(sum(sum(seen["cpu_ms"]) for seen in rounds) / minutes),
        "tasks_over_50_ms_of_cpu_per_minute": round(
            sum(ms > LONG_MS for seen in rounds for ms in seen["cpu_ms"]) / minutes, 1
        ),
        "gpu_cpu_ms_per_minute": round(sum(seen["gpu_ms"] for seen in rounds) / minutes),
        "frames_heard_per_minute": round(sum(seen["frames"] for seen in rounds) / minutes),
    }


def compare(browser: Browser, stack: Stack, scripts: dict[str, dict[str, bytes]], rounds: int) -> None:
    """Measure both sides in turns, and print."""
    context = browser.new_context()
    sign_in(context.new_page(), stack, "operator")
    state = context.storage_state()
    context.close()
    seen: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for number in range(rounds):
        for side in SIDES if number % 2 == 0 else SIDES[::-1]:
            seen[side].append(measure(browser, stack, state, scripts[side]))
            about = {"round": number + 1, "side": side, "load_of_machine": round(os.getloadavg()[0], 1)}
            print(json.dumps({"name": "map_long_tasks", **about, **figures(seen[side][-1:])}), flush=True)
    sums = {side: figures(seen[side]) for side in SIDES}
    ratios = {name: round(sums["now"][name] / value, 2) for name, value in sums["before"].items() if value}
    print(json.dumps({"name": "map_long_tasks_compared", "drones": DRONES, "seconds": SECONDS, "rounds": rounds,
                      **sums, "now_of_before": ratios}), flush=True)  # fmt: skip


def main() -> None:
    """Measure on an installation of its own, or on one that runs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--before", default="HEAD", help="commit whose scripts are the other side")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--home", help="of an installation that runs; else one is made")
    parser.add_argument("--port", type=int, default=8000, help="of that")
    given = parser.parse_args()
    found = chromium.find()
    if isinstance(found, str):
        sys.exit(f"no browser: {found}")
    scripts = {"before": scripts_of(given.before), "now": scripts_here()}
    if given.home:
        stack = Stack(Path(given.home), LOFT_PORT=str(given.port))
        stack.url = f"http://127.0.0.1:{given.port}"
        _measure(stack, found, scripts, given.rounds)
        return
    with tempfile.TemporaryDirectory() as shared, tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("LOFT_TEST_SHARED", shared)
        with Stack(Path(home), **QUIET).running() as stack:
            _measure(stack, found, scripts, given.rounds)


def _measure(stack: Stack, found: chromium.Chromium, scripts: dict[str, dict[str, bytes]], rounds: int) -> None:
    words = [sys.executable, str(ROOT / "manage.py"), "shell", "-c", FEED]
    feeding = subprocess.Popen(words, env=stack.environment)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(found.path), args=chromium.FLAGS, env=dict(found.environment) or None
            )
            compare(browser, stack, scripts, rounds)
            browser.close()
    finally:
        feeding.terminate()
        feeding.wait()


if __name__ == "__main__":
    main()
