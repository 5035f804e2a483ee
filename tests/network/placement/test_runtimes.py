"""The solver in a process of its own: it tells of its plans, ends when it is left, and dies with its parent."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from network import runtimes
from network.bench.placement import city
from network.kernels.placement.placement import Goal, Question
from network.kernels.placement.siting import Case
from network.kernels.topology import topology
from tests.waiting import wait_until

ORPHAN = """
import pickle, sys
from network import runtimes
with open(sys.argv[1], "rb") as file, runtimes.proving(pickle.load(file), 60.0) as proof:
    print(proof._process.pid, flush=True)
    list(proof)
"""


def hard():
    return city(1_000, 200, Goal(most_cost=80.0), 0.18)  # seconds of work


def case_of(question):
    ends = np.array([[0, 1]])
    weights = topology.arcs(ends, np.zeros(2), np.ones(1), np.zeros(2))
    demands, candidates = np.arange(len(question.weight)), np.arange(len(question.cost))
    return Case(weights, demands, candidates, question.weight, question, 1.0, is_survived=False)


def small(least_share=1.0):
    reach = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0]], bool)
    return Question((reach,), np.ones(3), np.array([2.0, 3.0, 1.0]), Goal(least_share=least_share))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_the_last_word_is_the_proven_plan():
    with runtimes.proving(case_of(small()), 30.0) as proof:
        *_, last = [plan for plan in proof if plan]
    assert (last.sites, last.cost, last.is_proven, proof.is_over) == ((0, 1), 5.0, True, True)


def test_what_cannot_be_reached_is_said():
    question = small()
    blind = Question((question.states[0] & False,), question.weight, question.cost, Goal(least_share=0.5))
    with runtimes.proving(case_of(blind), 30.0) as proof, pytest.raises(ValueError, match="all candidates together"):
        list(proof)


def test_a_killed_solver_is_missed():
    with runtimes.proving(case_of(small()), 30.0) as proof:
        proof._process.kill()
        with pytest.raises(runtimes.SolverLost, match="code -9"):
            list(proof)


def test_a_solver_that_is_left_ends():
    with runtimes.proving(case_of(hard()), 60.0) as proof:
        plan = next(iter(proof))  # nothing new within half a second, or a plan not yet proven
        assert plan is None or plan.gap > 0
        pid = proof._process.pid
        assert is_alive(pid)
    assert not is_alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a solver outlives its parent until its time is over")
def test_a_solver_dies_with_its_parent(tmp_path):
    (file := tmp_path / "case").write_bytes(pickle.dumps(case_of(hard())))
    with subprocess.Popen([sys.executable, "-c", ORPHAN, file], stdout=subprocess.PIPE, cwd=runtimes._ROOT) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_until(lambda: not is_alive(pid), "the solver is gone")
