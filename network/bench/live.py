"""How soon the live twin knows of a verdict in a large city, and what looking costs while nothing changes."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from console.bench import Row, bench
from network.actions.circle import circle
from network.actions.snapshot import Snapshots
from network.actions.topology.live import LOOK_AGAIN, Live, live
from network.bench.database import cpu_s, own_database
from network.kernels.topology import condition
from network.kernels.topology.condition import Condition, Heard
from network.kernels.topology.definition import OFFICIAL
from network.models import EdgeNode, Link, Region, Sector, Site, SiteHealth, is_fresh

SITES, STATIONS_PER_HUB, SECTORS, RUNS = 10_000, 49, 3, 5
WANTED_S = 2.0
"""From a stored verdict to a twin that holds it, at most."""
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@bench("live")
def run() -> Iterator[Row]:
    """Yield what a look costs, how old the twin is at most, and what the circle of it costs."""
    yield from rows(SITES, RUNS)


def rows(sites: int, runs: int) -> list[Row]:
    """Measure looks at a calm city and at one whose hub fails; refuse to tell of a twin that is wrong."""
    with own_database():
        Snapshots.forget()
        try:
            return _rows(sites, runs)
        finally:
            Snapshots.forget()


def _rows(sites: int, runs: int) -> list[Row]:
    region, hubs = _fill(sites)
    live(NOON)
    calm_s = min(cpu_s(partial(live, NOON + number * LOOK_AGAIN)) for number in range(1, runs + 1))
    plain_s = min(cpu_s(_read_all) for _ in range(runs))
    took_s, circle_s, planned_s = zip(*(_failed(region, hubs, number) for number in range(runs)), strict=True)
    about = f"{sites} sites, all probed but the core, stations with {SECTORS} sectors, SQLite, best of {runs}"
    oldest_s = LOOK_AGAIN.total_seconds() + max(took_s)
    return [
        Row("live_look", round(calm_s * 1e3, 1), "ms", round(plain_s * 1e3, 1), round(plain_s / calm_s, 1),
            f"CPU of a look at a calm city, {about}; every row of the probes read and judged"),
        Row("live_revised", round(oldest_s, 3), "s", WANTED_S, round(WANTED_S / oldest_s, 1),
            f"from the verdict that a hub with {STATIONS_PER_HUB} stations is down to a twin that holds it, at most: a "
            f"process looks every {LOOK_AGAIN.total_seconds():g} s, and looking took {max(took_s):.3f} s; wanted"),
        Row("live_circle", round(min(circle_s) * 1e3, 1), "ms", round(min(planned_s) * 1e3, 1),
            round(min(planned_s) / min(circle_s), 2),
            f"CPU of the official circle of the twin just revised, {about}; of the planned one, kept in part"),
    ]  # fmt: skip


def _failed(region: Region, hubs: list[list[int]], number: int) -> tuple[float, float, float]:
    """Let a hub and its stations fall silent and answer again; return how long twin and circles take. [s]."""
    dark = hubs[number % len(hubs)]
    now = NOON + timedelta(seconds=100 + 10 * number)
    _answer(now)
    live(now)
    SiteHealth.objects.filter(site__in=dark).update(silent_packets=6, silent_since=now, rtt_ms=None)
    seen: list[Live] = []
    took_s = _wall_s(lambda: seen.append(live(now + LOOK_AGAIN)))
    twin = seen[0]
    if twin.counts()[Condition.DOWN] != len(dark):
        raise ArithmeticError(f"{len(dark)} sites are silent, and {twin.counts()[Condition.DOWN]} are down in the twin")
    circle_s = cpu_s(lambda: circle.readings(region, [OFFICIAL], twin))
    planned_s = cpu_s(lambda: circle.readings(region, [OFFICIAL]))
    SiteHealth.objects.update(silent_packets=0, silent_since=None, rtt_ms=1.0)
    return took_s, circle_s, planned_s


def _wall_s(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _read_all() -> int:
    """Judge every row of the probes in this process, as if nothing were known of which ones matter."""
    fields = ("site_id", "measured_at", "answered_at", "silent_packets", "state")
    judged = (
        condition.of_probe(Heard(is_fresh(measured, NOON), is_fresh(answered, NOON), packets, state == "breached"))
        for _, measured, answered, packets, state in SiteHealth.objects.order_by().values_list(*fields)
    )
    return sum(found is not Condition.UP for found in judged)


def _answer(now: datetime) -> None:
    SiteHealth.objects.update(measured_at=now, answered_at=now)


def _fill(sites: int) -> tuple[Region, list[list[int]]]:
    """Make a core with computing, hubs around it and stations around each; return the keys of each hub's sites."""
    region = Region.objects.create(slug="bench", name_en="B", name_zh="B", lat_deg=0, lon_deg=0, radius_m=30_000)
    core = _site(region, 0, kind="core", probe_port=None)
    core.save()
    EdgeNode.objects.create(
        slug="bench", site=core, name_en="B", name_zh="B", cores=1, memory_gb=1, changed_at=NOON
    )  # fmt: skip
    kinds = ["macro" if number % (STATIONS_PER_HUB + 1) else "optical_access" for number in range(sites - 1)]
    made = Site.objects.bulk_create(_site(region, number + 1, kind=kind) for number, kind in enumerate(kinds))
    groups = [made[start : start + STATIONS_PER_HUB + 1] for start in range(0, len(made), STATIONS_PER_HUB + 1)]
    Link.objects.bulk_create(
        Link(a=core if site is hub else hub, b=site, length_km=5, rate_gbps=100, changed_at=NOON)
        for hub, *stations in groups for site in (hub, *stations)
    )  # fmt: skip
    SiteHealth.objects.bulk_create(
        SiteHealth(site=site, state="met", rtt_ms=1.0, measured_at=NOON, answered_at=NOON) for site in made
    )
    Sector.objects.bulk_create(
        Sector(site=site, slug=f"{site.slug}-{number}", height_m=30, power_dbm=49, carrier_ghz=4.9, bandwidth_mhz=100,
               tilt_deg=8, changed_at=NOON)
        for site in made if site.kind == "macro" for number in range(SECTORS)
    )  # fmt: skip
    return region, [[site.pk for site in group] for group in groups]


def _site(region: Region, number: int, kind: str, probe_port: int | None = 9) -> Site:
    return Site(
        region=region, slug=f"s-{number}", kind=kind, name_en=f"S{number}", name_zh=f"S{number}", lat_deg=0,
        lon_deg=number / 1e5, is_key_site=kind == "optical_access", probe_port=probe_port, changed_at=NOON,
    )  # fmt: skip
