"""The bench of coverage maps, on a map small enough for a test."""

import io

import pytest
from django.core.management import call_command

from network.bench import coverage as bench
from network.kernels.radio.raster.coverage import Grid


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(bench, "GRID", Grid(-1_500.0, -1_500.0, 60.0, 50, 50))
    monkeypatch.setattr(bench, "RUNS", 1)
    monkeypatch.setattr(bench, "_beside_package", lambda *_: iter(()))  # its plotting library is slow to import


def test_the_bench_prints_the_whole_map_and_one_changed_sector_beside_plain_numpy():
    out = io.StringIO()
    call_command("bench", "coverage", stdout=out)
    assert [line.split('"')[3] for line in out.getvalue().splitlines()] == [
        "coverage_full",
        "coverage_one_sector",
        "coverage_error",
    ]


def test_speed_is_not_bought_with_error():
    rows = {row.name: row for row in bench.rows(bench.GRID)}
    assert rows["coverage_error"].value <= 0.01
