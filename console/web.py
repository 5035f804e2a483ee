"""Starts the web process: `python -m console.web`, or `main(sockets)` in a process that was handed its sockets."""

import os
import resource
import socket
import sys
from collections.abc import Sequence

import uvicorn
from django.conf import settings
from uvicorn.supervisors import Multiprocess

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
FILES_PER_CONNECTION = 2
FILES_BESIDES = 512
SWITCH_S = 0.0005
"""Eight busy threads would keep the event loop waiting for eight times Python's 5 ms."""


def config() -> uvicorn.Config:
    """Return how uvicorn runs."""
    return uvicorn.Config(
        "console.asgi:application",
        host=settings.LOFT_HOST, port=settings.LOFT_PORT, workers=settings.LOFT_WEB_PROCESSES,
        loop="uvloop", http="console.connections:Http", ws="console.connections:Socket",
        ws_per_message_deflate=False, ws_max_size=65_536,
        access_log=False, server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip


def main(sockets: Sequence[socket.socket] | None = None) -> None:
    """Serve until told to stop: on sockets that listen already, else on those that the settings name."""
    sys.setswitchinterval(SWITCH_S)
    _raise_file_limit(FILES_PER_CONNECTION * settings.LOFT_CONNECTIONS + FILES_BESIDES)
    how = config()
    if sockets is not None or how.workers == 1:
        uvicorn.Server(how).run(list(sockets) if sockets is not None else None)
    else:
        Multiprocess(how, sockets=[how.bind_socket()]).run()


def _raise_file_limit(wanted: int) -> None:
    """Allow as many open files as the connections may need, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


if __name__ == "__main__":
    main()
