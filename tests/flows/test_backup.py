"""The drill: load, a backup while the load goes on, the home is lost, it is put back, and the ledger is the same."""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

from tests.flows.test_faults import DRONES, Load, reading, stored
from tests.postgres import programs
from tests.stack import Stack, prepared_home
from tests.waiting import wait_until

PASSPHRASE = "a passphrase of the drill"


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\n")
    return file


@pytest.fixture
def own_stack(tmp_path: Path) -> Stack:
    """An installation that is not started yet, whose backups find the programs of the PostgreSQL that the test has."""
    if not os.environ.get("TEST_DATABASE_URL"):
        return Stack(tmp_path / "home")
    return Stack(tmp_path / "home", PATH=f"{programs()}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.timeout(900)
def test_what_was_answered_before_a_backup_began_is_there_once_after_the_home_was_lost(
    own_stack: Stack, passphrase: Path, tmp_path: Path
):
    backup, words = tmp_path / "it.loft-backup", ("--passphrase-file", str(passphrase))
    with own_stack.running():
        load = Load(own_stack)
        load.start()
        wait_until(lambda: len(load.accepted) > 20 * DRONES, "reports are taken")
        jobs = ask(own_stack)
        os.kill(own_stack.pid("engine"), signal.SIGSTOP)  # what is accepted now waits in Redis and nowhere else
        load.goes_on("engine")
        before = set(load.accepted)
        assert "waited in Redis" in own_stack.manage("backup", "create", "--to", str(backup), *words)
        os.kill(own_stack.pid("engine"), signal.SIGCONT)
        load.goes_on("backup")
        load.ended.set()
        load.join()
        if os.environ.get("TEST_DATABASE_URL"):  # on SQLite that is shown elsewhere, and takes ten seconds
            assert "good" in own_stack.manage("backup", "verify", str(backup), *words)
        lose(own_stack)
        own_stack.manage("backup", "restore", str(backup), *words)
        bring_what_can_be_made_again(own_stack)
        own_stack.start()
        wait_until(
            lambda: stored(own_stack) >= before,
            f"all {len(before)} reports are stored",
            progress=lambda: len(stored(own_stack)),
        )
        assert stored(own_stack) <= load.accepted, "what nobody was promised"
        assert each_once(own_stack)
        assert jobs <= jobs_of(own_stack)
        assert "hold" in own_stack.manage("audit", "verify")


def ask(own_stack: Stack) -> set[str]:
    """Send readings, which are jobs; return these."""
    factory = own_stack.with_key("demo-factory")
    slug = factory.get("/api/v1/factories").json()["results"][0]["slug"]
    answer = factory.post(f"/api/v1/factories/{slug}/readings", json=[reading(turn) for turn in range(5)])
    assert answer.status_code == 202, answer.text
    return {job["id"] for job in answer.json()["jobs"]}


def jobs_of(own_stack: Stack) -> set[str]:
    return {str(UUID(str(row[0]))) for row in own_stack.query("SELECT id FROM industry_job")}


def each_once(own_stack: Stack) -> bool:
    rows = own_stack.query("SELECT COUNT(*), COUNT(DISTINCT drone_id * 10000000000000 + at_ms) FROM airspace_position")
    return rows[0][0] == rows[0][1] > 0


def bring_what_can_be_made_again(own_stack: Stack) -> None:
    """Spare the second start what takes it half a minute and proves nothing: static files and messages."""
    for name in ("static", "vendor", "locale"):
        shutil.copytree(prepared_home() / name, own_stack.home / name, dirs_exist_ok=True)


def lose(own_stack: Stack) -> None:
    """Take it away as a dead disk does: processes and home, and on PostgreSQL the database."""
    own_stack.process.kill()
    own_stack.process.wait()
    wait_until(lambda: not of_home(own_stack.home), "nobody is left who could write into it")
    shutil.rmtree(own_stack.home)
    own_stack.home.mkdir()
    own_stack.renew_database()


def of_home(home: Path) -> list[str]:
    """Return the processes of an installation: whose environment or, as Redis', whose title names its home."""
    found = []
    for process in Path("/proc").iterdir():
        with suppress(OSError):  # ended meanwhile
            if process.name.isdigit() and str(home).encode() in _said_by(process):
                found.append(process.name)
    return found


def _said_by(process: Path) -> bytes:
    return (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
