"""Benches in general: the line of a figure, the environment of what they start, and their end."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.bench import Row, apart

HELD = """
import os, signal, tempfile, time
signal.signal(signal.SIGHUP, getattr(signal, HANDLER))
os.environ["DJANGO_SETTINGS_MODULE"] = "console.settings"
import django
django.setup()
import console.bench
console.bench.autodiscover_modules = lambda *_: None  # of no use here, and slow
from console.bench import bench
from django.core.management import call_command

@bench("held")
def held():
    with tempfile.TemporaryDirectory() as folder:
        print(folder, flush=True)
        time.sleep(60)
        yield

call_command("bench", "held")
"""


def test_a_figure_is_one_line_of_json():
    line = Row("cost", 1.5, "ms", 3.0, 2.0, "beside 旧的").as_json()
    assert "\n" not in line
    assert json.loads(line) == {
        "name": "cost", "value": 1.5, "unit": "ms", "baseline": 3.0, "ratio": 2.0, "note": "beside 旧的",
    }  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_figure(value):
    with pytest.raises(ValueError, match="JSON"):
        Row("cost", value, "ms").as_json()


def test_what_a_bench_starts_has_its_settings_and_none_of_the_callers(monkeypatch):
    for name in ("REDIS_URL", "DATABASE_URL", "LOFT_URL", "LOFT_HOME", "LOFT_OF_A_LATER_TIME"):
        monkeypatch.setenv(name, "the caller's")
    monkeypatch.setenv("OTHER", "kept")
    words = apart({"LOFT_HOME": "/a home"}, ["env"])
    seen = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {"LOFT_HOME=/a home", "OTHER=kept"} <= set(seen)
    assert not any("the caller's" in line for line in seen)


def held(handler="SIG_DFL"):
    """Return a process that runs a bench, and the folder that the bench made."""
    code = HELD.replace("HANDLER", repr(handler))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_bench_that_is_ended_takes_along_what_it_made(number):
    process, folder = held()
    with process:
        assert folder.is_dir()
        process.send_signal(number)
        assert process.wait(20) == 128 + number
    assert not folder.exists()


def test_a_bench_under_nohup_outlives_its_terminal():
    process, folder = held("SIG_IGN")
    with process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
    assert not folder.exists()
