"""What a child prints becomes lines of its log: each has time and part, tracebacks are folded, repetition is counted."""

import json
import re
import subprocess
import sys

import pytest

from console.run.logfile import LogFile
from console.run.loglines import Entry
from console.run.output import MOST_LINE_BYTES, Output, open_output

NOON_S = 1_780_315_200.0  # 2026-06-01 12:00 UTC
STAMP = "2026-06-01T12:00:00.000Z"
OURS = f"{STAMP} INFO web console.run.watch: all is well\n"


@pytest.fixture
def clock():
    return [1_000.0]


@pytest.fixture
def opened(tmp_path, clock):
    """Open the log of redis: `output, read = opened()`."""

    def open_it(form="line"):
        path = tmp_path / "redis.log"
        output = Output(LogFile(path), "redis", form, clock=lambda: clock[0], wall=lambda: NOON_S)
        return output, lambda: path.read_text().splitlines()

    return open_it


def test_a_line_of_another_program_gets_time_and_part(opened):
    output, read = opened()
    output.write(b"123:M 28 Nov 2026 * Ready to accept connections\nbye\n")
    output.flush()
    assert read() == [
        f"{STAMP} INFO redis output: 123:M 28 Nov 2026 * Ready to accept connections",
        f"{STAMP} INFO redis output: bye",
    ]


def test_a_line_in_our_form_passes_as_it_is_whichever_form(opened):
    output, read = opened()
    object_ = Entry(NOON_S, "INFO", "web", "x", "fine").json()
    output.write(OURS.encode() + object_.encode() + b"\n" + OURS.encode())
    assert read() == [OURS.rstrip(), object_, OURS.rstrip()]


def test_a_line_that_comes_in_pieces_is_one(opened):
    output, read = opened()
    for piece in (b"Ready to ", b"accept", b"\n", OURS[:20].encode(), OURS[20:].encode()):
        output.write(piece)
    assert read() == [f"{STAMP} INFO redis output: Ready to accept", OURS.rstrip()]


def test_what_has_no_end_is_written_once_it_is_quiet(opened, clock):
    output, read = opened()
    output.write(b"password:")
    output.turn()
    assert read() == []
    clock[0] += 1.1
    output.turn()
    assert read() == [f"{STAMP} INFO redis output: password:"]


def test_what_never_ends_is_cut(opened):
    output, read = opened()
    for _ in range(5):
        output.write(b"x" * MOST_LINE_BYTES)
    output.close()
    assert all(len(line) < 20_000 for line in read())
    assert sum(map(len, read())) < 60_000


FAILING = """
import sys, faulthandler
def inner():
    raise ValueError("no such thing")
def outer():
    try:
        inner()
    except ValueError as reason:
        raise LookupError("not found") from reason
print("beginning", flush=True)
outer()
"""


def test_a_traceback_of_python_itself_is_one_line(opened):
    output, read = opened()
    done = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, check=False)
    for byte in range(0, len(done.stderr), 7):
        output.write(done.stderr[byte : byte + 7])
    output.write(b"going on\n")
    output.flush()
    (trace, after) = read()
    assert trace.startswith(f"{STAMP} ERROR redis output: Traceback (most recent call last): / File ")
    assert "ValueError: no such thing / The above exception was the direct cause" in trace
    assert trace.endswith("LookupError: not found")
    assert after.endswith(" INFO redis output: going on")


def test_last_words_of_a_hung_process_are_one_line(opened):
    output, read = opened()
    code = "import faulthandler, os, signal\nfaulthandler.enable()\nos.kill(os.getpid(), signal.SIGABRT)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    output.write(done.stderr)
    output.close()
    (line,) = read()
    assert " ERROR redis output: Fatal Python error: Aborted / Current thread " in line
    assert 'File "<string>", line 3 in <module>' in line


def test_indented_lines_go_on_with_the_one_before(opened):
    output, read = opened()
    output.write(b"x.py:1: UserWarning: old\n  warn(1)\nnext\n")
    output.flush()
    assert [line.partition(": ")[2] for line in read()] == ["x.py:1: UserWarning: old / warn(1)", "next"]


def test_a_very_long_traceback_keeps_its_beginning_and_its_end(opened):
    output, read = opened()
    places = b"".join(b'  File "%d.py", line 1\n' % number for number in range(5_000))
    output.write(b"Traceback (most recent call last):\n" + places + b"ValueError: the end\n")
    output.flush()
    (line,) = read()
    assert 'File "0.py"' in line
    assert line.endswith("ValueError: the end")
    assert len(line) < 9_000


def test_control_characters_are_escaped(opened):
    output, read = opened()
    output.write(b"a\x1b[2Jb\xff\r\n")
    output.flush()
    assert read() == [f"{STAMP} INFO redis output: a\\x1b[2Jb\ufffd"]


def test_the_same_with_other_numbers_is_counted_and_told_once_a_minute(opened, clock):
    output, read = opened()
    for number in range(300):  # five minutes
        output.write(f"{number}:M 28 Nov 2026 12:00:{number} # Error writing to the AOF file\n".encode())
        output.turn()
        clock[0] += 1
    output.close()
    assert len(read()) == 1 + 5
    assert sum(count_of(line) for line in read()) == 300


@pytest.mark.parametrize("form", ["line", "json"])
def test_a_process_that_ends_again_and_again_does_not_begin_its_log_anew(opened, clock, form):
    output, read = opened(form)
    for life in range(30):  # five minutes, each life of ten seconds
        for level, message in (
            ("INFO", f"started {life}"),
            ("WARNING", "option is old"),
            ("ERROR", f"no Redis {life}"),
        ):
            entry = Entry(NOON_S, level, "beat", "celery.beat", message, "ECONNREFUSED", trace="Traceback: x at y:1 z")
            output.write(f"{entry.json() if form == 'json' else entry.line()}\n".encode())
        output.turn()
        clock[0] += 10
    output.close()
    assert sum("started" in line for line in read()) == 30  # which is news
    troubles = [line for line in read() if "no Redis" in line]
    assert len(troubles) == 1 + 5
    assert all("ECONNREFUSED" in line for line in troubles)
    assert sum(json.loads(line)["count"] if form == "json" else count_of(line) for line in troubles) == 30


def count_of(line: str) -> int:
    found = re.search(r" x(\d+) in ", line)
    return int(found[1]) if found else 1


@pytest.mark.parametrize("within_s", [60.0, 0.01])
@pytest.mark.parametrize("form", ["line", "json"])
def test_what_a_process_counted_itself_is_never_counted_again(opened, form, within_s):
    output, read = opened(form)
    for count in range(2, 12):
        entry = Entry(NOON_S, "ERROR", "web", "door", "refused", "", count, within_s)
        output.write(f"{entry.json() if form == 'json' else entry.line()}\n".encode())
    output.close()
    assert len(read()) == 10


def test_an_object_that_is_not_quite_ours_passes(opened):
    output, read = opened("json")
    for text in ('{"time": "x", "level": "ERROR"}', '{"time": "x", ', '{"time": "x", "level": 3, "count": []}'):
        output.write(f"{text}\n{text}\n".encode())
    assert len(read()) == 6


def test_what_the_supervisor_says_has_time_and_part_and_comes_back_for_the_terminal(opened):
    output, read = opened()
    assert output.say("redis ended (1); again in 0.2 s") == read()[0]
    assert read() == [f"{STAMP} INFO redis processes: redis ended (1); again in 0.2 s"]
    assert output.say("redis ended (1); again in 0.4 s").endswith("again in 0.4 s")
    assert len(read()) == 1  # the file counts it


def test_what_the_supervisor_says_of_processes_with_numbers_is_told_of_each(opened):
    output, read = opened()
    for name in ("web", "web-2", "web-3"):
        for seconds in (0.2, 0.4):
            output.say(f"{name} ended (-9); again in {seconds} s")
    assert [line.split()[4] for line in read()] == ["web", "web-2", "web-3"]


def test_as_json_every_line_is_an_object(opened):
    output, read = opened("json")
    output.say("redis does not answer", "WARNING")
    output.write(b"Ready\nTraceback (most recent call last):\n  File x\nValueError: y\n")
    output.close()
    rows = [json.loads(line) for line in read()]
    assert [(row["level"], row["part"], row["logger"], row["message"]) for row in rows] == [
        ("WARNING", "redis", "processes", "redis does not answer"),
        ("INFO", "redis", "output", "Ready"),
        ("ERROR", "redis", "output", "Traceback (most recent call last): / File x / ValueError: y"),
    ]
    assert {row["time"] for row in rows} == {STAMP}


def test_what_was_dropped_is_told_in_our_form(opened, tmp_path):
    output, read = opened()
    (tmp_path / "redis.log").unlink()
    output._log.close()
    (tmp_path / "redis.log").symlink_to("/dev/full")
    for letter in b"abc":
        output.write(bytes([letter]) + b" line\n" + OURS.encode())
    output._log.close()
    (tmp_path / "redis.log").unlink()
    output.write(OURS.encode())
    assert read() == [
        f"{STAMP} WARNING redis processes: 6 lines were dropped: they could not be written", OURS.rstrip(),
    ]  # fmt: skip


def test_a_device_without_room_ends_nothing(tmp_path, clock):
    (tmp_path / "redis.log").symlink_to("/dev/full")
    output = open_output(tmp_path / "redis.log")
    output.write(b"a\nb\n" + OURS.encode())
    assert output.say("redis ended (1)").endswith("redis ended (1)")  # the terminal hears of it
    output.turn()
    output.close()
    assert output.tell() == 0
