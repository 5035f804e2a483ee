"""Bench `storm`: screens that lose their lines and come back at once, and what a bystander notices of it."""

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import redis

from airspace.bench import load
from airspace.bench.load import say
from airspace.bench.stand import Stand
from console.bench import Row, bench

SIZES = (500, 2_000)
SCREENS_PER_PERSON = 20
BATCH = 200
DRONES = 2_000
EVERY_S = 0.1
CALM_S = 5.0
SETTLED_S = 10.0
OPEN_SPREAD_S = FETCH_SPREAD_S = 3.0
"""The jitter of `static/console/hub.js`."""
LIMITS = {
    "LOFT_CONNECTIONS": "8192",
    "LOFT_CONNECTIONS_PER_PROXY": "8192",
    "LOFT_SOCKETS_PER_PROCESS": "4000",
    "LOFT_QUOTA_SOCKETS": "4000",
    "LOFT_QUOTA_REQUESTS_PER_S": "100000",
}
_PEOPLE = """
import json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from console.access.actor import HOME_PK
from console.access.sessions import SessionStore
from console.models import Membership, Person
cookies = []
for number in range(COUNT):
    person = Person.objects.create(username=f"screen-{number}", password="!")
    Membership.objects.create(person=person, organisation_id=HOME_PK, role="viewer")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session.save()
    cookies.append(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
print(json.dumps(cookies))
"""


@dataclass
class Storm:
    """One storm: what the screens said, what the bystander measured, and what it cost."""

    screens: dict[str, float]
    waits_ms: list[float]
    web_cpu_s: float
    redis_connections: int
    rss_mb: float

    @property
    def p95_ms(self) -> float:
        """What 95 of 100 of the bystander's requests stayed under."""
        return float(np.percentile(self.waits_ms, 95))


class Bystander:
    """Somebody with a page and somebody who reports, each every tenth of a second; how long they wait."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.waits_ms: list[float] = []
        self.failed = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def take(self) -> list[float]:
        """Return what was measured since the last call."""
        taken, self.waits_ms = self.waits_ms, []
        return taken

    async def _run(self) -> None:
        host, cookie = f"127.0.0.1:{self._stand.port}", self._stand.cookie
        page = f"GET /api/v1/drones?limit=50 HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"
        await asyncio.gather(self._ask(lambda _: page.encode()), self._ask(self._reports))

    def _reports(self, turn: int) -> bytes:
        first = turn * BATCH % DRONES
        at_ms = int(time.time() * 1000)
        return load.request(self._stand, [load.report(drone, at_ms) for drone in range(first, first + BATCH)])

    async def _ask(self, make: Callable[[int], bytes]) -> None:
        began, turn = time.monotonic(), 0
        while not self._over.is_set():
            await asyncio.sleep(max(0.0, began + turn * EVERY_S - time.monotonic()))
            text, asked = make(turn), time.monotonic()
            while not await self._is_answered(text):
                self.failed += 1
            self.waits_ms.append((time.monotonic() - asked) * 1000)
            turn += 1 + int((time.monotonic() - asked) / EVERY_S)

    async def _is_answered(self, text: bytes) -> bool:
        """Ask once, on a connection of its own; what failed is asked again, and the wait goes on."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._stand.port)
            try:
                return await load.exchange(reader, writer, text) in (200, 202)
            finally:
                writer.close()
        except (OSError, EOFError):
            return False


@contextmanager
def _screens() -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "airspace.bench.screens"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as screens:  # noqa: S603
        try:
            yield screens
        finally:
            screens.kill()


@bench("storm")
def storm() -> Iterator[Row]:
    """Yield a bystander's wait, the time until all are back, Redis connections and memory; each beside a baseline."""
    for size in SIZES:
        yield from _of_size(size)


def _of_size(size: int) -> Iterator[Row]:
    with Stand(LIMITS) as stand:
        cookies = json.loads(
            stand.manage("shell", "-v", "0", "-c", _PEOPLE.replace("COUNT", str(size // SCREENS_PER_PERSON)))
        )
        stand.start_engine()
        stand.start_web()
        load.until_engine_lives(stand)
        bystander = Bystander(stand)
        bystander.start()
        with _screens() as screens:
            rows = list(_measured(stand, screens, bystander, {"port": stand.port, "cookies": cookies, "count": size}))
        bystander.stop()
    yield from rows


def _measured(
    stand: Stand, screens: subprocess.Popen[str], bystander: Bystander, plan: dict[str, object]
) -> Iterator[Row]:
    size = plan["count"]
    time.sleep(CALM_S)
    calm_ms, before_mb = float(np.percentile(bystander.take(), 95)), rss_mb(stand)
    spread = {"open_spread_s": OPEN_SPREAD_S, "fetch_spread_s": FETCH_SPREAD_S}
    _storm(stand, screens, bystander, {**plan, **spread})  # the first opening
    ours = _storm(stand, screens, bystander, {**plan, **spread})
    usual = _storm(stand, screens, bystander, {**plan, "open_spread_s": 0.0, "fetch_spread_s": 0.0})
    _tell(screens, {**plan, **spread, "count": 0})
    time.sleep(SETTLED_S)
    after_mb = rss_mb(stand)
    name = "storm" if size == SIZES[-1] else f"storm_{size}"
    note = f"{size} screens; baseline: pages without jitter, the same server; ratio: baseline / ours"
    yield _beside(f"{name}_bystander_p95_ms", ours.p95_ms, usual.p95_ms, f"{note}; {calm_ms:.0f} ms when calm")
    yield _beside(f"{name}_back_s", ours.screens["back_s"], usual.screens["back_s"], note, "s")
    each_ms = [made.web_cpu_s / float(str(size)) * 1000 for made in (ours, usual)]
    yield _beside(f"{name}_cpu_per_screen", each_ms[0], each_ms[1], f"web, until all were back; {note}")
    told = "; ".join(f"{word} {ours.screens[word]:.0f}" for word in ("tries", "refused", "failed_fetches"))
    yield Row(f"{name}_redis_connections", ours.redis_connections, "", usual.redis_connections, None, told)
    most = f"of the web process with all lines open; baseline: before the first; {after_mb:.0f} MB once all were closed"
    yield Row(f"{name}_rss", round(ours.rss_mb), "MB", round(before_mb), None, most)


def _beside(name: str, ours: float, usual: float, note: str, unit: str = "ms") -> Row:
    return Row(name, round(ours, 1), unit, round(usual, 1), round(usual / ours, 2), note)


def _storm(stand: Stand, screens: subprocess.Popen[str], bystander: Bystander, plan: dict[str, object]) -> Storm:
    """Let all fall at once; return what happened until all were back."""
    bystander.take()
    before_s, most = stand.cpu_s()["web"], [0]
    over = threading.Event()
    counting = threading.Thread(target=_count, args=(stand, most, over))
    counting.start()
    told = _tell(screens, plan)
    over.set()
    counting.join()
    made = Storm(told, bystander.take(), stand.cpu_s()["web"] - before_s, most[0], rss_mb(stand))
    say(f"  {told}; bystander: p95 {made.p95_ms:.0f} ms, {bystander.failed} failed in all")
    say(f"  web: {made.web_cpu_s:.1f} CPU-s, {made.rss_mb:.0f} MB")
    return made


def _tell(screens: subprocess.Popen[str], plan: dict[str, object]) -> dict[str, float]:
    """Let the screens do something; return what they say of it."""
    assert screens.stdin is not None
    assert screens.stdout is not None
    screens.stdin.write(json.dumps(plan) + "\n")
    screens.stdin.flush()
    told: dict[str, float] = json.loads(screens.stdout.readline())
    return told


def _count(stand: Stand, most: list[int], over: threading.Event) -> None:
    """Look how many connections Redis has, until it is over."""
    password = (stand.home / "secrets" / "redis").read_text().strip()
    with redis.Redis(unix_socket_path=str(stand.home / "run" / "redis.sock"), password=password) as client:
        while not over.wait(0.1):
            most[0] = max(most[0], int(client.info("clients")["connected_clients"]))


def rss_mb(stand: Stand) -> float:
    """Return what the web process holds in memory."""
    text = Path(f"/proc/{stand.processes['web'].pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0
