"""Setting up: quiet while it goes well, whole when it fails, and only what the locks name."""

import io
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

from deploy import locks, quietly

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = [
    {"python_version": version, "python_full_version": f"{version}.5", "platform_machine": machine,
     "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "implementation_name": "cpython",
     "platform_python_implementation": "CPython"}
    for version in ("3.11", "3.12", "3.13") for machine in ("x86_64", "aarch64")
]  # fmt: skip


def run(code: str, log: Path, count: int | None = None) -> tuple[int, str]:
    out = io.StringIO()
    return quietly.run("packages", log, [sys.executable, "-c", code], count, out), out.getvalue()


def test_an_installer_that_succeeds_leaves_one_line_and_its_words_in_the_log(tmp_path):
    code = "import sys; [print('Collecting', n) for n in range(40)]; print('WARNING: noise', file=sys.stderr)"
    status, shown = run(code, tmp_path / "logs" / "pip.log", 40)
    assert status == 0
    assert re.fullmatch(r"  packages … 40 of 40, \d+ s, done\n", shown)
    assert "WARNING: noise" in (tmp_path / "logs" / "pip.log").read_text()


def test_an_installer_that_fails_is_shown_whole_with_its_status(tmp_path):
    code = "import sys; [print('line', n) for n in range(300)]; sys.exit('ERROR: no such package')"
    status, shown = run(code, tmp_path / "pip.log")
    assert status == 1
    assert re.search(r"packages … \d+ s, failed \(1\)", shown)
    assert all(f"line {number}\n" in shown for number in range(300))
    assert "ERROR: no such package" in shown
    assert str(tmp_path / "pip.log") in shown


def test_progress_tells_how_far_and_how_long_every_fifteen_seconds():
    now_s = [0.0]
    out = io.StringIO()
    progress = quietly.Progress("packages", 83, out, lambda: now_s[0])
    for number in range(60):
        now_s[0] += 1.0
        progress.line(b"Collecting something==1.0\n" if number % 2 else b"  Downloading something\n")
    assert out.getvalue() == "".join(
        f"  packages … {done} of 83, {at} s\n" for done, at in ((7, 15), (15, 30), (22, 45), (30, 60))
    )


def test_the_locks_hold_what_the_lists_ask_for():
    assert list(locks.problems()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("requirements.txt", "django==5.2.19", "django==5.2.20", "requirements.lock: requirements.txt asks for django==5.2.20; it holds 5.2.19"),
        ("requirements.txt", "numpy==", "nothing-like-it==1.0\nnumpy==", "requirements.lock: requirements.txt asks for nothing-like-it==1.0; it holds none"),
        ("deploy/requirements.lock", "# ", "--index-url https://example.org/simple\n# ", "requirements.lock: names a host"),
        ("deploy/requirements.lock", "kombu==", "kombu==1.0\nvine==", "requirements.lock: kombu==1.0 has no hash"),
        ("requirements.txt", "leafmap==0.63.1", "leafmap==0.63.2", "requirements-evidence.lock: requirements.txt asks for leafmap==0.63.2; it holds 0.63.1"),
        ("requirements.txt", "; locked apart", "", "requirements.lock: requirements.txt asks for leafmap==0.63.1; it holds none"),
        ("deploy/requirements-evidence.lock", "folium==", "numpy==1.0\nfolium==", "requirements-evidence.lock: has numpy, as requirements.lock does"),
        ("deploy/requirements-evidence.lock", "pygments==", "pygments==1.0\nfolium==", "requirements-evidence.lock: has another pygments than requirements-dev.lock"),
    ],
)  # fmt: skip
def test_a_lock_that_does_not_is_named(tmp_path, file, old, new, problem):
    for name in {*locks.LOCKS.values(), *(f"deploy/{lock}" for lock in locks.LOCKS)}:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    text = (tmp_path / file).read_text()
    (tmp_path / file).write_text(text.replace(old, new, 1))
    assert problem in list(locks.problems(tmp_path))


@pytest.mark.parametrize("lock", locks.LOCKS)
@pytest.mark.parametrize(
    "environment",
    ENVIRONMENTS,
    ids=lambda environment: f"{environment['python_version']} {environment['platform_machine']}",
)
def test_a_lock_names_one_version_of_everything_that_its_packages_need(lock, environment):
    beside = locks.locked(locks.MAIN) if lock == locks.EVIDENCE else {}  # is installed to be used with it
    rows = {
        name: [
            requirement
            for requirement, _ in pairs
            if requirement.marker is None or requirement.marker.evaluate(environment)
        ]
        for name, pairs in {**beside, **locks.locked(lock)}.items()
    }
    assert all(len(requirements) <= 1 for requirements in rows.values())
    missing = [
        f"{name} needs {need}"
        for name, requirements in rows.items() if requirements
        for need in map(Requirement, needs_of(requirements[0]))
        if (need.marker is None or need.marker.evaluate({**environment, "extra": ""}))
        and not any(need.specifier.contains(str(requirement.specifier)[2:], prereleases=True) for requirement in rows.get(canonicalize_name(need.name), []))
    ]  # fmt: skip
    assert missing == []


def needs_of(requirement: Requirement) -> list[str]:
    """Return what the very version that is locked needs; nothing where it is not installed and cannot be asked."""
    places = [*sys.path, str(settings.LOFT_EVIDENCE_PACKAGES)]
    installed = [
        made
        for made in distributions(name=requirement.name, path=places)
        if made.version == str(requirement.specifier)[2:]
    ]
    return installed[0].requires or [] if installed else []


def test_everything_but_evidence_maps_runs_on_fewer_than_ninety_packages():
    assert quietly.packages_in(ROOT / "deploy/requirements.lock") < 90
    assert not {"leafmap", "maplibre", "pandas", "ipywidgets"} & locks.locked(locks.MAIN).keys()


def test_the_packages_of_evidence_maps_are_installed_anew_only_when_their_lock_changed(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("bin/python", ".run-ready", ".evidence-ready"):
        (tmp_path / name).touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}

    def planned():
        words = ["make", "--dry-run", "run", f"VENV={tmp_path}"]
        return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert "pip install" not in planned()
    os.utime(tmp_path / ".evidence-ready", (0, 0))  # as if the lock were newer
    assert re.findall(r"-r (\S+)(?: --target (\S+))?", planned()) == [
        ("deploy/requirements-evidence.lock", f"{tmp_path}/evidence")
    ]


def test_the_list_names_leafmap_so_that_pip_alone_installs_it_too():
    assert [str(requirement) for requirement in locks.wanted("requirements.txt", is_apart=True)] == ["leafmap==0.63.1"]


def test_the_pictures_of_the_readme_are_there_and_small():
    named = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert named == ["docs/pictures/map.webp", "docs/pictures/network.webp"]
    for name in named:
        data = (ROOT / name).read_bytes()
        assert len(data) <= 150_000
        assert Image.open(io.BytesIO(data)).size == (1440, 900)
