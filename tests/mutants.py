"""Which faults no test would notice: `python -m tests.mutants SINCE [FILE ...]`, or `make mutants SINCE=main`.

mutmut plants faults, one at a time, into the kernels and models that changed since a revision, or into the files that
are named, which may be any module of an app, and runs the tests that mirror them: of `network/kernels/measurement/loss.py` those
in `test_loss.py` and `test_loss_*.py` under `tests/network`; of a module without such tests, those of its app that import it. It works
on a copy of what git knows. Functions with a decorator it leaves as they are.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ["console", "network", "airspace", "industry"]
MODULE = re.compile(rf"({'|'.join(APPS)})/(?!.*__init__).+\.py")
ROOMS = re.compile(rf"({'|'.join(APPS)})/(kernels|models)/(?!__init__).+\.py")
NOTICED = {"killed", "timeout", "segfault", "suspicious"}
BESIDE = ["deploy", "docs", "static", "templates", "manage.py", "README.md", "Makefile", "requirements.txt"]
"""What tests read besides the sources."""


def changed(since: str) -> list[str]:
    """Return the kernels and models that differ from a revision."""
    names = _git("diff", "--name-only", "--diff-filter=d", since, "--", *APPS)
    return [name for name in names if ROOMS.fullmatch(name)]


def mirrors(module: str, root: Path = ROOT) -> list[str]:
    """Return the test files that mirror a module by their name; without any, those of its app that import it. Benches measure."""
    tests, stem = root / "tests" / module.split("/", maxsplit=1)[0], Path(module).stem
    there = [path for path in sorted(tests.rglob("test_*.py")) if path.parent.name != "bench"]
    mirroring = [path for path in there if path.stem == f"test_{stem}" or path.stem.startswith(f"test_{stem}_")]
    mirroring = mirroring or [path for path in there if _imports(path.read_text(), module)]
    return [str(path.relative_to(root)) for path in mirroring]


def _imports(source: str, module: str) -> bool:
    """Tell if a source imports a module: itself, names of it, or it out of its package."""
    package, _, stem = module.removesuffix(".py").replace("/", ".").rpartition(".")
    dotted = re.escape(f"{package}.{stem}")
    return bool(
        re.search(rf"^\s*(from|import) {dotted}\b(?!\.)", source, re.MULTILINE)
        or re.search(rf"^\s*from {re.escape(package)} import [^\n]*\b{stem}\b", source, re.MULTILINE)
        or re.search(rf"^\s*from {re.escape(package)} import \([^)]*\b{stem}\b", source, re.MULTILINE)
    )


def configuration(modules: Sequence[str], tests: Sequence[str]) -> str:
    """Return what mutmut reads of a copy of the tree."""
    return (
        f"\n[tool.mutmut]\nsource_paths = {APPS}\nonly_mutate = {list(modules)}\nalso_copy = {BESIDE}\n"
        f"pytest_add_cli_args_test_selection = {list(tests)}\n"
        'pytest_add_cli_args = ["-p", "no:cacheprovider", "-m", "not stack and not alone"]\n'
    )


def results(text: str) -> Iterator[tuple[str, str]]:
    """Yield each mutant with what became of it, from what `mutmut results --all true` prints."""
    for line in text.splitlines():
        name, colon, status = line.strip().partition(": ")
        if colon and "__mutmut_" in name:
            yield name, status


def main(words: Sequence[str]) -> int:
    """Plant faults and tell the score and the mutants that lived; return 1 if nothing could be tried."""
    modules = [name for name in words[1:] if MODULE.fullmatch(name)] or changed(words[0] if words else "HEAD~1")
    mirrored = {module: mirrors(module, ROOT) for module in modules}
    for module in [text for text in modules if not mirrored[text]]:
        print(f"{module}: no test mirrors it")
    tried = [text for text in modules if mirrored[text]]
    if not tried:
        print("no kernel and no model to try")
        return int(bool(modules))
    with tempfile.TemporaryDirectory(prefix="loft-mutants-") as folder:
        copy = Path(folder) / "loft"
        _copy(copy)
        with (copy / "pyproject.toml").open("a") as file:
            file.write(configuration(tried, sorted({test for text in tried for test in mirrored[text]})))
        run = _mutmut(copy, "run", "--max-children", "1")
        if run.returncode:
            print(run.stdout)
        outcomes = dict(results(_mutmut(copy, "results", "--all", "true").stdout))
        _tell(copy, outcomes)
    return run.returncode


def _tell(copy: Path, outcomes: dict[str, str]) -> None:
    lived = sorted(name for name, status in outcomes.items() if status not in NOTICED)
    for name in lived:
        print(f"\n{outcomes[name]}: {name}\n{_mutmut(copy, 'show', name).stdout.strip()}")
    print(f"\n{len(outcomes) - len(lived)} of {len(outcomes)} noticed: {dict(Counter(outcomes.values()))}")


def _copy(target: Path) -> None:
    for name in {*_git("ls-files"), *_git("ls-files", "--others", "--exclude-standard")}:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def _mutmut(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run it; what it prints is a picture that moves, so that only its end and its failures are for readers."""
    command = [str(Path(sys.executable).parent / "mutmut"), *words]
    return subprocess.run(
        command, cwd=folder, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=_plain()
    )


def _plain() -> dict[str, str]:
    """Return our environment without what names another database or installation."""
    return {name: text for name, text in os.environ.items() if not name.startswith(("LOFT_", "TEST_DATABASE_URL"))}


def _git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
