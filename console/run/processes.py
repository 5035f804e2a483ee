"""Which processes make up one installation. Programs of other apps are named by their command only."""

import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from importlib import import_module
from time import monotonic

from django.conf import settings
from django.core.management import CommandError, call_command, load_command_class
from django.utils.module_loading import import_string

from console.run import liveness, serve_redis
from console.run.supervisor import ProcessSpec

MOST_KB = "800000"
"""A worker that holds more after a task is replaced: what draws maps never gives all its memory back."""

MOST_WAIT_S = 20.0
"""So long the others wait for the simulated world."""
HEAVY_NICE = 10
"""What takes minutes gets what the rest leaves of the cores."""
BACKLOG = 2_048
REMOTE_PATIENCE = 3.0
"""The supervisor does not see a silent Redis on another machine, which holds a client up for four times 10 s."""

LIBRARIES = [
    "celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.prefork",
    "celery.concurrency.solo", "celery.concurrency.thread", "celery.worker.consumer", "kombu.transport.redis",
    "console.run.celery_consumer", "redbeat", "uvicorn.lifespan.on", "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl", "uvicorn.protocols.websockets.websockets_sansio_impl",
]  # fmt: skip
"""What our programs import only when they run; not onnxruntime, which starts a thread when it is imported."""


def specs(edge: Sequence[ProcessSpec] | None = None, listener: socket.socket | None = None) -> list[ProcessSpec]:
    """Return what to run, in the reverse order of its end.

    Args:
        edge: the edge nodes' workers; read from the database unless given.
        listener: where all web processes take connections; each opens the port itself unless given.
    """
    edge = import_string(settings.LOFT_EDGE_PLANS)() if edge is None else edge
    rows = [*_ground(), *_stations(), *_work(), *edge, _beat(), *_web(listener), *_demo()]
    return rows if settings.REDIS_EMBEDDED else [replace(row, patience=REMOTE_PATIENCE) for row in rows]


def prepare_to_fork() -> None:
    """Import what the processes import, once for all of them."""
    celery_app = import_string("console.celery.app")
    celery_app.loader.import_default_modules()
    celery_app.finalize()
    for name in [settings.ROOT_URLCONF, settings.ASGI_APPLICATION.rpartition(".")[0], *LIBRARIES]:
        import_module(name)
    for app, name in settings.LOFT_PROGRAMS:
        load_command_class(app, name)


def manage(words: Sequence[str]) -> None:
    """Run one of our own commands as `manage.py` would."""
    sys.argv = [sys.argv[0], *words]
    try:
        call_command(*words)
    except CommandError as reason:
        sys.exit(f"CommandError: {reason}")


def celery(words: Sequence[str]) -> None:
    """Run a Celery program as `celery` would."""
    words = ["--quiet", *words]  # no banner
    sys.argv = ["-m", "celery", "-A", "console", *words]  # with which it starts itself anew on SIGHUP
    sys.exit(import_string("console.celery.app").start(words))


def celery_worker(name: str, queue: str, *words: str, nice: int = 0, needs: Sequence[str] = ("redis",)) -> ProcessSpec:
    """Return a worker that serves one queue."""
    return ProcessSpec(
        f"worker-{name}",
        ["worker", "-n", f"{name}@%h", "-Q", queue, "--without-mingle", "--without-gossip", "-l", "WARNING", *words],
        group="workers",
        nice=nice,
        program=celery,
        needs=needs,
        beats=True,
    )


def _simulator(words: Sequence[str], *needs: str, ready: Callable[[], bool] | None = None) -> ProcessSpec:
    """Return a part of the simulated world: without it Loft is as ready as with it."""
    return ProcessSpec(
        words[0], words, group="demo", program=manage, needs=needs, ready=ready, beats=True, is_needed=False
    )


def _ground() -> list[ProcessSpec]:
    if not settings.REDIS_EMBEDDED:
        return []
    words = serve_redis.command(settings.REDIS_SOCKET, settings.LOFT_HOME / "redis", settings.SECRETS_DIR / "redis")
    asks = settings.REDIS_SOCKET
    return [ProcessSpec("redis", words, ready=serve_redis.answers, asks=asks, question=liveness.REDIS_PING)]


def _work() -> list[ProcessSpec]:
    """What readiness asks for comes first. Probes begin when the simulated world answers: a start is no outage."""
    world = ("redis", "basestations")
    return [
        ProcessSpec("engine", ["track"], group="workers", program=manage, needs=("redis",), beats=True),
        celery_worker("default", "default", "--pool=prefork", "-c", "2", "--max-memory-per-child", MOST_KB),
        celery_worker(
            "heavy", "heavy", "--pool=prefork", "-c", "1", "--max-memory-per-child", MOST_KB,
            nice=HEAVY_NICE, needs=("redis", "web"),
        ),
        celery_worker("checks", "checks", "--pool=threads", "-c", "3", needs=world),  # begins rounds; mostly waits
        celery_worker("probes", "probes", "--pool=solo", needs=world),  # alone: nothing else may delay a probe
    ]  # fmt: skip


def _beat() -> ProcessSpec:
    return ProcessSpec("beat", ["beat", "-l", "WARNING"], program=celery, needs=("redis",), beats=True)


def _web(listener: socket.socket | None) -> list[ProcessSpec]:
    """One plan per web process, each child of the supervisor: none takes another along when it ends."""
    names = ["web", *(f"web-{number}" for number in range(2, settings.LOFT_WEB_PROCESSES + 1))]
    return [_web_process(name, listener) for name in names]


def _web_process(name: str, listener: socket.socket | None) -> ProcessSpec:
    if listener is None:
        return ProcessSpec(name, [], program=partial(_serve, ()), group="web", ready=web_listens, needs=("redis",))
    asks = settings.LOFT_RUN_DIR / f"{name}.sock"
    sockets = (listener, liveness.listen(asks))
    return ProcessSpec(
        name, [], program=partial(_serve, sockets), group="web", asks=asks, sockets=sockets, needs=("redis",)
    )


def _serve(sockets: Sequence[socket.socket], words: Sequence[str]) -> None:
    import_string("console.run.web.main")(sockets)


def _stations() -> list[ProcessSpec]:
    """Before anyone probes them, so that a start is no outage; yet nothing waits for them for ever."""
    if not settings.LOFT_DEMO:
        return []
    where = settings.LOFT_EMULATOR_HOST, settings.LOFT_EMULATOR_PORT
    ready = at_last(lambda: listens(*where))
    return [_simulator(["basestations"], ready=ready)]


def _demo() -> list[ProcessSpec]:
    if not settings.LOFT_DEMO:
        return []
    commands = [["factory"]]
    if settings.LOFT_DEMO_DRONES:
        commands.append(["fleet", "--drones", str(settings.LOFT_DEMO_DRONES)])
    return [_simulator(words, "web") for words in commands]


def web_socket() -> socket.socket:
    """Return the socket at which web processes take connections; held by the supervisor, it refuses nobody meanwhile.

    Raises:
        OSError: the port is taken.
    """
    family = socket.AF_INET6 if ":" in settings.LOFT_HOST else socket.AF_INET
    return socket.create_server((settings.LOFT_HOST, settings.LOFT_PORT), family=family, backlog=BACKLOG)


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
