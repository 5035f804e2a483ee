"""What it costs the simulated sites to tell the counters of a thousand of them over HTTP, every half minute."""

from collections.abc import Iterator

import httpx

from console.bench import Row, bench
from network.emulator.apart import TOKEN, telling

SITES, READINGS, EVERY_S = 1_000, 3, 30.0


@bench("stations")
def run() -> Iterator[Row]:
    """Yield `counters_cpu`: the share of a core, to be added to `emulator_cpu` of `bench probe`."""
    yield from rows(SITES, READINGS)


def rows(sites: int, readings: int) -> Iterator[Row]:
    """Read all counters over HTTP so many times, after once to work out what users receive."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with telling(sites) as (url, cpu_s), httpx.Client(base_url=url, headers=headers) as line:
        first_s = cpu_s()
        record = _read_all(line)
        before_s = cpu_s()
        for _ in range(readings):
            _read_all(line)
        each_s, worked_out_s = (cpu_s() - before_s) / readings, before_s - first_s
    note = (
        f"{record} sites of 3 cells every {EVERY_S:g} s, beside emulator_cpu; {worked_out_s:.1f} s once, at the start"
    )
    yield Row("counters_cpu", round(each_s / EVERY_S, 4), "cores", note=note)


def _read_all(line: httpx.Client) -> int:
    """Read every page; return how many sites told something."""
    after, read_count = "", 0
    while after is not None:
        page = line.get("/counters", params={"after": after}, timeout=60).raise_for_status().json()
        after, read_count = page["next"], read_count + len(page["sites"])
    return read_count
