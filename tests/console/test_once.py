"""What a process has one of: one, though many ask at once."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from console import redis_clients
from console.once import once

ASKING = 8


def _ask_at_once(asked):
    together = threading.Barrier(ASKING)

    def ask(_):
        together.wait()
        return asked()

    with ThreadPoolExecutor(ASKING) as threads:
        return list(threads.map(ask, range(ASKING)))


def test_threads_that_ask_at_once_get_the_same_one():
    made = []

    @once
    def thing():
        time.sleep(0.05)  # as long as it takes to make a client
        made.append(object())
        return made[-1]

    assert set(_ask_at_once(thing)) == set(made)
    assert len(made) == 1


def test_what_could_not_be_made_is_tried_again():
    answers = iter([ValueError("not now"), "made"])

    @once
    def thing():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="not now"):
        thing()
    assert thing() == "made"
    assert thing() == "made"


def test_what_is_forgotten_is_made_anew():
    numbers = iter(range(9))

    @once
    def thing():
        return next(numbers)

    assert (thing(), thing()) == (0, 0)
    thing.forget()
    assert thing() == 1


def test_a_fork_does_not_wait_for_a_thread_that_stayed_behind():
    """Run as its child: it has no other thread, and the one that was making it will never be done there."""
    is_making, may_go_on = threading.Event(), threading.Event()
    parent = os.getpid()

    @once
    def thing():
        if os.getpid() == parent:
            is_making.set()
            may_go_on.wait(10)
        return os.getpid()

    thread = threading.Thread(target=thing)
    thread.start()
    assert is_making.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(0 if thing() == os.getpid() else 1)
    may_go_on.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
    assert thing() == parent


def test_a_client_in_use_is_not_closed_by_another_thread_that_made_one_at_the_same_time(monkeypatch):
    """The thread that measures Redis asks for the client while the first request of a process does."""
    made = []
    real = redis.Redis.from_url

    def slow(*args, **kwargs):
        time.sleep(0.05)
        made.append(real(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(redis.Redis, "from_url", slow)
    redis_clients.client.forget()
    lines = _ask_at_once(lambda: redis_clients.client().connection_pool)
    assert len(made) == 1
    assert {id(pool) for pool in lines} == {id(made[0].connection_pool)}
    monkeypatch.undo()
    redis_clients.client.forget()
