"""What shows the supervisor that Celery's loops turn (`console.run.loops`): the worker's, the scheduler's, each task's.

A worker's own loop beats from its timer. Where it waits for the broker it beats between two tries. A task that runs in
that loop (solo), or in a thread, may take as long as its hard time limit says: neither pool enforces one, so the
supervisor does. A pool's process is looked after by its worker, which ends what passes its limit; where it is stopped
the supervisor ends it.
"""

import math
import os
import threading
from typing import Any

from celery import signals

from console.run import loops
from console.run.forking import die_with
from console.run.hangs import START_S

BEAT_EVERY_S = 1.0
GRACE_S = 3.0


class _Worker:
    """The loop of this process's worker, if it is one, and those of the tasks in its threads."""

    def __init__(self) -> None:
        self.loop: loops.Loop | None = None
        self.pid = 0
        self.of_thread = threading.local()


_worker = _Worker()


def watch() -> None:
    """Have Celery's processes watched, whichever of them this one is going to be."""
    signals.worker_init.connect(_watch_worker)
    signals.worker_ready.connect(_watch_loop)
    signals.worker_process_init.connect(_end_with_its_worker)
    signals.task_prerun.connect(_watch_task)
    signals.task_postrun.connect(_note_end)
    signals.beat_init.connect(_watch_schedule)


def beat() -> None:
    """Note a turn of the worker, from its own loop only."""
    if _worker.loop:
        _worker.loop.beat()


def _watch_worker(**_: object) -> None:
    _worker.loop, _worker.pid = loops.claim("worker", START_S), os.getpid()


def _watch_loop(sender: Any, **_: object) -> None:
    if _worker.loop:
        _worker.loop.may_take(loops.SILENCE_S)
        sender.hub.timer.call_repeatedly(BEAT_EVERY_S, beat)


def _end_with_its_worker(**_: object) -> None:
    """Have the kernel end a pool's process when its worker is killed: a fork does not inherit that setting.

    Where tasks run in the worker itself, that is its own process, and the supervisor its parent.
    """
    die_with(os.getppid() if _worker.pid in (0, os.getpid()) else _worker.pid)


def _watch_task(task: Any, **_: object) -> None:
    if not _worker.loop or _worker.pid != os.getpid():
        return
    limit_s = (task.time_limit or task.app.conf.task_time_limit or math.inf) + GRACE_S
    if threading.current_thread() is threading.main_thread():
        _worker.loop.may_take(limit_s)
    else:
        _worker.of_thread.loop = loops.claim(task.name, limit_s)


def _note_end(**_: object) -> None:
    if loop := _worker.of_thread.__dict__.pop("loop", None):
        loop.end()
    elif _worker.loop and threading.current_thread() is threading.main_thread():
        _worker.loop.may_take(loops.SILENCE_S)


def _watch_schedule(sender: Any, **_: object) -> None:
    """Beat with each tick; until the first one, a scheduler may wait for another's lock for as long as that lives."""
    loop = loops.claim("schedule", math.inf)
    tick = sender.scheduler.tick

    def beating(*args: Any, **options: Any) -> float:
        loop.may_take(loops.SILENCE_S)
        left_s: float = tick(*args, **options)
        return left_s

    sender.scheduler.tick = beating
