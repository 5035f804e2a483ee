"""Bench `backup`: what a backup under way costs those who report, beside the same load without one.

The load is offered at a fixed rate, far from what the machine could take, in turns with and without a backup, so that
whatever else the machine does falls on both. The database is filled with what hardly packs: the worst of its size.
"""

import asyncio
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from airspace.bench import load
from airspace.bench.load import Made, exchange, say
from airspace.bench.stand import Stand, manage
from console.bench import Row, apart, bench

TURNS, TURN_S = 4, 10.0
BATCH, RATE_PER_S = 100, 20.0
"""Positions a request, and requests a second: 2,000 positions/s."""
CONNECTIONS = 16
FILLER_MB = 600


@dataclass
class Side:
    """What was measured of one side, over its turns."""

    answers_ms: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    positions: int = 0
    backups: int = 0

    @property
    def mean_ms(self) -> float:
        """How long an answer took on average."""
        return sum(self.answers_ms) / len(self.answers_ms)

    @property
    def cpu_us(self) -> float:
        """CPU of web, engine and Redis per position. [µs]."""
        return self.cpu_s / self.positions * 1e6

    def quantile_ms(self, share: float) -> float:
        """Return what a share of all answers took at most."""
        return sorted(self.answers_ms)[int(share * (len(self.answers_ms) - 1))]


@bench("backup")
def backup() -> Iterator[Row]:
    """Yield answers' times, and CPU per position, with and without a backup under way; and how fast a backup is."""
    with Stand() as stand:
        stand.start_engine()
        stand.start_web()
        load.until_engine_lives(stand)
        _fill(stand)
        first_s, size = _first(stand)
        without, beside = Side(), Side()
        numbers = count()
        _turn(stand, next(numbers), Side())
        for turn in range(TURNS):
            say(f"backup: turn {turn + 1} of {TURNS}")
            _turn(stand, next(numbers), without)
            with _backing_up(stand, beside):
                _turn(stand, next(numbers), beside)
        yield from _rows(without, beside)
        note = (
            f"of a database of {FILLER_MB} MB that hardly packs, into {size / 1e6:.0f} MB, while nothing else is done"
        )
        yield Row("backup_rate", round(FILLER_MB / first_s, 1), "MB/s", note=note)


def _rows(without: Side, beside: Side) -> Iterator[Row]:
    said = (
        f"{len(beside.answers_ms)} answers beside {beside.backups} backups, one after another; p50, p95 with: "
        f"{beside.quantile_ms(0.5):.1f}, {beside.quantile_ms(0.95):.1f} ms, without: {without.quantile_ms(0.5):.1f}, "
        f"{without.quantile_ms(0.95):.1f} ms; ratio: without / with"
    )
    ratio = without.mean_ms / beside.mean_ms
    yield Row("backup_answer_ms", round(beside.mean_ms, 2), "ms", round(without.mean_ms, 2), round(ratio, 3), said)
    note = "CPU of web, engine and Redis per position stored; ratio: without / with"
    ratio = without.cpu_us / beside.cpu_us
    yield Row("backup_cpu_per_position", round(beside.cpu_us, 1), "us", round(without.cpu_us, 1), round(ratio, 3), note)


def _fill(stand: Stand) -> None:
    say(f"backup: filling {FILLER_MB} MB")
    with closing(sqlite3.connect(stand.home / "loft.sqlite3", timeout=20)) as line:
        line.execute("CREATE TABLE bench_filler (content BLOB)")
        for _ in range(FILLER_MB):
            line.execute("INSERT INTO bench_filler VALUES (randomblob(1000000))")
            line.commit()


def _first(stand: Stand) -> tuple[float, int]:
    say("backup: one alone")
    began = time.monotonic()
    stand.manage("backup", "create", "--to", str(stand.home / "first"))
    return time.monotonic() - began, (stand.home / "first").stat().st_size


@contextmanager
def _backing_up(stand: Stand, side: Side) -> Iterator[None]:
    """Make one backup after another meanwhile."""
    target = stand.home / "again"
    words = " ".join(apart(stand.environment, manage("backup", "create", "--to", str(target))))
    script = f'while :; do {words} || exit; echo made; rm -f "{target}"; done'
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as process:  # noqa: S603, S607
        try:
            yield
        finally:
            side.backups += _end(process, target)


def _end(process: "subprocess.Popen[bytes]", target: Path) -> int:
    """End the backups, the last one half done; return how many there were."""
    subprocess.run(["kill", "--", f"-{process.pid}"], check=False)  # noqa: S603, S607
    said = process.stdout.read() if process.stdout else b""
    target.unlink(missing_ok=True)
    return said.count(b"made") + 1


def _turn(stand: Stand, number: int, side: Side) -> None:
    first_ms = int(time.time() * 1000) - 3_600_000 + number * 100_000
    made = load.make(stand, BATCH, round(RATE_PER_S * TURN_S), first_ms)
    before, cpu_before_s = load.stored(stand), sum(stand.cpu_s().values())
    side.answers_ms += asyncio.run(_send(stand, made))
    stored = load.until_stored(stand, before + made.positions) - before
    if stored != made.positions:
        raise RuntimeError(f"only {stored} of {made.positions} positions were stored")
    side.positions += stored
    side.cpu_s += sum(stand.cpu_s().values()) - cpu_before_s


async def _send(stand: Stand, made: Made) -> list[float]:
    """Send each request when it is due, whether those before it are answered or not; return how long each took. [ms].

    It counts from when it was due: who waits for a connection waits.
    """
    began_s = time.monotonic()
    due = list(enumerate(made.requests))[::-1]
    taken: list[float] = []

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", stand.port)
        while due:
            number, text = due.pop()
            at_s = began_s + number / RATE_PER_S
            await asyncio.sleep(max(0.0, at_s - time.monotonic()))
            if await exchange(reader, writer, text) != 202:
                raise RuntimeError("a request was refused")
            taken.append((time.monotonic() - at_s) * 1e3)
        writer.close()

    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return taken
