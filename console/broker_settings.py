"""How Celery speaks with its broker. The figures' reasons: docs/architecture.md."""

from typing import Any

TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
    "health_check_interval": 10,
    "global_keyprefix": "loft.celery.",
}
