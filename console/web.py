"""Starts a web process: `python -m console.web`, or `main(sockets)` in a process that was handed its sockets."""

import os
import resource
import socket
import sys
from collections.abc import Sequence

import uvicorn
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
FILES_PER_CONNECTION = 2
FILES_BESIDES = 512
SWITCH_S = 0.0005
"""Eight busy threads would keep the event loop waiting for eight times Python's 5 ms."""


def config() -> uvicorn.Config:
    """Return how uvicorn runs. Who the client behind a proxy is, is told by `console.address`.

    Its own handlers would print whole what strangers send, as often as they send it: its lines go the way of ours.
    """
    return uvicorn.Config(
        "console.asgi:application",
        host=settings.LOFT_HOST, port=settings.LOFT_PORT, proxy_headers=False,
        loop="uvloop", http="console.connections:Http", ws="console.connections:Socket",
        ws_per_message_deflate=False, ws_max_size=8_192,
        log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip


SWITCH_EVERY_S = 0.001
"""An answer takes the processor back after each query; with 5 ms a turn it would wait that long behind each thread."""


def main(sockets: Sequence[socket.socket] | None = None) -> None:
    """Serve until told to stop: on sockets that listen already, else on the one that the settings name."""
    sys.setswitchinterval(SWITCH_S)
    _raise_file_limit(FILES_PER_CONNECTION * settings.LOFT_CONNECTIONS + FILES_BESIDES)
    if settings.LOFT_FAIR:
        sys.setswitchinterval(SWITCH_EVERY_S)
    server = uvicorn.Server(config())
    server.run(sockets=list(sockets) if sockets else None)
    if not server.started:
        sys.exit(3)


def _raise_file_limit(wanted: int) -> None:
    """Allow as many open files as the connections may need, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


if __name__ == "__main__":
    main()
