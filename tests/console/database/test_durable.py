"""A PostgreSQL that answers before its disk has what it stored is told by `check --deploy`."""

import pytest
from django.core import checks
from django.db import connection

pytestmark = pytest.mark.django_db


def warned():
    return [check.msg for check in checks.run_checks(include_deployment_checks=True) if check.id == "loft.W003"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the settings are PostgreSQL's")
def test_a_server_that_may_lose_what_it_answered_is_named_with_its_settings():
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        assert any("synchronous_commit" in text for text in warned())
        cursor.execute("SET synchronous_commit = on")
        assert not any("synchronous_commit" in text for text in warned())
        cursor.execute("RESET synchronous_commit")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of a PostgreSQL there is something to tell")
def test_of_sqlite_there_is_nothing_to_tell():
    assert warned() == []
