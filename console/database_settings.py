"""How Loft reaches its database: what `DATABASE_URL` says, completed by what it leaves open.

What the URL says stays, also where there is a default: `?target_session_attrs=primary&sslmode=verify-full`.
"""

from typing import Any

from django.db import connections

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "console.postgresql"
CONNECT_TIMEOUT_S = 3
"""Of one attempt at one host. A host that is there answers within milliseconds; with several each has so long."""
GONE_AFTER_S = 10
"""A host that acknowledges nothing for so long is gone: without it a query waits for a dead machine for minutes."""
LOCKED_FOR_S = 5
POOL = {
    "min_size": 1,
    "max_size": 12,
    "timeout": 4.0,  # so long a request waits for a connection at most
    "max_waiting": 64,  # more than the threads of a process; beyond it a request is refused at once
    "reconnect_timeout": 3.0,  # the pool tries at 0, 1 and 3 s; by default its pauses double up to minutes
}


def database(given: dict[str, Any]) -> dict[str, Any]:
    """Complete what `DATABASE_URL` says.

    Args:
        given: what the URL says, as `dj_database_url` reads it.
    """
    options: dict[str, Any] = dict(given.get("OPTIONS") or {})
    if given["ENGINE"] == SQLITE:
        return {**given, "OPTIONS": {**_sqlite(), **options}}
    asked = str(options.pop("options", ""))
    options = {**_postgresql(), **options, "options": f"-c jit=off {asked}".strip()}
    options["pool"] = {**POOL, "max_size": int(options.pop("pool_max_size", POOL["max_size"]))}
    return {
        **given,
        "ENGINE": POSTGRESQL,
        "CONN_MAX_AGE": 0,  # under ASGI, persistent connections leak; the pool keeps them instead
        "CONN_HEALTH_CHECKS": True,  # else the pool lends connections that a restart or a failover has ended
        "OPTIONS": options,
    }


def hurry_writes() -> None:
    """Let this process wait less for a SQLite file that another writes into: behind it a person waits, and a thread."""
    default: dict[str, Any] = connections.settings["default"]
    if default["ENGINE"] == SQLITE:
        default["OPTIONS"]["timeout"] = min(default["OPTIONS"]["timeout"], LOCKED_FOR_S)


def _sqlite() -> dict[str, Any]:
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
    }


def _postgresql() -> dict[str, Any]:
    """Return libpq's parameters. Compiling what row-level security adds to a statement takes longer than running it."""
    return {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
        "tcp_user_timeout": GONE_AFTER_S * 1_000,
    }  # fmt: skip
