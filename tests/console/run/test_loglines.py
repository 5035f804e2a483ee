"""What a process writes: lines of bounded length that nobody else can forge, and no flood of the same ones."""

import io
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import time

import psycopg
import pytest
import redis

from console.run.loglines import MOST_CHARACTERS, OneLine, OneObject, Part, SparingHandler, part, printable
from console.run.repeats import Repeats
from tests.stack import ROOT
from tests.waiting import wait_until
from tests.yardstick import at_most_s

LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Z]+) (\S+) (\S+?)"
    r"(?: \[(\S+)\])?(?: x(\d+) in (\d+) s)?: (.*)"
)


@pytest.fixture
def clock():
    return [1_000.0]


@pytest.fixture
def written(clock):
    """A logger that writes into a text: `log, text = written`."""
    text = io.StringIO()
    handler = SparingHandler(text, most_same=3, repeats=Repeats(clock=lambda: clock[0]))
    handler.setFormatter(OneLine())
    log = logging.Logger("door")  # noqa: LOG001  one of our own, which no other test hears
    log.addHandler(handler)
    yield log, text
    handler.close()


@pytest.fixture
def objects(written):
    """The same, writing JSON: `log, read = objects`."""
    log, text = written
    log.handlers[0].setFormatter(OneObject())
    return log, lambda: [json.loads(line) for line in text.getvalue().splitlines()]


def lines(text: io.StringIO) -> list[str]:
    """Return the lines without their time, each of which is in our form."""
    for line in text.getvalue().splitlines():
        assert LINE.fullmatch(line), line
    return [line.partition("Z ")[2].replace(f" {part.name} ", " ", 1) for line in text.getvalue().splitlines()]


def caught(do):
    try:
        do()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_line_has_the_time_level_part_and_logger(written):
    log, text = written
    before = time.time()
    log.error("it is so")
    at, level, who, logger, code, count, within_s, message = LINE.fullmatch(text.getvalue().rstrip("\n")).groups()
    assert (level, who, logger, code, count, within_s, message) == (
        "ERROR", part.name, "door", None, None, None, "it is so",
    )  # fmt: skip
    assert abs(time.mktime(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone - before) < 60


def test_an_object_has_the_same_and_is_one_line(objects):
    log, read = objects
    log.error("it is\nso %s", "x")
    (row,) = read()
    assert row.pop("time").endswith("Z")
    assert row == {
        "level": "ERROR", "part": part.name, "logger": "door", "code": "", "count": 1, "within_s": 0.0,
        "message": "it is\\nso x", "trace": "",
    }  # fmt: skip


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


def test_a_traceback_is_folded_into_its_line(written):
    log, text = written
    try:
        raise ValueError("a" * 60_000 + "\nERROR root: forged\x85ERROR root: again")  # noqa: TRY301
    except ValueError:
        log.exception("failed")
    (line,) = lines(text)
    assert line.startswith("ERROR door: failed | Traceback: ValueError: aaa")
    assert " at tests/console/run/test_loglines.py:" in line
    assert len(line) < MOST_CHARACTERS


def test_a_stack_is_folded_as_well(written):
    log, text = written
    log.warning("how did we come here", stack_info=True)
    (line,) = lines(text)
    assert "here | Stack: File " in line
    assert "test_a_stack_is_folded_as_well" in line


def test_formatting_a_long_text_takes_time_linear_to_what_is_kept():
    with at_most_s(5.0):  # what is cut away is not escaped first
        for _ in range(1_000):
            printable("\n" * 60_000)


# --- codes -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotFoundError(2, "no such file"), "ENOENT"),
        (OSError(28, "No space left on device"), "ENOSPC"),
        (psycopg.errors.DiskFull("could not extend file"), "53100"),
        (redis.exceptions.ResponseError("MISCONF Errors writing to the AOF file"), "MISCONF"),
        (redis.exceptions.ConnectionError("Connection refused"), ""),
        (ValueError("NO code"), ""),
    ],
)
def test_an_error_has_its_code_wherever_it_is_told(written, error, code):
    log, text = written
    log.warning("could not look: %s", error)
    try:
        raise error
    except type(error):
        log.exception("failed")
    codes = [LINE.fullmatch(line).group(5) or "" for line in text.getvalue().splitlines()]
    assert codes == [code, code]


def test_the_code_of_what_caused_it_counts(written):
    log, text = written
    cause = caught(lambda: sqlite3.connect(":memory:").execute("SELECT * FROM nowhere"))
    try:
        raise LookupError("not found") from cause  # noqa: TRY301
    except LookupError:
        log.exception("failed")
    assert lines(text)[0].startswith("ERROR door [SQLITE_ERROR]: failed")


def test_a_code_may_be_given_and_the_status_of_an_answer_is_one(objects):
    log, read = objects
    log.warning("refused", extra={"code": "quota"})
    log.warning("answered %s", "x", extra={"status_code": 503})
    assert [row["code"] for row in read()] == ["quota", "503"]


# --- the part --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["/x/manage.py", "track", "--consumer", "a"], "track"), (["manage.py"], "python"), (["-c"], "python"),
        (["/x/celery/__main__.py", "-A", "console"], "console"), (["/x/console/run/web.py"], "web"), ([], "python"),
    ],
)  # fmt: skip
def test_a_process_is_called_what_it_runs(monkeypatch, words, name):
    monkeypatch.setattr(sys, "argv", words)
    assert Part().name == name


def test_one_that_forks_starts_no_thread(written, clock):
    log, text = written
    before = part.name
    part.become("supervisor", forks=True)
    try:
        for number in range(10):
            log.warning("refused %s", number)
        assert log.handlers[0]._timer is None
        clock[0] += 61
        log.warning("something else")
        assert "x7 in 61 s" in text.getvalue()
    finally:
        part.become(before)


# --- repetition ------------------------------------------------------------------------------------------------------
def test_after_a_few_of_a_kind_the_others_are_counted(written, clock):
    log, text = written
    for number in range(500):
        log.warning("refused %s", number)
    assert lines(text) == [f"WARNING door: refused {number}" for number in range(3)]
    clock[0] += 61
    log.info("something else")
    assert lines(text)[3:] == ["WARNING door x497 in 61 s: refused 499", "INFO door: something else"]


def test_an_outage_is_one_line_a_minute(written, clock):
    log, text = written
    for _ in range(3_000):  # ten minutes, five times a second
        log.error("could not look: %s", OSError(111, "refused"))
        clock[0] += 0.2
    log.handlers[0].close()
    assert len(lines(text)) == 3 + 10
    assert sum(int(LINE.fullmatch(line).group(6) or 1) for line in text.getvalue().splitlines()) == 3_000


def test_what_is_no_trouble_is_told_more_often(written):
    log, text = written
    for number in range(25):
        log.info("job %s is done", number)
    assert len(lines(text)) == 20


def test_a_count_keeps_the_code_and_lets_go_of_what_the_record_held(objects, clock):
    log, read = objects
    for _ in range(9):
        try:
            raise OSError(28, "No space left on device")  # noqa: TRY301
        except OSError:
            log.exception("failed")
    assert all(repeated.newest.exc_info is None for repeated in log.handlers[0]._repeats.end())
    for _ in range(9):
        log.error("failed: %s", OSError(28, "No space"))
    log.handlers[0].close()
    assert (read()[-1]["code"], read()[-1]["count"]) == ("ENOSPC", 6)


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


def test_what_was_counted_is_told_although_nobody_writes_any_more(clock):
    text = io.StringIO()
    handler = SparingHandler(text, most_same=1, repeats=Repeats(0.2, lambda: clock[0]))
    handler.setFormatter(OneLine())
    log = logging.Logger("door")  # noqa: LOG001
    log.addHandler(handler)
    for _ in range(5):
        log.warning("refused")
    clock[0] += 1
    wait_until(lambda: " x4 in 1 s: refused" in text.getvalue(), "it is told by itself")
    handler.close()


def test_what_was_counted_is_told_at_the_end(written, clock):
    log, text = written
    for _ in range(5):
        log.warning("refused %s", 1)
    assert len(lines(text)) == 3
    clock[0] += 1
    log.handlers[0].close()
    assert lines(text)[3:] == ["WARNING door x2 in 1 s: refused 1"]


def test_no_flood_of_kinds_takes_the_memory(written):
    log, _ = written
    for number in range(3_000):
        log.warning(f"%s {number}", "x")  # noqa: G004
    assert len(log.handlers[0]._repeats) <= 1_001


def test_many_hosts_of_60_000_characters_take_a_few_kilobytes(client, written, monkeypatch):
    """138 of them wiped a log of 32 MB away."""
    log, text = written
    monkeypatch.setattr(logging.getLogger("django.security.DisallowedHost"), "handlers", log.handlers)
    for number in range(138):
        assert client.get("/login", HTTP_HOST=f"{number}" + "h" * 60_000).status_code == 400
    assert "Invalid HTTP_HOST header" in text.getvalue()
    assert len(text.getvalue()) < 60_000


def test_a_process_whose_log_takes_nothing_goes_on():
    code = (
        "import django\ndjango.setup()\nimport logging, sys\n"
        "for number in range(100): logging.getLogger(f'x{number}').error('refused %s', number)\nprint('done')"
    )
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=full, check=False,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings"},
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"done\n")


WEB = "from console import asgi\nfrom console.run import web\nweb.config()\n"  # in this order: a forked web process was set up by its parent
CELERY = "from console.celery import app\napp.log.setup(loglevel='WARNING', redirect_stdouts=False)\n"


@pytest.mark.slow
@pytest.mark.parametrize(("process", "begin"), [("web", WEB), ("worker", CELERY), ("command", "")])
@pytest.mark.parametrize("form", ["line", "json"])
def test_every_process_cuts_and_counts_whoever_writes(process, begin, form):
    names = ["uvicorn.error", "django.request", "celery.worker", "console.live.live", "redbeat"]
    code = (
        f"import django\ndjango.setup()\n{begin}import logging\n"
        f"for name in {names}:\n"
        " for _ in range(50): logging.getLogger(name).error('refused %s', 'x' * 60_000 + '\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "console.settings", "LOFT_LOG_FORMAT": form},
    )  # fmt: skip
    texts = (done.stderr + done.stdout).splitlines()
    assert len(texts) == 2 * len(names), process
    assert all("characters more)" in line and len(line) < 2_300 for line in texts)
    rows = [json.loads(line) if form == "json" else LINE.fullmatch(line) for line in texts]
    assert all(rows)
    if form == "json":
        assert sorted(row["count"] for row in rows) == [1] * len(names) + [49] * len(names)
    else:
        assert sorted(int(row.group(6) or 1) for row in rows) == [1] * len(names) + [49] * len(names)


@pytest.mark.parametrize("closes", ["handler", "stream"])
def test_the_timer_writes_nothing_once_it_is_closed(written, clock, capsys, closes):
    log, text = written
    handler = log.handlers[0]
    for _ in range(5):
        log.error("again")
    (handler if closes == "handler" else text).close()
    if closes == "handler":
        text.close()
    clock[0] += 1_000
    handler._on_time()  # that ran already when it was called off
    assert handler._timer is None
    assert "closed file" not in capsys.readouterr().err


def test_a_closed_handler_begins_no_timer(written):
    log, text = written
    log.handlers[0].close()
    for _ in range(9):
        log.error("still somebody writes")
    assert log.handlers[0]._timer is None
    assert text.getvalue().count("still somebody writes") == 3
