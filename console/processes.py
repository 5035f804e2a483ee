"""Which processes make up one installation. Programs of other apps are named by their command only."""

import socket
import sys
from collections.abc import Callable
from contextlib import closing
from time import monotonic

from django.conf import settings
from django.utils.module_loading import import_string

from console import serve_redis
from console.health import redis_answers
from console.supervisor import Plan, manage

MOST_KB = "800000"
"""A worker that holds more after a task is replaced: what draws maps never gives all its memory back."""

MOST_WAIT_S = 20.0
"""So long the others wait for the simulated world."""
HEAVY_NICE = 10
"""What takes minutes gets what the rest leaves of the cores."""


def plans() -> list[Plan]:
    """Return what to run, in the order of its start."""
    return [*_ground(), *_stations(), *_work(), *import_string(settings.LOFT_EDGE_PLANS)(), _beat(), _web(), *_demo()]


def celery(*words: str) -> list[str]:
    """Return the command line of a Celery program."""
    return [sys.executable, "-m", "celery", "-A", "console", *words]


def celery_worker(name: str, queue: str, *words: str, nice: int = 0) -> Plan:
    """Return a worker that serves one queue."""
    return Plan(
        f"worker-{name}",
        celery(
            "worker", "-n", f"{name}@%h", "-Q", queue, "--without-mingle", "--without-gossip", "-l", "WARNING", *words
        ),
        group="workers",
        nice=nice,
    )


def _ground() -> list[Plan]:
    if not settings.REDIS_EMBEDDED:
        return []
    words = serve_redis.command(settings.REDIS_SOCKET, settings.LOFT_HOME / "redis", settings.SECRETS_DIR / "redis")
    return [Plan("redis", words, ready=lambda: redis_answers() is None)]


def _work() -> list[Plan]:
    return [
        Plan("engine", manage("track"), group="workers"),
        celery_worker("default", "default", "--pool=prefork", "-c", "2", "--max-memory-per-child", MOST_KB),
        celery_worker(
            "heavy", "heavy", "--pool=prefork", "-c", "1", "--max-memory-per-child", MOST_KB, nice=HEAVY_NICE
        ),
        celery_worker("checks", "checks", "--pool=threads", "-c", "3"),  # begins rounds; its checks mostly wait
        celery_worker("probes", "probes", "--pool=solo"),  # alone in its process: nothing else may delay a probe
    ]


def _beat() -> Plan:
    return Plan("beat", celery("beat", "-l", "WARNING"))


def _web() -> Plan:
    return Plan("web", [sys.executable, "-m", "console.web"], ready=web_listens)


def _stations() -> list[Plan]:
    """Before anyone probes them, so that a start is no outage; yet nothing waits for them for ever."""
    if not settings.LOFT_DEMO:
        return []
    where = settings.LOFT_EMULATOR_HOST, settings.LOFT_EMULATOR_PORT
    return [Plan("basestations", manage("basestations"), group="demo", ready=at_last(lambda: listens(*where)))]


def _demo() -> list[Plan]:
    if not settings.LOFT_DEMO:
        return []
    demo = [Plan("factory", manage("factory"), group="demo")]
    if settings.LOFT_DEMO_DRONES:
        demo.append(Plan("fleet", manage("fleet", "--drones", str(settings.LOFT_DEMO_DRONES)), group="demo"))
    return demo


def web_listens() -> bool:
    """Whether the web process takes connections."""
    return listens(settings.LOFT_HOST, settings.LOFT_PORT)


def listens(host: str, port: int) -> bool:
    """Whether anyone takes connections there."""
    with closing(socket.socket()) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def at_last(is_ready: Callable[[], bool], most_s: float = MOST_WAIT_S) -> Callable[[], bool]:
    """Return whether something is ready, or has been waited for long enough since it was first asked."""
    asked_first_s: float | None = None

    def ready() -> bool:
        nonlocal asked_first_s
        now_s = monotonic()
        asked_first_s = now_s if asked_first_s is None else asked_first_s
        return is_ready() or now_s - asked_first_s >= most_s

    return ready
