"""Names are asked for within a time, and nobody waits for a resolver that hangs: not a deadline, not a loop's end."""

import asyncio
import os
import queue
import socket
import threading

import pytest

from console.outbound import names
from console.outbound.guard import Guard, Nameless
from console.outbound.names import Resolver
from tests.waiting import PATIENCE_S, wait_until

KIND = socket.SOCK_STREAM


class Asked(list):
    """The names that the system's resolver was asked for; it hangs until `again` is set."""

    def __init__(self):
        super().__init__()
        self.again = threading.Event()


@pytest.fixture
def dead(monkeypatch):
    """A resolver of the system that answers nobody until the event is set; it returns how many ask."""
    real, asked = socket.getaddrinfo, Asked()

    def hangs(host, *args, flags=0, **named):
        if flags & socket.AI_NUMERICHOST:
            return real(host, *args, flags=flags, **named)
        asked.append(host)
        asked.again.wait(PATIENCE_S)
        raise socket.gaierror(socket.EAI_AGAIN, "nobody answered")

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    yield asked
    asked.again.set()


def test_a_name_is_given_up_after_its_time(dead):
    with pytest.raises(socket.gaierror, match=r"within 0\.05 s"):
        Resolver(within_s=0.05).addresses("north.example.org", 80, KIND)


def test_a_loop_ends_though_the_resolver_still_hangs(dead):
    with pytest.raises(socket.gaierror, match=r"within 0\.05 s"):
        asyncio.run(Resolver(within_s=0.05).find("north.example.org", 80, KIND))
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(Resolver(within_s=60).find("south.example.org", 80, KIND), 0.05))


def test_an_address_waits_behind_no_name(dead):
    resolver = Resolver(most_at_once=1, within_s=0.05)
    with pytest.raises(OSError, match="within"):
        resolver.addresses("north.example.org", 80, KIND)
    assert resolver.addresses("127.0.0.1", 80, KIND)[0][4] == ("127.0.0.1", 80)
    assert asyncio.run(resolver.find("::1", 80, KIND))[0][4][:2] == ("::1", 80)


def test_threads_and_those_who_wait_are_bounded_and_who_gave_up_is_not_asked_for(dead, monkeypatch):
    monkeypatch.setattr(names, "MOST_WAITING", 4)
    resolver = Resolver(most_at_once=2, within_s=0.02)
    before = threading.active_count()
    hanging = [resolver._ask((f"name-{number}.example.org", 80, KIND)) for number in range(2)]
    wait_until(lambda: len(dead) == 2, "both threads hang")
    for number in range(2, 6):
        with pytest.raises(OSError, match="within"):
            resolver.addresses(f"name-{number}.example.org", 80, KIND)
    assert threading.active_count() - before <= 2
    with pytest.raises(OSError, match="too many names"):
        resolver.addresses("one-more.example.org", 80, KIND)
    dead.again.set()
    wait_until(lambda: resolver._questions.empty() and all(asked.done() for asked in hanging), "they go on")
    assert len(dead) == 2


def test_a_name_has_a_thread_though_another_was_just_taken_by_the_only_idle_one(monkeypatch):
    """Who waits behind a name that hangs is given up, though there might have been a thread for it."""
    waits, taken, go_on = [], threading.Event(), threading.Event()

    class Slow(queue.Queue):
        def get(self):
            waits.append(1)
            got = super().get()
            if got[0][0] == "first.example.org":
                taken.set()
                go_on.wait(PATIENCE_S)
            return got

    monkeypatch.setattr(names.queue, "Queue", Slow)
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, flags=0, **named: (
        real(host, *args, flags=flags, **named) if flags else [host]
    ))  # fmt: skip
    resolver = Resolver(most_at_once=2, within_s=30)
    try:
        assert resolver.addresses("before.example.org", 80, KIND) == ["before.example.org"]
        wait_until(lambda: len(waits) == 2, "its thread waits for another")
        resolver._ask(("first.example.org", 80, KIND))
        assert taken.wait(PATIENCE_S)
        assert resolver.addresses("second.example.org", 80, KIND) == ["second.example.org"]
    finally:
        go_on.set()


def test_whatever_the_system_raises_ends_no_thread(monkeypatch):
    real = socket.getaddrinfo

    def fails(host, *args, flags=0, **named):
        if flags or host == "localhost":
            return real(host, *args, flags=flags, **named)
        raise ValueError("not foreseen")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    resolver = Resolver(most_at_once=1, within_s=30)
    with pytest.raises(ValueError, match="not foreseen"):
        resolver.addresses("odd.example.org", 80, KIND)
    assert resolver.addresses("localhost", 80, KIND)


def test_what_nobody_knows_and_what_cannot_be_a_name_are_told_as_before():
    for host in ("no-such-host.invalid", "a..b"):
        with pytest.raises((OSError, UnicodeError)):
            Resolver().addresses(host, 80, KIND)
        with pytest.raises(Nameless):
            Guard().addresses(host, 80)


def test_many_ask_at_once_and_each_gets_an_answer():
    async def all_of_them():
        return await asyncio.gather(*(Resolver(within_s=30).find("localhost", port, KIND) for port in range(1, 200)))

    assert [rows[0][4][1] for rows in asyncio.run(all_of_them())] == list(range(1, 200))


def test_a_process_that_was_forked_has_threads_of_its_own():
    resolver = Resolver(within_s=30)
    resolver.addresses("localhost", 80, KIND)
    read, write = os.pipe()
    if not (child := os.fork()):
        os.write(write, b"1" if resolver.addresses("localhost", 81, KIND) else b"0")
        os._exit(0)
    os.close(write)
    wait_until(lambda: os.waitpid(child, os.WNOHANG)[0], "the child has ended")
    assert os.read(read, 1) == b"1"
    os.close(read)
