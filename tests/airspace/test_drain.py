"""Redis filled to its limit by reports, the engine killed meanwhile: it drains by itself, and the door opens again."""

import os
import signal
import time

import httpx
import pytest
import redis

from airspace.bench.stand import Stand
from tests.airspace.test_kill import environment, stored
from tests.waiting import wait_until

__all__ = ["environment"]
pytestmark = [pytest.mark.slow]
MOST_BYTES = 24_000_000
PER_BATCH = 500
LEAST_PERIOD_S = 0.03
"""At 50 kB a batch less than 2 MB/s: a reserve of 4.8 MB must hold what comes until the next look, a second later."""


class Sender:
    """Posts batches one after the other and keeps what was accepted."""

    def __init__(self, stand: Stand) -> None:
        headers = {"Authorization": f"Bearer {stand.token}"}
        self.client = httpx.Client(base_url=stand.url, headers=headers, timeout=30)
        self.accepted: set[tuple[str, int]] = set()
        self.at = int(time.time() * 1000) - 3_600_000

    def post(self) -> httpx.Response:
        self.at += 1
        place = {"at": self.at, "lat_deg": 29.0, "lon_deg": 123.5, "altitude_wgs84_m": 80.0}
        rows = [{"serial": f"D-{number}", **place} for number in range(PER_BATCH)]
        answer = self.client.post("/api/v1/reports", json=rows)
        if answer.status_code == 202:
            self.accepted.update((row["serial"], self.at) for row in rows)
        return answer

    def is_taken(self) -> bool:
        return self.post().status_code == 202

    def until_refused(self) -> httpx.Response:
        """Post until the door closes; return what it says."""
        while (answer := self.post()).status_code == 202:
            time.sleep(LEAST_PERIOD_S)
            assert self.at < int(time.time() * 1000) - 3_590_000, "ten thousand batches and no end"
        return answer


@pytest.fixture
def stand(environment):
    with Stand(environment={**environment, "LOFT_REDIS_MAXMEMORY": str(MOST_BYTES)}) as made:
        made.start_engine()
        made.start_web()
        yield made


@pytest.fixture
def sender(stand):
    made = Sender(stand)
    yield made
    made.client.close()


@pytest.fixture
def line(stand):
    password = (stand.home / "secrets" / "redis").read_text().strip()
    with redis.Redis(unix_socket_path=str(stand.home / "run" / "redis.sock"), password=password) as made:
        yield made


def fill(line: redis.Redis) -> None:
    """Write as others do until nothing more is taken at all, not even the smallest."""
    size = 1_000_000
    while size > 16:
        try:
            line.rpush("ballast", os.urandom(size // 2).hex())
        except redis.exceptions.OutOfMemoryError:
            size //= 2


def is_full(line: redis.Redis) -> bool:
    """Fill it; a buffer of a client that was given back meanwhile makes room for once more."""
    fill(line)
    try:
        line.set("x", "y")
    except redis.exceptions.OutOfMemoryError:
        return True
    return False


def test_a_full_redis_drains_by_itself_though_the_engine_is_killed_and_nothing_accepted_is_lost(stand, sender, line):
    wait_until(sender.is_taken, "reports are taken")
    wait_until(lambda: sender.accepted <= set(stored(stand)), "the engine stores")
    os.kill(stand.processes["engine"].pid, signal.SIGSTOP)

    refused = sender.until_refused()
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["content-type"] == "application/problem+json"
    assert "Redis" in refused.json()["detail"]
    memory = line.info("memory")
    assert 0.75 < memory["used_memory"] / MOST_BYTES < 0.97, "the door closed before the limit was reached"

    wait_until(lambda: is_full(line), "nothing more is taken at all")
    stand.kill("engine")
    assert sender.post().status_code == 503
    stand.start_engine()

    began_s = time.monotonic()
    wait_until(
        lambda: line.xlen("loft.reports") == 0, "the stream is drained", progress=lambda: line.xlen("loft.reports")
    )
    wait_until(sender.is_taken, "reports are taken again", every_s=0.5)
    print(f"whole again after {time.monotonic() - began_s:.1f} s")
    wait_until(
        lambda: sender.accepted <= set(stored(stand)), "all is stored", every_s=0.5, progress=lambda: len(stored(stand))
    )
    rows = stored(stand)
    assert len(rows) == len(set(rows)) == len(sender.accepted)
    assert line.config_get("maxmemory")["maxmemory"] == str(MOST_BYTES)
    assert stand.processes["engine"].poll() is None
    assert "Traceback" not in stand.log("engine")
