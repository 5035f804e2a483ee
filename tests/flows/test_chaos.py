"""`manage.py chaos` for a minute and `manage.py soak` for ten days, as a person runs them."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.stack import ROOT, environment_without_loft, prepared_home

SEED = 18


def run(*words: str, timeout_s: float) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(
        command, env=environment_without_loft(), capture_output=True, text=True, timeout=timeout_s, check=False
    )


@pytest.fixture
def home(tmp_path):
    """A prepared home, which saves the time of making one."""
    home = tmp_path / "home"
    shutil.copytree(prepared_home(), home)
    return str(home)


@pytest.mark.alone
@pytest.mark.timeout(900)
def test_through_a_minute_of_faults_nothing_that_was_accepted_is_lost_or_doubled(home):
    words = ["--seconds", "60", "--seed", str(SEED), "--rate", "1000", "--json", "--home", home, "--yes-really", home]
    done = run("chaos", *words, timeout_s=800)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
    ledger = json.loads(done.stdout.splitlines()[-1])
    assert ledger["good"]
    kills = [text.removeprefix("kill ") for text in ledger["faults"] if text.startswith("kill ")]
    assert len(kills) >= 10, ledger
    assert {"web", "engine", "beat", "redis"} <= set(kills)
    assert not [code for row in ledger["loads"].values() for code in row["answers"] if code == "500"], ledger
    assert ledger["loads"]["positions"]["stored"] > 1_000
    assert ledger["loads"]["readings"]["stored"] > 20
    assert os.path.isdir(home)  # another's home stays


@pytest.mark.timeout(900)
def test_ten_days_past_their_retention_stay_flat(home):
    words = ["--days", "10", "--sites", "2", "--drones", "3", "--retention", "2", "--home", home, "--yes-really", home]
    done = run("soak", *words, timeout_s=800)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6_000:]
    assert "\nday 10: " in done.stdout
    assert "Redis keys 1.0, Redis entries 0.0" in done.stdout
    assert "memory and the time of queries are not judged: too few looks" in done.stdout
    assert done.stdout.splitlines()[-1] == "flat"
