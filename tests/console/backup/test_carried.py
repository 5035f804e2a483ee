"""What waits in Redis is carried along: as commands, from which another Redis is the same."""

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import redis

from airspace import feeds
from console.access.secret import secret
from console.backup import carried
from console.errors import Refused
from console.redis_clients import client
from console.run import serve_redis
from tests.waiting import wait_until

BODIES = [b"", b"\r\n$3\r\nEND\r\n", "航".encode(), bytes(range(256)), b"x" * 100_000]


@pytest.fixture
def waiting(empty_redis) -> None:
    """Reports that wait, more than are read at once, some read by the engine and not settled; counts; one put aside."""
    line = client()
    for number in range(3 * carried.PIECE + 1):
        line.xadd(feeds.STREAM, {"body": BODIES[number % len(BODIES)], "token": b"", "n": str(number)})
    line.xgroup_create(feeds.STREAM, feeds.GROUP, id="0")
    line.xreadgroup(feeds.GROUP, "engine", {feeds.STREAM: ">"}, count=4)
    line.hset(feeds.WAITING, mapping={"1": 20, "2": 11})
    for number in range(2 * carried.PIECE):
        line.lpush(feeds.DEAD, f"dead {number}")
    line.set("loft.something", "that is made anew")


def commands(folder: Path) -> tuple[Path, int]:
    path = folder / "commands"
    with path.open("wb") as file:
        return path, carried.write(file)


def held(line: redis.Redis) -> tuple:
    return line.xrange(feeds.STREAM), line.hgetall(feeds.WAITING), line.lrange(feeds.DEAD, 0, -1), line.keys("loft.*")


def test_a_new_redis_loads_it_when_it_starts(waiting, tmp_path):
    path, count = commands(tmp_path)
    assert count == 3 * carried.PIECE + 1 + 2 + 2 * carried.PIECE
    before = held(client())
    carried.lay_out(path, tmp_path / "redis")
    secret(tmp_path, "password")
    words = serve_redis.command(tmp_path / "s", tmp_path / "redis", tmp_path / "password")
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        line = redis.Redis(unix_socket_path=str(tmp_path / "s"), password=secret(tmp_path, "password"))
        wait_until(lambda: answers(line), "the other Redis answers")
        after = held(line)
        engine = line.xgroup_create(feeds.STREAM, feeds.GROUP, id="0")
        entries = line.xreadgroup(feeds.GROUP, "engine", {feeds.STREAM: ">"})[0][1]
        server.terminate()
    assert after[:3] == before[:3]
    assert b"loft.something" not in after[3]
    assert engine
    assert entries == before[0], "the engine reads them, those that it had in hand among them"


def answers(line: redis.Redis) -> bool:
    try:
        return line.ping()
    except redis.ConnectionError:
        return False


def test_a_redis_of_the_settings_takes_it_as_one_transaction_when_it_holds_none(waiting, tmp_path):
    path, _ = commands(tmp_path)
    before = held(client())
    with pytest.raises(Refused, match=r"Redis is not empty: it holds loft\.reports"):
        carried.refuse_used()
    client().flushall()
    carried.refuse_used()
    carried.send(path)
    assert held(client())[:3] == before[:3]


def test_an_empty_redis_carries_nothing(empty_redis):
    file = BytesIO()
    assert carried.write(file) == 0
    assert file.getvalue() == b""


def test_entries_that_come_and_go_meanwhile_disturb_nothing(empty_redis):
    """What was there when it began and was not taken out is in it, once."""
    first = [client().xadd(feeds.STREAM, {"n": str(number)}) for number in range(5 * carried.PIECE)]

    class Busy(BytesIO):
        """At each entry written the engine settles an old one, and a new one comes."""

        settled = 0

        def write(self, command: bytes) -> int:
            client().xdel(feeds.STREAM, first[self.settled])
            client().xadd(feeds.STREAM, {"n": "new"}) if self.settled < 20 else None
            Busy.settled = min(self.settled + 1, len(first) - 1)
            return super().write(command)

    file = Busy()
    carried.write(file)
    for number in first:
        assert file.getvalue().count(number) == 1
