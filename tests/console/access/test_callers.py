"""Who calls is read from a request's headers as Django reads it later."""

import pytest

from console.access.callers import _is_known, session_key

KEY = "a" * 32


@pytest.mark.parametrize(
    "headers",
    [
        [(b"cookie", f"sessionid={KEY}".encode())],
        [(b"cookie", f'other=[1,2]; odd name=x; "q"=1; sessionid={KEY}'.encode())],
        [(b"cookie", b"other=1"), (b"cookie", f"sessionid={KEY}".encode())],
        [(b"cookie", f"theme={{dark}}; sessionid={KEY}; last=x".encode())],
    ],
    ids=["alone", "behind odd cookies of others", "in a header of its own", "between others"],
)
def test_a_session_is_read_whatever_else_the_browser_sends(headers):
    assert session_key({"headers": headers}) == KEY


def test_no_session_is_read_where_none_is_named():
    assert session_key({"headers": [(b"cookie", b"xsessionid=a; session=b")]}) == ""


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["\0" * 32, "x" * 31, "ä" * 32])
def test_what_can_be_no_key_is_refused_without_asking_the_database(django_assert_num_queries, key):
    """PostgreSQL would fail over a NUL, and whom the database cannot judge is read to the end."""
    with django_assert_num_queries(0):
        assert not _is_known("", key)
