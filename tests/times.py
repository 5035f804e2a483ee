"""Where the time of a test run goes: by file and by test, in seconds of processors and of the clock.

Loaded with `-p tests.times` (see pyproject.toml). What a test's fixtures cost is with the first that asks for them, what
an installation cost with the test after which it ended: a process is counted when it was waited for.
"""

import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

WORTH_TELLING_S = 20.0
LONGEST = 20


@dataclass
class Spent:
    """Seconds of processors, seconds of the clock, and how many tests took them."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    tests: int = 0

    def add(self, cpu_s: float, wall_s: float, tests: int) -> None:
        """Count in what else was spent."""
        self.cpu_s += cpu_s
        self.wall_s += wall_s
        self.tests += tests

    def __str__(self) -> str:
        return f"{self.cpu_s:8.1f} {self.wall_s:8.1f} {self.tests:6}"


def processor_s() -> float:
    """Return what this process and the children that it waited for have had of the processors."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Times:
    """Measures each phase of each test, where it runs, and sums up what the reports bring, where they arrive."""

    def __init__(self) -> None:
        self.by_file: dict[str, Spent] = defaultdict(Spent)
        self.by_test: dict[str, Spent] = defaultdict(Spent)
        self._since_s = processor_s()
        self._began_s = time.monotonic()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        """Begin with a test, not with what lay before it."""
        self._since_s = processor_s()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[Any]:
        """Write into the report what the phase took; reports of other processes arrive with it."""
        report = yield
        now_s = processor_s()
        report.cpu_s, self._since_s = now_s - self._since_s, now_s
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Sum up."""
        spent = (getattr(report, "cpu_s", 0.0), report.duration, int(report.when == "call"))
        self.by_file[report.nodeid.split("::", 1)[0]].add(*spent)
        self.by_test[report.nodeid].add(*spent)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the time went, of runs that took any."""
        whole = Spent()
        for file_spent in self.by_file.values():
            whole.add(file_spent.cpu_s, file_spent.wall_s, file_spent.tests)
        if whole.wall_s < WORTH_TELLING_S:
            return
        terminalreporter.section("where the time went")
        terminalreporter.write_line("     cpu     wall  tests   seconds; what a process waited for counts as well")
        terminalreporter.write_line(f"{whole} in {time.monotonic() - self._began_s:.0f} s")
        for title, spent in (("files", self.by_file), ("tests", self.by_test)):
            terminalreporter.write_line(f"longest {title}")
            for name, file_spent in longest(spent):
                terminalreporter.write_line(f"{file_spent} {name}")


def longest(spent: dict[str, Spent]) -> list[tuple[str, Spent]]:
    """Return the names that took most, of processors or of the clock."""
    return sorted(spent.items(), key=lambda row: max(row[1].cpu_s, row[1].wall_s), reverse=True)[:LONGEST]


def pytest_configure(config: pytest.Config) -> None:
    """Measure this run."""
    config.pluginmanager.register(Times(), "loft-times")
