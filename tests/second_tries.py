"""What hangs on a dozen real processes is tried a second time, and the run ends with why each first try failed.

Loaded with `-p tests.second_tries` (see pyproject.toml), after tests/conftest.py has marked who is `stack` or `slow`. A
test that needed its second try points at a fault of the test or of ours, which one run in many shows: it is to be mended.
"""

import pytest

TRIED_AGAIN = ("stack", "slow")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Grant the second try; not to who hung until the time limit, which both tries share, and not under a debugger."""
    if config.option.usepdb:
        return
    for item in items:
        if any(item.get_closest_marker(name) for name in TRIED_AGAIN):
            item.add_marker(pytest.mark.flaky(reruns=1, rerun_except=["from pytest-timeout"]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why first tries failed, also where the second passed."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"first try of {report.nodeid}", sep="-")
        terminalreporter.write_line(report.longreprtext)
