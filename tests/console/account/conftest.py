"""Nothing is remembered of sessions."""

import pytest

from console.access import session_rules


@pytest.fixture(autouse=True)
def nothing_known():
    session_rules._active_at.clear()
