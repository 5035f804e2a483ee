"""Starts a web process: `python -m console.run.web`, or `main(sockets)` in a process that was handed its sockets."""

import gc
import os
import resource
import socket
import sys
from collections.abc import Sequence
from importlib import import_module

import django
import uvicorn
from django.conf import settings

from console.database_settings import hurry_writes
from console.run import forking
from console.run.fitness import exit_unless_fit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
FILES_PER_CONNECTION = 2
FILES_BESIDES = 512
SWITCH_EVERY_S = 0.0002
"""An answer takes the processor back after each query; with Python's 5 ms a turn it would wait that long behind each
thread, and the event loop behind all eight of them. The loop lets go of it at each connection that has something to
say, so that beside one busy thread a crowd of a thousand would cost it a thousand times as long."""


def config() -> uvicorn.Config:
    """Return how uvicorn runs. Who the client behind a proxy is, is told by `console.door.address`.

    Its own handlers would print whole what strangers send, as often as they send it: its lines go the way of ours.
    """
    return uvicorn.Config(
        "console.asgi:application",
        host=settings.LOFT_HOST, port=settings.LOFT_PORT, proxy_headers=False,
        loop="uvloop", http="console.door.connections:Http", ws="console.door.connections:Socket",
        ws_per_message_deflate=False, ws_max_size=8_192,
        log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip


NEW_OBJECTS_PER_COLLECTION = 10_000
"""Objects of requests and lines live for long or for a moment, and few are in a cycle; Python's own figure is 700."""


def main(sockets: Sequence[socket.socket] | None = None) -> None:
    """Serve until told to stop: on sockets that listen already, else on the one that the settings name."""
    django.setup()  # a forked process has it done
    exit_unless_fit()
    hurry_writes()
    sys.setswitchinterval(SWITCH_EVERY_S)
    _raise_file_limit(FILES_PER_CONNECTION * settings.LOFT_CONNECTIONS + FILES_BESIDES)
    running = config()
    _get_ready(running)
    server = uvicorn.Server(running)
    server.run(sockets=list(sockets) if sockets else None)
    if not server.started:
        sys.exit(3)


def _get_ready(running: uvicorn.Config) -> None:
    """Import what answers, and take it all out of the garbage collector's sight.

    A whole collection looks at a million objects of code, and nothing is answered meanwhile: half a second, and the
    crowd of a storm sets off one after another.
    """
    running.load()
    import_module(settings.ROOT_URLCONF)  # else the first request does
    forking.freeze()
    gc.set_threshold(NEW_OBJECTS_PER_COLLECTION)


def _raise_file_limit(wanted: int) -> None:
    """Allow as many open files as the connections may need, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


if __name__ == "__main__":
    forking.hold_memory_tight()  # a forked process has inherited it
    main()
