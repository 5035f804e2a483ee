"""How long the network page keeps a browser from answering while a thousand sites are measured every second.

`python -m tests.browser.long_tasks` prints one JSON line per figure. A task of over 50 ms is a long one. Software GL and
other work on the machine are in the times by the clock, so each task's time of the processor is told as well; long
animation frames tell our scripts from layout and painting.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium
from tests.browser.conftest import SIZE, sign_in
from tests.stack import ROOT, Stack
from tests.waiting import wait_until

SITES, ROUNDS, SETTLE_MS = 1_000, 25, 3_000
LONG_MS = 50
QUIET = {"LOFT_DEMO_DRONES": "0", "LOFT_PROBE_PERIOD_S": "3600"}
OBSERVE = """
() => {
  window.longTasks = { tasks: [], frames: [] };
  new PerformanceObserver((list) => list.getEntries().forEach((one) => longTasks.tasks.push([one.startTime, one.duration])))
    .observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((one) => longTasks.frames.push({
    at: one.startTime, ms: one.duration, blocking: one.blockingDuration,
    scripts: one.scripts.map((part) => [(part.sourceURL || '').split('/').pop(), part.invoker, part.duration]),
    render: one.renderStart ? one.startTime + one.duration - one.renderStart : 0,
    layout: one.styleAndLayoutStart ? one.startTime + one.duration - one.styleAndLayoutStart : 0,
  }))).observe({ type: 'long-animation-frame', buffered: true });
}
"""
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from network.models import Agreement, Region, ServiceCount, Site
now = timezone.now().replace(second=0, microsecond=0)
region = Region.objects.get(slug="lanwan")
known = Site.objects.filter(probe_port__isnull=False).count()
Site.objects.bulk_create(Site(
    region=region, slug=f"many-{{n:04d}}", kind="macro", name_en=f"Many {{n:04d}}", name_zh=f"众 {{n:04d}}", height_m=30,
    lat_deg=region.lat_deg + 0.2 * ((n * 7919 % 1000) / 1000 - 0.5), lon_deg=region.lon_deg + 0.3 * ((n * 104729 % 1000) / 1000 - 0.5),
    probe_host="127.0.0.1", probe_port=9, changed_at=now) for n in range({SITES} - known))
made = list(Site.objects.filter(slug__startswith="many-"))
promised = Agreement.objects.bulk_create(Agreement(
    kind="site", key=site.slug, site=site, region=region, name=site.slug, metric="availability", objective=0.9,
    target_share=0.9, window_s=30, min_samples=3) for site in made)
ServiceCount.objects.bulk_create((ServiceCount(
    agreement=one, span_s=60, started_at=now - timedelta(minutes=minute), good=30 - (one.pk * minute % 97 == 0) * 9, total=30,
    unknown_s=0, excluded_s=0) for one in promised for minute in range(1, 61)), batch_size=5000)
print("seeded", Site.objects.filter(probe_port__isnull=False).count())
"""
FEED = f"""
import random, time
from django.utils import timezone
from console.live import hub
from network.events import SitesMeasured
from network.models import Site
slugs = list(Site.objects.filter(probe_port__isnull=False).values_list("slug", flat=True))
rng = random.Random(1)
for number in range({ROUNDS}):
    began = time.monotonic()
    now = timezone.now()
    rows = [dict(slug=slug, state=rng.choices(["met", "at_risk", "breached"], [94, 3, 3])[0], rtt_ms=round(rng.uniform(0.6, 3), 3),
                 lost=0, packets=3, measured_at=now, answered_at=now) for slug in slugs]
    for start in range(0, len(rows), 100):
        hub.publish(SitesMeasured(at=now, organisation=None, sites=rows[start : start + 100]))
    time.sleep(max(0, 1 - (time.monotonic() - began)))
"""


def measure(stack: Stack, browser: Browser) -> dict[str, Any]:
    """Load the page, follow the rounds, and return what kept it busy."""
    context = browser.new_context(base_url=stack.url, viewport=SIZE, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    sign_in(page, stack, "operator")
    page.add_init_script(f"({OBSERVE})()")
    categories = ["toplevel", "disabled-by-default-devtools.timeline"]
    browser.start_tracing(page=page, categories=categories)
    page.goto("/network", wait_until="commit")
    loaded = "() => (window.loft?.network?.sites.bySlug.size ?? 0) >= 1000 && loft.network.heat.bySlug.size >= 1000 && Boolean(loft.network.map()?.sites.length)"
    wait_until(lambda: page.evaluate(loaded), "the page holds a thousand sites", 120, 0.3)
    page.wait_for_timeout(SETTLE_MS)
    loading = page.evaluate(
        "() => { const found = longTasks; window.longTasks = { tasks: [], frames: [] }; return found; }"
    )
    loading["cpu_ms"] = cpu_ms(json.loads(browser.stop_tracing())["traceEvents"])
    answer = page.evaluate(
        "() => performance.getEntriesByType('resource').filter((one) => one.name.includes('/samples/heat')).map((one) => [one.duration, one.decodedBodySize])[0]"
    )
    drawn = page.evaluate("() => loft.network.draws()")
    browser.start_tracing(page=page, categories=categories)
    feeding = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "shell", "-c", FEED], env=stack.environment)
    while feeding.poll() is None:
        page.wait_for_timeout(500)
    page.wait_for_timeout(1_000)
    following = page.evaluate("() => longTasks")
    following["cpu_ms"] = cpu_ms(json.loads(browser.stop_tracing())["traceEvents"])
    assert feeding.returncode == 0
    assert _fresh(page) >= SITES, "the rounds did not arrive"
    drawn = page.evaluate("() => loft.network.draws()") - drawn
    context.close()
    return {"loading": loading, "following": following, "draws": drawn, "answer": answer}


def cpu_ms(traced: list[dict[str, Any]]) -> list[float]:
    """Return what each task of the page's main thread took of the processor, the longest first."""
    mains = {
        (event["pid"], event["tid"])
        for event in traced
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event
        for event in traced
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in mains and "tdur" in event
    ]
    return sorted((event["tdur"] / 1_000 for event in tasks), reverse=True)


def _fresh(page: Page) -> int:
    return int(page.evaluate("() => [...loft.network.sites.bySlug.values()].filter((row) => row.measured_at).length"))


def lines(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures of loading and of following the rounds: time of the processor, and time by the clock."""
    about = {"draws": trace["draws"], "rounds": ROUNDS, "sites": SITES, "load_of_machine": round(os.getloadavg()[0], 1)}
    strip_ms, strip_bytes = trace["answer"]
    strip = {"name": "network_page_strip_answer_ms", "value": round(strip_ms), "unit": "ms", "bytes": strip_bytes}
    return [{**_figures(phase, trace[phase]), **about} for phase in ("loading", "following")] + [strip | about]


def _figures(phase: str, seen: dict[str, Any]) -> dict[str, Any]:
    tasks_ms, cpu, frames = [ms for _, ms in seen["tasks"]], seen["cpu_ms"], seen["frames"]
    scripts = sorted(
        ((ms, f"{source} {invoker}") for frame in frames for source, invoker, ms in frame["scripts"]), reverse=True
    )
    return {
        "name": f"network_page_{phase}_longest_task_cpu_ms", "value": round(max(cpu, default=-1), 1), "unit": "ms",
        "over_50_ms_of_cpu": sum(ms > LONG_MS for ms in cpu), "tasks": len(cpu),
        "over_50_ms_by_the_clock": len(tasks_ms), "longest_by_the_clock_ms": round(max(tasks_ms, default=0)),
        "longest_script": f"{scripts[0][0]:.0f} ms {scripts[0][1]}" if scripts else "none",
        "longest_layout_by_the_clock_ms": round(max((frame["layout"] for frame in frames), default=0)),
    }  # fmt: skip


def main() -> None:
    """Measure on an installation of its own."""
    executable = chromium.find()
    if isinstance(executable, str):
        sys.exit(f"no browser: {executable}")
    with tempfile.TemporaryDirectory() as shared, tempfile.TemporaryDirectory() as home:
        os.environ["LOFT_TEST_SHARED"] = shared
        _main(Path(home), executable)


def _main(home: Path, this_chromium: chromium.Chromium) -> None:
    with Stack(home, **QUIET).running() as stack:
        stack.manage("shell", "-c", SEED)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(this_chromium.path),
                args=chromium.FLAGS,
                env=dict(this_chromium.environment) or None,
            )
            for line in lines(measure(stack, browser)):
                print(json.dumps(line))
            browser.close()


if __name__ == "__main__":
    main()
