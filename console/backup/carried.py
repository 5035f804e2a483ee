"""What Redis holds that is nowhere else: accepted, answered with 202, and not stored yet.

It is read before the database is copied. What was accepted before the backup began is then in one of the two: it stays
in Redis until its rows are committed. What is in both is stored once, for rows are unique. So nothing waits for the
engine, and a backup works while it is down.

It is kept as the commands that make it again, in Redis' own protocol: a file that a new server loads as its
append-only file.
"""

import logging
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import redis
from redis.exceptions import RedisError

from console.errors import Refused
from console.redis_clients import GONE, client

log = logging.getLogger(__name__)
AOF_FOLDER, AOF, AOF_LIST = "appendonlydir", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest"
PIECE = 10
"""Entries of a stream, or of a list, in memory at a time; a request of reports is 20 MB at most, mostly a few kB."""
Command = list[bytes]
_keys: list[str] = []


def register(*keys: str) -> None:
    """Have keys of Redis carried into backups, in this order: streams, hashes and lists."""
    _keys.extend(key for key in keys if key not in _keys)


def write(target: BinaryIO) -> int:
    """Write the commands that make the registered keys again; return how many.

    Raises:
        Refused: Redis does not answer.
    """
    count = 0
    try:
        for command in chain.from_iterable(_commands(client(), key) for key in _keys):
            target.write(_encoded(command))
            count += 1
    except (*GONE, RedisError) as reason:
        raise Refused(f"Redis does not answer, which holds reports that are not stored yet: {reason}") from None
    return count


def lay_out(commands: Path, folder: Path) -> None:
    """Lay commands out as the files that an embedded Redis loads when it starts."""
    home = folder / AOF_FOLDER
    home.mkdir(mode=0o700, parents=True)
    commands.rename(home / AOF)
    (home / AOF_LIST).write_text(f"file {AOF} seq 1 type i\n")


def refuse_used() -> None:
    """Raise Refused unless the Redis that the settings name answers and holds none of the keys."""
    try:
        held = [key for key in _keys if client().exists(key)]
    except (*GONE, RedisError) as reason:
        raise Refused(f"Redis does not answer: {reason}") from None
    if held:
        raise Refused(f"Redis is not empty: it holds {held[0]}")


def send(commands: Path) -> None:
    """Make the keys in the Redis that the settings name, all or none, as one transaction.

    Raises:
        Refused: it took them not.
    """
    try:
        with client().pipeline(transaction=True) as line:
            for command in _decoded(commands):
                line.execute_command(*command)  # type: ignore[no-untyped-call]
            line.execute()
    except (*GONE, RedisError) as reason:
        raise Refused(f"Redis does not take what waited to be stored: {reason}") from None


def withdraw() -> None:
    """Take back what `send` made, or may have made before it was cut off."""
    try:
        client().delete(*_keys)
    except (*GONE, RedisError) as reason:
        log.warning("Redis may hold what was to be restored, delete %s: %s", " ".join(_keys), reason)


def _commands(line: redis.Redis, key: str) -> Iterator[Command]:
    kind = cast("bytes", line.type(key))
    name = key.encode()
    if kind == b"stream":
        yield from ([b"XADD", name, *entry] for entry in _entries(line, key))
    elif kind == b"hash":
        fields = cast("dict[bytes, bytes]", line.hgetall(key))
        yield from ([b"HSET", name, field, value] for field, value in fields.items())
    elif kind == b"list":
        for start in range(0, line.llen(key), PIECE):
            for value in cast("list[bytes]", line.lrange(key, start, start + PIECE - 1)):
                yield [b"RPUSH", name, value]


def _entries(line: redis.Redis, key: str) -> Iterator[Command]:
    after = "-"
    while piece := cast("list[tuple[bytes, dict[bytes, bytes]]]", line.xrange(key, after, count=PIECE)):
        for number, fields in piece:
            yield [number, *chain.from_iterable(fields.items())]
        after = f"({piece[-1][0].decode()}"


def _encoded(command: Command) -> bytes:
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in command)


def _decoded(path: Path) -> Iterable[Command]:
    with path.open("rb") as file:
        while head := file.readline():
            words = []
            for _ in range(int(head[1:])):
                words.append(file.read(int(file.readline()[1:])))
                file.read(2)
            yield words
