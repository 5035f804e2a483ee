"""What a process writes: lines of bounded length that nobody else can forge, and no flood of the same ones."""

import io
import logging
import os
import re
import subprocess
import sys
import time

import pytest
from django.conf import settings as installation

from console.loglines import MOST_CHARACTERS, OneLine, SparingHandler, printable
from tests.stack import ROOT


@pytest.fixture
def clock():
    return [1_000.0]


@pytest.fixture
def written(clock):
    """A logger that writes into a text: `log, text = written`."""
    text = io.StringIO()
    handler = SparingHandler(text, most_same=3, clock=lambda: clock[0])
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    log = logging.Logger("door")  # noqa: LOG001  one of our own, which no other test hears
    log.addHandler(handler)
    yield log, text
    handler.close()


def lines(text: io.StringIO) -> list[str]:
    return text.getvalue().splitlines()


def test_a_long_value_is_cut_and_it_is_told_by_how_much(written):
    log, text = written
    log.error("Invalid HTTP_HOST header: %r", "h" * 60_000)
    (line,) = lines(text)
    assert line.startswith("ERROR door: Invalid HTTP_HOST header: 'hhh")
    assert line.endswith("… (58028 characters more)")
    assert len(line) < MOST_CHARACTERS + 60


def test_a_line_cannot_be_forged(written):
    log, text = written
    log.warning("no such page: %s", "/x\n2026-06-01 ERROR root: all is lost\r\x1b[2J\x00\u2028\ud800 度")
    assert lines(text) == [
        "WARNING door: no such page: /x\\n2026-06-01 ERROR root: all is lost\\r\\x1b[2J\\x00\\u2028\\ud800 度"
    ]


def test_the_text_of_an_exception_is_cut_and_indented(written):
    log, text = written
    try:
        raise ValueError("a" * 60_000 + "\nERROR root: forged\x85ERROR root: again")  # noqa: TRY301
    except ValueError:
        log.exception("failed")
    first, *following = lines(text)
    assert first == "ERROR door: failed"
    assert all(line.startswith("    ") and len(line) < MOST_CHARACTERS + 60 for line in following)
    assert following[-2:] == ["    ERROR root: forged", "    ERROR root: again"]


def test_a_long_traceback_keeps_its_beginning_and_its_end(written):
    log, text = written
    try:
        raise ValueError("\n".join(map(str, range(10_000))))  # noqa: TRY301
    except ValueError:
        log.exception("failed")
    told = lines(text)
    assert len(told) == 102
    assert told[1] == "    Traceback (most recent call last):"
    assert told[-1] == "    9999"
    assert any(re.fullmatch(r"    … \(99\d\d lines more\)", line) for line in told)


def test_formatting_a_long_text_takes_time_linear_to_what_is_kept():
    began_s = time.process_time()
    for _ in range(1_000):
        printable("\n" * 60_000)
    assert time.process_time() - began_s < 5.0  # what is cut away is not escaped first


def test_after_a_few_of_a_kind_the_others_are_counted(written, clock):
    log, text = written
    for number in range(500):
        log.warning("refused %s", number)
    assert lines(text) == [f"WARNING door: refused {number}" for number in range(3)]
    clock[0] += 61
    log.info("something else")
    assert lines(text)[3:] == [
        "WARNING door: repeated 497 times more within 61 s: refused %s",
        "INFO door: something else",
    ]


def test_a_text_that_differs_each_time_is_known_by_its_place_in_the_code(written):
    log, text = written
    for number in range(500):
        log.error(f"Invalid HTTP_HOST header: {number}")  # noqa: G004  as Django writes it
    assert len(lines(text)) == 3


def test_other_kinds_are_written_meanwhile(written):
    log, text = written
    for number in range(10):
        log.warning("refused %s", number)
        log.error("failed %s", number)
    assert len(lines(text)) == 6


def test_failures_at_other_places_are_other_kinds(written):
    log, text = written
    for fail in (lambda: 1 / 0, lambda: [0][:0].pop(), lambda: {}["x"]):
        for _ in range(5):
            try:
                fail()
            except (ArithmeticError, LookupError):
                log.exception("task %s failed", "x")
    assert text.getvalue().count("task x failed") == 9


def test_the_next_minute_begins_anew(written, clock):
    log, text = written
    for _ in range(3):
        for _ in range(5):
            log.warning("refused %s", 1)
        clock[0] += 61
    assert text.getvalue().count("refused 1") == 9
    assert text.getvalue().count("repeated 2 times") == 2


def test_what_was_counted_is_told_although_nobody_writes_any_more():
    text = io.StringIO()
    handler = SparingHandler(text, most_same=1, window_s=0.2)
    log = logging.Logger("door")  # noqa: LOG001
    log.addHandler(handler)
    for _ in range(5):
        log.warning("refused")
    handler._timer.join(timeout=10)
    assert "repeated 4 times more" in text.getvalue()
    handler.close()


def test_what_was_counted_is_told_at_the_end(written):
    log, text = written
    for _ in range(5):
        log.warning("refused %s", 1)
    log.handlers[0].close()
    assert lines(text)[-1] == "WARNING door: repeated 2 times more within 0 s: refused %s"


def test_no_flood_of_kinds_takes_the_memory(written):
    log, _ = written
    for number in range(3_000):
        log.warning(f"%s {number}", "x")  # noqa: G004
    assert len(log.handlers[0]._windows) <= 1_001


def test_many_hosts_of_60_000_characters_take_a_few_kilobytes(client, written, monkeypatch):
    """138 of them wiped a log of 32 MB away."""
    log, text = written
    monkeypatch.setattr(logging.getLogger("django.security.DisallowedHost"), "handlers", log.handlers)
    for number in range(138):
        assert client.get("/login", HTTP_HOST=f"{number}" + "h" * 60_000).status_code == 400
    assert "Invalid HTTP_HOST header" in text.getvalue()
    assert len(text.getvalue()) < 60_000


WEB = "from console import asgi, web\nweb.config()\n"  # in this order: a forked web process was set up by its parent
CELERY = "from console.celery import app\napp.log.setup(loglevel='WARNING', redirect_stdouts=False)\n"


@pytest.mark.slow
@pytest.mark.parametrize(("process", "begin"), [("web", WEB), ("worker", CELERY), ("command", "")])
@pytest.mark.parametrize("name", ["uvicorn.error", "django.request", "celery.worker", "console.live", "redbeat"])
def test_every_process_cuts_and_counts_whoever_writes(process, begin, name):
    code = (
        f"import django\ndjango.setup()\n{begin}import logging\n"
        f"for _ in range(50): logging.getLogger({name!r}).error('refused %s', 'x' * 60_000 + '\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings"},
    )  # fmt: skip
    told = (done.stderr + done.stdout).splitlines()
    assert len(told) == installation.LOFT_LOG_SAME_PER_MIN + 1, process
    assert all("characters more)" in line and len(line) < 2_200 for line in told[:-1])
    assert "repeated 30 times more" in told[-1]
