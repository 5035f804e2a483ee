"""A Redis that takes no writes, for its disk fails (MISCONF), still tells: events arrive and nobody begins anew."""

import asyncio
import shutil
import subprocess

import pytest
import redis

from console.live import live
from console.live.hub import EVENTS_CHANNEL
from console.redis_clients import GONE, NotNowError, client
from console.run import serve_redis
from tests.waiting import wait_until


@pytest.fixture
def refusing(tmp_path, settings, monkeypatch):
    """A server of one's own which has failed to save, and so refuses whatever writes, and `PING`."""
    folder, address = tmp_path / "redis", tmp_path / "redis.sock"
    folder.mkdir()
    words = [
        serve_redis.program(), "--port", "0", "--unixsocket", str(address), "--dir", str(folder),
        "--save", "3600 1", "--stop-writes-on-bgsave-error", "yes",
    ]  # fmt: skip
    with (
        subprocess.Popen(words, stdout=subprocess.DEVNULL) as process,
        redis.Redis(unix_socket_path=str(address)) as line,
    ):
        wait_until(lambda: address.exists() and line.ping(), "it answers")
        settings.REDIS_URL = f"unix://{address}"
        client.forget()
        shutil.rmtree(folder)
        line.bgsave()
        wait_until(lambda: line.info("persistence")["rdb_last_bgsave_status"] == "err", "it could not save")
        with pytest.raises(NotNowError):
            line.set("x", "y")
        yield line
        client.forget()
        process.kill()


async def until(condition, words):
    await asyncio.to_thread(wait_until, condition, words)


def refused_pings(line):
    return line.info("commandstats").get("cmdstat_ping", {}).get("rejected_calls", 0)


async def test_the_line_stays_open_and_pages_are_not_told_to_begin_anew(refusing, monkeypatch, caplog):
    begun, told = [], []
    monkeypatch.setattr(live, "PING_EVERY_S", 0.02)
    monkeypatch.setattr(live, "_begin_anew", lambda: begun.append(1))
    monkeypatch.setitem(live._takers, EVENTS_CHANNEL, told.append)
    before = refused_pings(refusing)
    listening = asyncio.create_task(live.listen())
    try:
        await until(lambda: begun, "the line is open")
        await until(lambda: refused_pings(refusing) > before + 10, "it was asked whether it lives")
        assert refusing.publish(EVENTS_CHANNEL, "sites\n\n{}") == 1
        await until(lambda: told, "the event has arrived")
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert (begun, told) == ([1], [b"sites\n\n{}"])
    assert caplog.messages == []


def test_what_a_process_writes_is_refused_in_a_way_that_it_waits_out(refusing):
    for write in (lambda: client().set("x", "y"), lambda: client().xadd("s", {"a": "b"}), lambda: client().ping()):
        with pytest.raises(GONE):
            write()
    assert client().publish(EVENTS_CHANNEL, "nobody hears it") == 0
