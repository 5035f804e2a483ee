"""One whole Loft for all flow tests."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running installation: the demo metropolis without its drones, which tests fly themselves; it may call us."""
    home = tmp_path_factory.mktemp("loft")
    with Stack(home, LOFT_NOTICE_NETWORKS="127.0.0.0/8", LOFT_NOTICE_SETTLE_S="1").running() as running:
        yield running


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An installation that the tests of one file may break."""
    with Stack(tmp_path_factory.mktemp("loft")).running() as running:
        yield running
