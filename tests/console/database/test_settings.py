"""What DATABASE_URL says stays; what it leaves open has a default."""

import dj_database_url
import psycopg
import pytest

from console.database_settings import CONNECT_TIMEOUT_S, database
from console.outbound import purposes


def of(url: str) -> dict:
    return database(dj_database_url.parse(url))


def test_what_the_url_says_is_kept():
    options = of("postgresql://u:p@h1,h2/db?target_session_attrs=primary&sslmode=verify-full&connect_timeout=9")[
        "OPTIONS"
    ]
    assert (options["target_session_attrs"], options["sslmode"], options["connect_timeout"]) == (
        "primary",
        "verify-full",
        9,
    )


def test_options_for_the_session_are_added_to_ours():
    assert of("postgresql://h/db?options=-c%20work_mem=8MB")["OPTIONS"]["options"] == "-c jit=off -c work_mem=8MB"
    assert of("postgresql://h/db?currentSchema=loft")["OPTIONS"]["options"] == "-c jit=off -c search_path=loft"


def test_a_pool_checks_what_it_lends_and_lets_nobody_wait_for_long():
    made = of("postgresql://h/db")
    pool = made["OPTIONS"]["pool"]
    assert made["CONN_HEALTH_CHECKS"] is True
    assert made["CONN_MAX_AGE"] == 0
    assert made["OPTIONS"]["connect_timeout"] == CONNECT_TIMEOUT_S < pool["timeout"] <= 5
    assert 0 < pool["max_waiting"] <= 100
    assert pool["reconnect_timeout"] <= 5
    assert of("postgresql://h/db?pool_max_size=30")["OPTIONS"]["pool"]["max_size"] == 30


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p@h1,h2/db?target_session_attrs=primary", "postgresql:///db?host=h1,h2&port=5432,5433&user=u"],
)
def test_several_hosts_are_understood_by_the_driver(url):
    from console.postgresql.base import DatabaseWrapper

    made = {**of(url), "TIME_ZONE": None, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "TEST": {}}
    for name in ("USER", "PASSWORD", "HOST", "PORT"):
        made.setdefault(name, "")
    given = DatabaseWrapper(made).get_connection_params()
    names = {
        name: value for name, value in given.items() if name not in ("cursor_factory", "context", "prepare_threshold")
    }
    parsed = psycopg.conninfo.conninfo_to_dict(psycopg.conninfo.make_conninfo(**names))
    assert (parsed["host"], parsed["user"], parsed["keepalives_idle"]) == ("h1,h2", "u", "10")


def test_a_sqlite_url_may_say_how_long_to_wait():
    options = of("sqlite:////tmp/x.sqlite3?timeout=3")["OPTIONS"]
    assert (options["timeout"], options["transaction_mode"]) == (3, "IMMEDIATE")


def test_no_probe_may_ask_any_port_of_the_database(monkeypatch, settings):
    settings.REDIS_EMBEDDED = True
    monkeypatch.setitem(settings.DATABASES, "default", of("postgresql:///db?host=h1,h2&port=6001,6002"))
    assert list(purposes._ports_of_stores()) == [6001, 6002]
    monkeypatch.setitem(settings.DATABASES, "default", of("postgresql://h/db?sslmode=require"))
    assert list(purposes._ports_of_stores()) == [5432]
