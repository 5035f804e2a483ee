"""`manage.py backup` as an operator types it: what it says, its exit code, and what a full disk or a kill leaves."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from console.backup import keep
from console.backup.creating import create
from console.backup.place import SCRATCH
from console.backup.sealing import Seal
from console.management.commands.backup import Command
from tests.console.backup.homes import RECIPIENT, contents, rows, within
from tests.stack import ROOT, environment_without_loft

pytestmark = [pytest.mark.slow, pytest.mark.once]


def manage(home: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "backup", *map(str, words)],
        env={**environment_without_loft(), "LOFT_HOME": str(home), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence with which a command ended."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr.strip().removeprefix("CommandError: ")


def test_made_listed_checked_and_put_back(home, key, tmp_path, settings, monkeypatch):
    new = tmp_path / "new"
    environment = {
        "LOFT_BACKUP_DIR": str(tmp_path / "kept"), "LOFT_BACKUP_RECIPIENTS": RECIPIENT,
        "LOFT_SMTP_PASSWORD": 'a "secret" $word',
    }  # fmt: skip
    assert " rows" in said(manage(home, "create", **environment))
    settings.LOFT_BACKUP_DIR = tmp_path / "kept"
    (made,), out = keep.backups(tmp_path / "kept"), StringIO()
    Command(stdout=out).list()
    at, size, path = out.getvalue().split()
    assert (at, size, path) == (made.created_at.isoformat(), f"{made.size_bytes:,}", str(made.path))
    before = contents(home)
    within(home, settings, monkeypatch)
    Command(stdout=out).verify(Path(path), passphrase_file=None, identity_file=key)
    words = out.getvalue()
    assert f"good. Loft 1.0.0 on {os.uname().nodename}, {at[:10]}" in words
    assert "audit: 2 rows hold; the head is 2:" in words
    assert contents(home) == before
    assert not (home / SCRATCH).exists()
    assert "as it was at" in said(manage(new, "restore", path, "--identity-file", key))
    assert rows(new) == rows(home)
    shell = ["sh", "-c", '. "$0"; printf %s "$LOFT_SMTP_PASSWORD"', new / "settings-of-backup.env"]
    assert subprocess.run(shell, capture_output=True, text=True, check=True).stdout == 'a "secret" $word'


def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(key, tmp_path):
    done = manage(tmp_path / "home", "restore", tmp_path / "none", "--identity-file", key)
    assert refused(done) == f"{tmp_path / 'none'}: there is no such file"
    assert set(contents(tmp_path / "home")) == {"secrets/django", "secrets/redis"}, "what any command makes"


ON_SMALL_DISKS = """
set -e
mount -t tmpfs -o size=1m loft "$1/tiny"
mount -t tmpfs -o size=80m loft "$1/full"
shift
exec "$@"
"""
TRY = """
import sys
from pathlib import Path
from django.conf import settings
from django.utils import timezone
from console.backup.creating import create
from console.backup.restoring import restore
from console.backup.sealing import Seal, identities_in, Secret
from console.backup import restoring
from console.backup.databases import Sqlite
from console.errors import Refused
folder, backup, key = map(Path, {words})
class Meanwhile(Seal):
    def encrypt(self, source, target):
        try:
            (folder / "full" / "fill").write_bytes(bytes(90_000_000))
        except OSError:
            pass
        super().encrypt(source, target)
def tell(what, *given):
    try:
        what(*given)
    except Refused as reason:
        print(reason)
for disk, kind in (("tiny", Seal), ("full", Meanwhile)):
    tell(create, folder / disk / "b", kind(recipients=["{recipient}"]), timezone.now())
    print(sorted(path.name for path in (folder / disk).iterdir()))
settings.LOFT_HOME = folder / "tiny" / "home"
settings.LOFT_RUN_DIR = settings.LOFT_HOME / "run"
restoring.database = lambda: Sqlite(settings.LOFT_HOME / "loft.sqlite3")
tell(restore, backup, Secret(identities=identities_in(key)))
print(sorted(settings.LOFT_HOME.iterdir()))
"""


def test_on_a_full_disk_nothing_is_begun_or_left_half(home, backup, key, tmp_path):
    """Real ones, in a namespace of their own: one that is seen to be too small, and one that fills up meanwhile."""
    for disk in ("tiny", "full"):
        (tmp_path / disk).mkdir()
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_SMALL_DISKS, "sh", tmp_path]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own needs user and mount namespaces, which are not permitted here")
    script = TRY.format(words=[str(tmp_path), str(backup), str(key)], recipient=RECIPIENT)
    done = subprocess.run(
        [*prefix, sys.executable, ROOT / "manage.py", "shell", "-v", "0", "-c", script],
        env={**environment_without_loft(), "LOFT_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    tiny, left, full, filled, restored, nothing = done.stdout.splitlines() or [done.stderr]
    assert f"the disk of {tmp_path / 'tiny'} has 1 MB free and " in tiny
    assert full == f"the backup could not be written to {tmp_path / 'full'}: No space left on device"
    assert "MB are needed" in restored
    assert (left, filled, nothing) == ("[]", "['fill']", "[]")


HALF = f"""
import sys
from pathlib import Path
from django.utils import timezone
from console.backup.creating import create
from console.backup.sealing import Seal
class Half(Seal):
    def encrypt(self, source, target):
        target.write(source.read(1000))
        print("half", flush=True)
        sys.stdin.read()
create(Path("{{target}}"), Half(recipients=["{RECIPIENT}"]), timezone.now())
"""


def test_one_that_is_killed_leaves_no_half_file_under_its_name_and_the_next_one_tidies_up(
    home, tmp_path, settings, monkeypatch
):
    from django.utils import timezone

    target = tmp_path / "b.loft-backup"
    words = [sys.executable, ROOT / "manage.py", "shell", "-v", "0", "-c", HALF.format(target=target)]
    environment = {**environment_without_loft(), "LOFT_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        process.kill()
    assert [path.name for path in tmp_path.iterdir()] == [f".{target.name}.draft"]
    assert (home / SCRATCH).exists()
    within(home, settings, monkeypatch)
    create(tmp_path / "next.loft-backup", Seal(recipients=[RECIPIENT]), timezone.now())  # as by itself: of another name
    assert [path.name for path in tmp_path.iterdir()] == ["next.loft-backup"]
    assert not (home / SCRATCH).exists()
