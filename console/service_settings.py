"""What readiness asks for, and what the service manager that started Loft asks for."""

from environs import Env

from console.run.service_manager import Asked

READINESS = [
    "console.health.redis_answers",
    "console.health.database_answers",
    "airspace.feeds.engine_beats",
    "console.health.beat_beats",
    "console.health.beat_turns",
    "console.health.checks_turn",
    "console.health.probes_turn",
    "console.health.edge_workers_turn",
    "console.health.workers_turn",
]
NEEDED_BY_NO_REQUEST = frozenset({"edge_workers_turn"})
"""Named where they fail, and no reason for a balancer to take the web away: an edge node that is busy or behind has its
own alarm, and jobs wait in its queue."""


def asked(env: Env) -> Asked:
    """Return what systemd, or who speaks its protocol, has put into the environment."""
    return Asked(env.str("NOTIFY_SOCKET", ""), env.int("WATCHDOG_USEC", 0), env.int("WATCHDOG_PID", 0))
