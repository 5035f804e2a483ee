"""The web server of one process, on sockets that it is given or on its own."""

import socket
import sys
from collections.abc import Sequence

import uvicorn
from django.conf import settings


def main(sockets: Sequence[socket.socket] | None = None) -> None:
    """Serve until told to stop."""
    server = uvicorn.Server(
        uvicorn.Config(
            settings.ASGI_APPLICATION.replace(".application", ":application"),
            host=settings.LOFT_HOST,
            port=settings.LOFT_PORT,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_max_size=65_536,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    server.run(sockets=list(sockets) if sockets else None)
    if not server.started:
        sys.exit(3)
