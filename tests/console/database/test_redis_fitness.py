"""With a Redis that is too old a start ends in one sentence: its compiler knows no flags of scripts."""

import os
import socketserver
import stat
import threading

import pytest
from django.conf import settings
from django.core.checks import ERROR

from console.checks import redis_is_new_enough
from console.run import redis_fitness, serve_redis
from console.run.fitness import Unfit, require_fit
from tests.console.database.web import Web

COMPILER = b"-ERR Error compiling script (new function): user_script:1: unexpected symbol near '#' \r\n"
"""What Redis 6.2.14 answers; no package of such a server is to be had."""
INFO = b"# Server\r\nredis_version:6.2.14\r\n"


class Old(socketserver.StreamRequestHandler):
    """As much of Redis 6.2 as is asked."""

    def handle(self):
        while line := self.rfile.readline():
            words = [self._word() for _ in range(int(line[1:]))]
            self.wfile.write(self._answer(words[0].upper()))

    def _word(self):
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]

    def _answer(self, command):
        if command == b"EVAL":
            return self.server.said
        return b"$%d\r\n%s\r\n" % (len(INFO), INFO) if command == b"INFO" else b"+OK\r\n"


@pytest.fixture
def old(request):
    """The address of one; what it says of a script is a parameter."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Old) as server:
        server.daemon_threads, server.said = True, getattr(request, "param", COMPILER)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_is_too_old_is_named_without_its_password(old):
    told = redis_fitness.fault(f"redis://:secret@{old}/0?protocol=2")
    assert told == (
        f"The Redis at {old} (version 6.2.14) is too old: Loft needs Redis 7.0 or newer, or a Valkey; "
        "name one in REDIS_URL."
    )


def test_a_server_that_is_new_enough_lacks_nothing():
    assert redis_fitness.fault(settings.REDIS_URL) is None


def test_one_that_is_away_is_waited_for_by_whoever_needs_it():
    assert redis_fitness.fault("redis://127.0.0.1:1/0") is None


@pytest.mark.parametrize(
    "old",
    [
        b"-NOPERM User loft has no permissions to run the 'eval' command\r\n",
        b"-ERR unknown command 'EVAL'\r\n",
    ],
    ids=["not allowed", "without scripts"],
    indirect=True,
)
def test_what_it_says_of_anything_else_ends_no_start_and_is_logged(old, caplog):
    assert redis_fitness.fault(f"redis://:secret@{old}/0?protocol=2") is None
    assert "could not ask Redis whether it is new enough" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "old",
    [b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"],
    indirect=True,
)
def test_one_that_is_busy_is_waited_for_as_one_that_is_away(old, caplog):
    assert redis_fitness.fault(f"redis://{old}/0?protocol=2") is None
    assert caplog.text == ""


@pytest.fixture
def named(old, settings):
    settings.REDIS_EMBEDDED, settings.REDIS_URL = False, f"redis://{old}/0?protocol=2"


@pytest.mark.django_db
@pytest.mark.usefixtures("named")
def test_nothing_may_work_with_it_and_the_check_of_a_deployment_tells():
    with pytest.raises(Unfit, match=r"version 6\.2\.14"):
        require_fit()
    [told] = redis_is_new_enough()
    assert (told.id, told.level) == ("loft.E001", ERROR)
    assert told.msg.startswith("The Redis at 127.0.0.1")


@pytest.mark.django_db
def test_the_embedded_one_is_not_asked_before_it_runs(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    require_fit()
    assert redis_is_new_enough() == []


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("words", [["manage.py", "up"], ["manage.py", "track"]], ids=" ".join)
def test_a_start_ends_at_once_in_one_sentence(home: Web, old, words):
    home.environment["REDIS_URL"] = f"redis://{old}/0?protocol=2"
    done = home.run(*words)
    assert done.returncode not in (0, None)
    assert len([line for line in done.stderr.splitlines() if "is too old" in line]) == 1, done.stderr
    assert "Traceback" not in done.stderr


def program(folder, name, said):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_of_the_servers_of_a_machine_none_is_embedded_that_is_too_old(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    program(tmp_path, "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=a")
    assert serve_redis.program() != str(tmp_path / "redis-server")
    new = program(
        tmp_path, "valkey-server", "Valkey server v=8.1.3 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=b"
    )
    assert serve_redis.program() == new
    newer = program(tmp_path, "redis-server", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64")
    (tmp_path / "valkey-server").unlink()
    assert serve_redis.program() == newer
