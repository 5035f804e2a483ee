"""Bench `fairness`: how much one organisation's flood slows another down, beside first come, first served."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep, time

from airspace.bench import load
from airspace.bench.load import say
from airspace.bench.stand import Stand
from console.bench import Row, bench

CONNECTIONS = 32
FLOOR_MS = 50.0
"""What a busy machine adds to any answer: with less than this, no ratio says anything."""
LIMITED, UNLIMITED, OTHER = "limited", "unlimited", "other"
_PREPARE = """
import json
from django.utils import timezone
from console.actions.access.apikey import create_key
from console.actions.audit.audit import Actor, SYSTEM
from console.actions.access.organisation import add_organisation
from console.actions.quota import change_quota
tokens = {}
for slug in ("limited", "unlimited", "other"):
    made = add_organisation(SYSTEM, slug, slug, slug, ["drone_operator"], timezone.now())
    owner = Actor("bench", organisation=made.pk)
    tokens[slug] = create_key(owner, slug, ["read", "reports:write"], timezone.now())[1]
    if slug == "limited":
        change_quota(SYSTEM, made, {"positions_per_s": 2000}, timezone.now())
print(json.dumps(tokens))
"""


@dataclass(frozen=True)
class Figures:
    """Latencies of one organisation, alone and beside another's flood. [ms]."""

    alone_ms: list[float]
    beside_ms: list[float]

    @property
    def ratio(self) -> float:
        """How many times as long as alone the slowest hundredth took; a floor keeps noise from counting."""
        return max(p99(self.beside_ms), FLOOR_MS) / max(p99(self.alone_ms), FLOOR_MS)

    @property
    def words(self) -> str:
        """What was measured."""
        alone, beside = p99(self.alone_ms), p99(self.beside_ms)
        return f"p99 alone {alone:.0f} ms (of {len(self.alone_ms)}), beside {beside:.0f} ms (of {len(self.beside_ms)})"


def p99(values: list[float]) -> float:
    """Return the value that one in a hundred exceeds."""
    return sorted(values)[max(0, int(len(values) * 0.99) - 1)]


@bench("fairness")
def fairness() -> Iterator[Row]:
    """Yield the ratios for reading and reporting; both ways on one stand."""
    with stand() as (made, tokens):
        ours = {kind: measure(made, tokens, kind, 8.0) for kind in ("rest", "reports")}
        with restarted(made, LOFT_FAIR="0"):
            usual = {kind: measure(made, tokens | {LIMITED: tokens[UNLIMITED]}, kind, 8.0) for kind in ours}
    for kind, figures in ours.items():
        before, now = usual[kind].ratio, figures.ratio
        without = "without turns" if kind == "rest" else "without turns and with no quota on the flood"
        floor = f"what is under {FLOOR_MS:.0f} ms counts as {FLOOR_MS:.0f}"
        note = f"{figures.words}; {without}: {usual[kind].words}; {floor}; ratio: without / with"
        yield Row(f"fairness_{kind}_ratio", round(now, 2), "1", round(before, 2), round(before / now, 2), note)


@contextmanager
def stand() -> Iterator[tuple[Stand, dict[str, str]]]:
    """Run a stand with three organisations; yield it with a key of each."""
    with Stand(environment={"LOFT_REPORT_STREAM_LIMIT": "2000"}) as made:
        tokens: dict[str, str] = json.loads(made.manage("shell", "-v", "0", "-c", _PREPARE).splitlines()[-1])
        made.start_engine()
        made.start_web()
        load.until_engine_lives(made)
        yield made, tokens


@contextmanager
def restarted(made: Stand, **environment: str) -> Iterator[None]:
    """Run the web process of a stand with other settings until the end of the block; it is stopped then."""
    made.stop("web")
    before, made.environment = made.environment, made.environment | environment
    try:
        made.start_web()
        yield
    finally:
        made.stop("web")
        made.environment = before


def measure(made: Stand, tokens: dict[str, str], kind: str, for_s: float) -> Figures:
    """Measure one organisation alone, then beside the flood of another; `kind` is rest or reports."""
    asyncio.run(_latencies(made, tokens[OTHER], kind, 2.0))  # what is asked first is slower
    alone = asyncio.run(_latencies(made, tokens[OTHER], kind, for_s))
    text = request(made, tokens[UNLIMITED if kind == "rest" else LIMITED], kind, 1_000, int(time() * 1_000))
    words = [sys.executable, "-m", "airspace.bench.flood", str(made.port), str(CONNECTIONS), str(for_s + 2.0)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crowd:  # noqa: S603
        try:
            beside, sent = _beside(crowd, text, lambda: asyncio.run(_latencies(made, tokens[OTHER], kind, for_s)))
        finally:
            crowd.kill()  # which has ended by itself unless something failed
    figures = Figures(alone, beside)
    say(f"  {kind}: {figures.words}, the crowd had {sent / (for_s + 2.0):.0f} answers a second")
    return figures


def _beside(
    crowd: "subprocess.Popen[bytes]", text: bytes, measured: Callable[[], list[float]]
) -> tuple[list[float], int]:
    """Let a crowd send a request while something is measured; return that, and how many answers the crowd had."""
    assert crowd.stdin
    assert crowd.stdout
    crowd.stdin.write(text)
    crowd.stdin.close()
    sleep(1.0)
    latencies_ms = measured()
    return latencies_ms, int(crowd.stdout.read())


def request(made: Stand, token: str, kind: str, positions: int, at_ms: int) -> bytes:
    """Return a whole HTTP request: a list of drones, or a batch of positions."""
    head = f"Host: 127.0.0.1:{made.port}\r\nAuthorization: Bearer {token}\r\n"
    if kind == "rest":
        return f"GET /api/v1/drones?limit=20 HTTP/1.1\r\n{head}\r\n".encode()
    rows = [
        load.report(number % 20, at_ms + number) | {"serial": f"{token[5:9]}-{number % 20}"}
        for number in range(positions)
    ]
    body = json.dumps(rows).encode()
    kind_of = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST /api/v1/reports HTTP/1.1\r\n{head}{kind_of}\r\n".encode() + body


async def _latencies(made: Stand, token: str, kind: str, for_s: float) -> list[float]:
    """Ask at a calm pace, each time as soon as the answer came but at most fifty times a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
    until_s, latencies = monotonic() + for_s, list[float]()
    while monotonic() < until_s:
        text = request(made, token, kind, 10, int(time() * 1_000) - 60_000)
        began_s = monotonic()
        status = await load.exchange(reader, writer, text)
        latencies.append((monotonic() - began_s) * 1_000)
        if status not in (200, 202):
            raise RuntimeError(f"{status} was answered: {made.log('web')[-2_000:]}")
        await asyncio.sleep(max(0.0, 0.02 - (monotonic() - began_s)))
    writer.close()
    return latencies
