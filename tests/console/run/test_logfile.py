"""The file of a process's output: full ones are kept and compressed, the oldest go, and a full disk stops nobody."""

import gzip
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from console.run.logfile import PIECE_BYTES, LogFile
from tests.stack import ROOT
from tests.waiting import wait_until
from tests.yardstick import here_s, uncollected

LINE = b"2026-06-01 12:00:00,000 INFO web: " + b"x" * 65 + b"\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "web.log"


def fill(log: LogFile, count: int, line: bytes = LINE) -> None:
    for _ in range(count):
        log.write(line)


def names(path):
    return sorted(path.name for path in path.parent.iterdir())


@contextmanager
def room_for(size_bytes: int):
    """Let files grow to so many bytes: the kernel refuses what goes beyond, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_what_was_written_first_is_still_there_after_the_file_was_full(path):
    log = LogFile(path, most_bytes=10_000, keep=3)
    log.write(b"the evidence\n")
    fill(log, 150)  # 15 kB
    assert names(path) == ["web.log", "web.log.000001.gz"]
    kept = gzip.decompress((path.parent / "web.log.000001.gz").read_bytes())
    assert kept.startswith(b"the evidence\n")
    assert kept + path.read_bytes() == b"the evidence\n" + LINE * 150


def test_so_many_full_files_are_kept_and_the_oldest_go(path):
    log = LogFile(path, most_bytes=1_000, keep=3)
    fill(log, 100)  # 10 a file
    assert names(path) == ["web.log", "web.log.000007.gz", "web.log.000008.gz", "web.log.000009.gz"]


def test_files_are_readable_by_their_owner_only_whatever_they_were(path):
    path.write_bytes(b"")
    path.chmod(0o644)
    fill(LogFile(path, most_bytes=1_000, keep=3), 30)
    assert {stat.S_IMODE(path.stat().st_mode) for path in path.parent.iterdir()} == {0o600}
    assert len(names(path)) == 3


def test_a_start_goes_on_with_the_numbers_and_compresses_what_was_left(path):
    (path.parent / "web.log.000041").write_bytes(b"left over\n")
    (path.parent / "web.log.000041.draft").write_bytes(b"half")
    (path.parent / "web.log.old").write_bytes(b"somebody's own")
    log = LogFile(path, most_bytes=1_000, keep=3)
    fill(log, 15)
    assert names(path) == ["web.log", "web.log.000041.gz", "web.log.000042.gz", "web.log.old"]
    assert gzip.decompress((path.parent / "web.log.000041.gz").read_bytes()) == b"left over\n"


def test_a_full_file_of_32_mb_is_compressed_without_holding_up_anybody(path):
    (path.parent / "web.log.000001").write_bytes(LINE * 320_000)
    log, longest_s, count = LogFile(path, most_bytes=40_000_000, keep=3), 0.0, 0
    with uncollected():
        while (path.parent / "web.log.000001").exists():
            began_s = time.process_time()
            log.write(LINE)
            longest_s, count = max(longest_s, time.process_time() - began_s), count + 1
    assert count == pytest.approx(32_000_000 / PIECE_BYTES, rel=0.02)
    assert longest_s < here_s(0.1)
    assert len(gzip.decompress((path.parent / "web.log.000001.gz").read_bytes())) == 32_000_000


def test_compressing_keeps_up_with_a_flood(path):
    log = LogFile(path, most_bytes=1_000_000, keep=100)
    fill(log, 200, LINE * 650)  # 65 kB each, as much as a pipe gives at once
    waiting = [name for name in names(path) if name not in ("web.log", *(f"web.log.{n:06d}.gz" for n in range(99)))]
    assert len(waiting) <= 2  # one full file, and its draft


def test_on_a_full_disk_lines_are_dropped_and_counted_and_nothing_is_raised(path):
    log = LogFile(path, most_bytes=100_000, keep=3)
    fill(log, 10)
    with room_for(1_050):
        fill(log, 7)  # half of the first fits
    fill(log, 1)
    lines = path.read_bytes().split(b"\n")
    assert len(lines) == 10 + 1 + 1 + 1 + 1  # ten, half a line, the note, the last, and nothing after it
    assert LINE.startswith(lines[10])
    assert lines[11] == b"--- 7 lines were dropped: they could not be written"
    assert lines[12] + b"\n" == LINE


def test_on_a_full_disk_a_full_file_stays_as_it_is(path):
    (path.parent / "web.log.000001").write_bytes(bytes(range(256)) * 4_000)
    log = LogFile(path, most_bytes=10_000_000, keep=3)
    with room_for(100):
        fill(log, 40)
    assert names(path) == ["web.log", "web.log.000001"]


def test_a_device_without_room_stops_nobody(path):
    path.symlink_to("/dev/full")
    log = LogFile(path)
    fill(log, 3)
    assert log.tell() == 0
    log.close()


def test_a_folder_that_went_away_stops_nobody(path):
    log = LogFile(path, most_bytes=1_000, keep=3)
    path.unlink()
    path.parent.rmdir()
    fill(log, 30)
    path.parent.mkdir()
    fill(log, 30)
    log.close()


def test_a_child_that_floods_its_output_erases_nothing(tmp_path):
    from console.run.output import Output
    from console.run.supervisor import ProcessSpec, Supervisor

    flood = "2026-06-01T12:00:00.000Z INFO web flood: " + "x" * 65 + "\n"  # in our form, so that none is only counted
    code = f"import sys\nprint('the evidence', flush=True)\nfor _ in range(3_000):\n sys.stdout.write({flood!r})"
    supervisor = Supervisor(
        [ProcessSpec("web", [sys.executable, "-c", code])],
        tmp_path / "logs",
        tmp_path / "run",
        print,
        lambda path: Output(LogFile(path, most_bytes=50_000, keep=10), path.stem),
    )
    child = supervisor.children[0]
    supervisor._start(child)
    wait_until(lambda: supervisor._pump(0.01) or not child.is_running, "it has ended")
    for _ in range(20):  # what is left in the pipe
        supervisor._pump(0)
    supervisor.stop()
    first = (tmp_path / "logs" / "web.log.000001.gz").read_bytes()
    assert gzip.decompress(first).split(b"\n")[0].endswith(b" INFO web output: the evidence")


@pytest.mark.parametrize("name", ["LOFT_LOG_KEEP", "LOFT_LOG_MB", "LOFT_LOG_SAME_PER_MIN"])
def test_a_setting_of_nothing_is_refused(tmp_path, name):
    done = subprocess.run(
        [sys.executable, "-c", "import console.settings"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "LOFT_HOME": str(tmp_path), name: "0"},
    )  # fmt: skip
    assert name in done.stderr
