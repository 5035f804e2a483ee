"""What hangs on a dozen real processes is tried a second time, by itself and in an installation of its own.

Loaded with `-p tests.second_tries` (see pyproject.toml), after tests/conftest.py has marked who is `stack` or `slow`. The
run ends with why each first try failed. Who needed the second points at a fault of the test or of ours, which one run in
many shows: it is to be mended. When many fail, or anything else does, it is no accident, and there is none.
"""

import gc
import subprocess
import sys
import warnings
from collections.abc import Generator, Iterator
from typing import Any

import pytest

TRIED_AGAIN = {"stack", "slow"}
MOST = 5
PASSED = "passed at the second try"
_CALLS = {"error", "failed"}


def pytest_configure(config: pytest.Config) -> None:
    """Watch where the reports come together; not under a debugger."""
    if not (hasattr(config, "workerinput") or config.option.usepdb or config.option.collectonly):
        config.pluginmanager.register(SecondTries(config), "second-tries")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Generator[None, Any, Any]:
    """Let go of what a failed test's traceback holds: what it left open is not the next test's fault."""
    result = yield
    if getattr(sys, "last_value", None) is not None:
        sys.last_value = sys.last_traceback = None
        sys.last_exc = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    return result


class SecondTries:
    """Tries again, at the end of a run, what failed in it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.stats: dict[str, list[pytest.TestReport]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take back what passes now. After the workers have gone, before the summary."""
        self.stats = self.config.pluginmanager.get_plugin("terminalreporter").stats
        failed = list(self._failed())
        tests = list(dict.fromkeys(report.nodeid for report in failed))
        if session.exitstatus != pytest.ExitCode.TESTS_FAILED or not all(map(_deserves, failed)) or len(tests) > MOST:
            return
        if self._pass(tests):
            for category in _CALLS:
                self.stats.setdefault(PASSED, []).extend(self.stats.pop(category, []))
            session.exitstatus = pytest.ExitCode.OK

    def _failed(self) -> Iterator[Any]:
        for category in _CALLS:
            yield from self.stats.get(category, [])

    def _pass(self, tests: list[str]) -> bool:
        print(f"\n{len(tests)} failed, and are tried once more by themselves", flush=True)
        words = [sys.executable, "-m", "pytest", "-p", "no:tests.second_tries", "-p", "no:xdist", "-q", *tests]
        return subprocess.run(words, cwd=self.config.invocation_params.dir, check=False).returncode == 0

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why first tries failed where the second passed."""
        for report in terminalreporter.getreports(PASSED):
            terminalreporter.section(f"first try of {report.nodeid}", sep="-")
            terminalreporter.write_line(report.longreprtext)
            for title, text in report.sections:
                terminalreporter.section(title, sep=".")
                terminalreporter.write_line(text)


def _deserves(report: Any) -> bool:
    """Whether a test may be tried again: who hung until the time limit may not."""
    return bool(TRIED_AGAIN & set(report.keywords)) and "from pytest-timeout" not in report.longreprtext
