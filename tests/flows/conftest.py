"""One whole Loft for all flow tests."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running installation: the demo metropolis without its drones, which tests fly themselves."""
    with Stack(tmp_path_factory.mktemp("loft")).running() as running:
        yield running


@pytest.fixture
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An installation that one test may break."""
    with Stack(tmp_path_factory.mktemp("loft")).running() as running:
        yield running
