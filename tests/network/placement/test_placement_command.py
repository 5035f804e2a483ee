"""The command that proves p-median problems, and the benches of circle and placement."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from network.bench import circle, placement
from network.kernels.placement import median
from tests.yardstick import at_most_s


def test_the_command_prints_the_optimum_with_its_bound(tmp_path, capsys):
    (tmp_path / "line.txt").write_text("5 4 2\n1 2 1\n2 3 9\n3 4 1\n4 5 1\n")
    call_command("placement", orlib=tmp_path / "line.txt")
    data = json.loads(capsys.readouterr().out)
    assert (data["optimum"], data["bound"], data["proven"]) == (3, 3, True)
    assert data["sites"][-1] == 4  # as the file numbers its nodes


def test_a_search_out_of_time_says_that_it_is_not_proven(tmp_path, capsys):
    (tmp_path / "graph.txt").write_text(placement.graph_text(100, 200, 33))
    call_command("placement", orlib=tmp_path / "graph.txt", most_s=0.0)
    data = json.loads(capsys.readouterr().out)
    assert data["bound"] <= data["value"]
    assert (data["optimum"] is None) == (not data["proven"])


@pytest.mark.parametrize("content", ["", "5 4 2\n1 2", "5 4 9\n", "日本"])
def test_a_wrong_file_is_refused(tmp_path, content):
    (tmp_path / "wrong.txt").write_text(content)
    with pytest.raises(CommandError, match="orlib: "):
        call_command("placement", orlib=tmp_path / "wrong.txt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"nothere\.txt"):
        call_command("placement", orlib=tmp_path / "nothere.txt")


def test_the_bench_of_the_circle_agrees_with_its_baselines():
    rows = [circle.nearest_row(300, 4, 3), circle.failures_row("circle_failures", 60, 2)]
    assert [row.name for row in rows] == ["circle_nearest", "circle_failures"]
    assert all(row.value >= 0 and row.baseline > 0 for row in rows)


def test_the_bench_of_placement_proves_what_it_reports():
    rows = [*placement.covering_rows(150, 80, 0.12), placement.median_row(60, 120, 4)]
    assert [row.name for row in rows] == [
        "placement_sites",
        "placement_budget",
        "placement_share",
        "placement_median_60_4",
    ]
    assert all("gap" not in row.note for row in rows)
    assert all(row.ratio >= 1 - 1e-9 for row in rows)


def test_all_single_failures_of_a_metropolis_take_well_under_a_second():
    with at_most_s(5.0):  # the baseline, which takes longest, included
        circle.failures_row("circle_failures", 120, 3)


def test_random_graphs_of_the_bench_are_connected():
    distance, p = median.parse_orlib(placement.graph_text(50, 60, 3))
    assert (distance.shape, p) == ((50, 50), 3)


def test_a_solver_that_prints_leaves_standard_output_to_the_answer():
    code = """
import ctypes
from network.management.chatter import chatter_to_stderr
with chatter_to_stderr():
    ctypes.CDLL(None).puts(b"a note of the solver")
print("{}")
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout == "{}\n"
    assert "a note of the solver" in output.stderr
