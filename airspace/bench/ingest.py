"""Bench `ingest`: positions accepted and stored per CPU-second of every server process, beside DRF and bulk_create."""

import asyncio
import time
from collections.abc import Iterator

from airspace.bench import load
from airspace.bench.load import say
from airspace.bench.stand import Stand
from console.bench import Row, bench

BATCHES = {1: (3_000, 300), 100: (1_000, 40), 1000: (150, 6)}
"""Requests per batch size: ours, and the baseline's."""
CONNECTIONS = 16
BASELINE_CONNECTIONS = 4
UNHINDERED = {
    "LOFT_REPORTS_PER_KEY_PER_S": "100000000",
    "LOFT_QUOTA_POSITIONS_PER_S": "100000000",
    "LOFT_REPORT_STREAM_LIMIT": "2000",
}


@bench("ingest")
def ingest() -> Iterator[Row]:
    """Yield one row per batch size, and the share of accepted positions that is in the database afterwards."""
    say("ingest: baseline, DRF serializer and bulk_create")
    with Stand(environment=dict(UNHINDERED)) as stand:
        stand.start_web("airspace.bench.baseline:application")
        _warm_up(stand)
        baseline = {batch: _rate(stand, batch, counts[1], BASELINE_CONNECTIONS)[0] for batch, counts in BATCHES.items()}
    say("ingest: ours, web, engine and Redis")
    with Stand(environment=dict(UNHINDERED)) as stand:
        stand.start_engine()
        stand.start_web()
        load.until_engine_lives(stand)
        _warm_up(stand)
        accepted = load.stored(stand)
        for batch, counts in BATCHES.items():
            rate, count = _rate(stand, batch, counts[0], CONNECTIONS)
            accepted += count
            note = "stored positions per CPU-second of web, engine and Redis; ratio: ours / DRF with bulk_create"
            yield Row(
                f"ingest_batch_{batch}",
                round(rate),
                "1/s",
                round(baseline[batch]),
                round(rate / baseline[batch], 1),
                note,
            )
        share = load.stored(stand) / accepted
        yield Row("ingest_stored_share", share, "1", note=f"of {accepted} accepted positions, found in the database")


def _warm_up(stand: Stand) -> None:
    """Register every drone and let the processes settle, so that neither side is billed for its first steps."""
    made = load.make(stand, 100, load.DRONES // 100, int(time.time() * 1000) - 3_600_000)
    before = load.stored(stand)
    asyncio.run(load.send_all(stand, made, 1))
    load.until_stored(stand, before + made.positions)


def _rate(stand: Stand, batch: int, batches: int, connections: int) -> tuple[float, int]:
    """Return positions stored per CPU-second of all server processes, and how many were accepted."""
    made = load.make(stand, batch, batches, int(time.time() * 1000) - 3_000_000 + batch * 1_000)
    stored_before, before, began = load.stored(stand), sum(stand.cpu_s().values()), time.monotonic()
    accepted = asyncio.run(load.send_all(stand, made, connections)) * batch
    if accepted != made.positions:
        raise RuntimeError(f"only {accepted} of {made.positions} positions were accepted: {stand.log('web')[-2000:]}")
    load.until_stored(stand, stored_before + accepted)
    used_s, took_s = sum(stand.cpu_s().values()) - before, time.monotonic() - began
    say(f"  batch {batch}: {accepted} positions, {used_s:.2f} CPU-s, {took_s:.1f} s")
    return accepted / used_s, accepted
