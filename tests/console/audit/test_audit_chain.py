"""The audit trail: rows can only be added, each is tied to the one before it, and what was changed behind is found."""

# ruff: noqa: S608  the numbers are our own
import importlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as some

from console.actions.access.apikey import create_key
from console.actions.audit import audit_chain
from console.actions.audit.audit import SYSTEM, Actor, record
from console.actions.audit.audit_chain import Head
from console.audit import audit_guard, chain
from console.models import ApiKey, AuditEntry, AuditLink, Person
from tests.audit_guard import lowered
from tests.conftest import NOON

whole = pytest.mark.django_db(transaction=True)  # PostgreSQL ties a row into the chain when it is committed

REFUSED = "append-only|permission denied"  # PostgreSQL asks first whether the role has the right


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.LOFT_HOME = tmp_path


def write(count: int = 5) -> None:
    for number in range(count):
        record(Actor("li.na", address="192.0.2.7"), "changed", f"thing {number}", NOON, size=number)


def sql(statement: str) -> None:
    with lowered(), connection.cursor() as cursor:
        cursor.execute(statement)


def numbered(number: int) -> int:
    return AuditLink.objects.get(number=number).entry_id


def problem() -> str:
    return audit_chain.verify().problem


@whole
def test_rows_are_numbered_without_gaps_and_each_hash_is_over_the_one_before():
    write(3)
    links = list(AuditLink.objects.select_related("entry"))
    assert [audit_link.number for audit_link in links] == [1, 2, 3]
    previous = chain.BEFORE_THE_FIRST
    for link in links:
        previous = chain.link(previous, link.number, chain.digest(link.entry.hashed()))
        assert link.hash == previous
    assert audit_chain.verify() == audit_chain.Verdict(Head(3, previous))


@whole
def test_a_row_that_is_rolled_back_leaves_no_gap():
    write(1)
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    write(1)
    assert audit_chain.verify().head.number == 2
    assert problem() == ""


@whole
@pytest.mark.parametrize("table", ["auditentry", "auditlink"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "REPLACE", "TRUNCATE"])
def test_the_database_refuses_to_change_or_delete_a_row(table, verb):
    write(1)
    is_sqlite = connection.vendor == "sqlite"
    if verb == ("TRUNCATE" if is_sqlite else "REPLACE"):
        pytest.skip("this statement is of the other database's dialect")
    pk = audit_guard.TABLES[f"console_{table}"]
    words = {
        "UPDATE": f"UPDATE console_{table} SET {pk} = {pk}",
        "DELETE": f"DELETE FROM console_{table}",
        "TRUNCATE": f"TRUNCATE console_{table} CASCADE",
        "REPLACE": f"INSERT OR REPLACE INTO console_{table} SELECT * FROM console_{table}",
    }
    with pytest.raises(DatabaseError, match=REFUSED), connection.cursor() as cursor:
        cursor.execute(words[verb])
    assert problem() == ""


@whole
def test_the_orm_cannot_change_a_row_either():
    write(1)
    for change in (AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(actor="nobody")):
        with pytest.raises(DatabaseError, match=REFUSED):
            change()
    with pytest.raises(DatabaseError):
        AuditEntry.objects.get().save()


@whole
def test_an_altered_row_is_found_and_named():
    write()
    sql(f"UPDATE console_auditentry SET actor = 'wang.wei' WHERE id = {numbered(3)}")
    assert problem().startswith("row 3 was altered: id ")


@whole
@pytest.mark.parametrize(
    ("column", "value"),
    [("address", "'192.0.2.8'"), ("detail", "'{\"size\": 3}'"), ("verb", "'looked at'"), ("person_id", "77")],
)
def test_every_field_counts(column, value):
    write()
    sql(f"UPDATE console_auditentry SET {column} = {value} WHERE id = {numbered(1)}")
    assert problem().startswith("row 1 was altered")


@whole
def test_an_altered_row_with_a_new_digest_is_found_too():
    write()
    row = AuditEntry.objects.get(pk=numbered(2))
    row.actor = "wang.wei"
    digest = chain.digest(row.hashed())
    sql(f"UPDATE console_auditentry SET actor = 'wang.wei', digest = '{digest}' WHERE id = {row.pk}")
    assert problem().startswith("row 2 was altered")


@whole
def test_a_deleted_row_is_found_with_and_without_its_link():
    write()
    sql(f"DELETE FROM console_auditentry WHERE id = {numbered(4)}")
    assert problem() == "row 4 is missing: it was deleted"
    sql("DELETE FROM console_auditlink WHERE number = 4")
    assert problem() == "row 4 is missing: it and its link were deleted"


@whole
def test_a_row_that_was_inserted_past_the_chain_is_found():
    write(2)
    AuditEntry.objects.bulk_create(
        [AuditEntry(at=NOON, actor="nobody", verb="did", subject="nothing")]
    )  # past `save`, which ties it into the chain on SQLite
    last = AuditLink.objects.head()
    if last.number == 3:  # PostgreSQL tied it into the chain itself, as what it is: a row with a wrong digest
        assert problem().startswith("row 3 was altered")
    else:
        assert problem().startswith("a row that is in no chain was inserted: id ")


@whole
def test_a_chain_whose_end_was_cut_is_told_by_the_heads_noted_before():
    write()
    audit_chain.note_head(NOON)
    sql(f"DELETE FROM console_auditentry WHERE id = {numbered(5)}")
    sql("DELETE FROM console_auditlink WHERE number = 5")
    assert problem() == "the rows from 5 on are missing: there was a row 5 once"


@whole
def test_a_chain_that_was_written_anew_is_told_by_a_head_kept_elsewhere():
    write()
    kept = audit_chain.head()
    with lowered():
        AuditLink.objects.all().delete()
        AuditEntry.objects.all().delete()
    write(6)
    assert problem() == ""
    row = AuditEntry.objects.order_by("pk").first()
    assert audit_chain.verify(kept).problem == ""  # the very same rows again are the very same chain
    sql(f"DELETE FROM console_auditlink WHERE entry_id >= {row.pk}")
    sql(f"DELETE FROM console_auditentry WHERE id >= {row.pk}")
    record(SYSTEM, "changed", "history", NOON)
    write(6)
    assert audit_chain.verify(kept).problem.startswith("row 5 or one before it was replaced")


@whole
def test_a_head_is_noted_once_in_file_and_log(caplog):
    write(2)
    with caplog.at_level("INFO"):
        audit_chain.note_head(NOON)
        audit_chain.note_head(NOON)
    noted = audit_chain.heads_file().read_text().splitlines()
    assert noted == [f"2026-06-01T12:00:00+00:00 {audit_chain.head()}"]
    assert [entry.getMessage() for entry in caplog.records] == [f"head of the audit trail: {audit_chain.head()}"]


@whole
@pytest.mark.parametrize("cut", [b"2026-06-01T12:00:00+00:00 9:abc", b"2026-06-01T12", b"\0\0\xff\xfe", b"9" * 5_000])
def test_a_line_of_heads_that_was_cut_is_skipped_and_said_and_costs_no_other(cut):
    write(2)
    audit_chain.note_head(NOON)
    first = audit_chain.head()
    with audit_chain.heads_file().open("ab") as file:
        file.write(cut)
    write(1)
    audit_chain.note_head(NOON)
    assert audit_chain.heads_file().read_bytes().splitlines()[-1].decode().split()[1] == str(audit_chain.head())
    assert audit_chain.cut_lines() == [2]
    assert problem() == ""
    out, err = StringIO(), StringIO()
    call_command("audit", "verify", stdout=out, stderr=err)
    assert "3 rows hold" in out.getvalue()
    assert "audit-heads: lines [2] are not TIME NUMBER:HASH and were skipped" in err.getvalue()
    assert [noted.number for noted in audit_chain._noted()] == [first.number, 3]


@whole
def test_missing_triggers_are_told():
    write(1)
    with lowered():
        assert problem().startswith("the database no longer refuses changes; triggers missing: console_auditentry_")
    assert problem() == ""


@whole
def test_who_is_removed_stays_in_the_audit():
    someone = Person.objects.create_user("li.na", password="x")
    key, _ = create_key(SYSTEM, "fleet", ["read"], NOON)
    record(Actor("li.na", person=someone, key=key.as_key()), "changed", "thing", NOON)
    number, key_number = someone.pk, key.pk
    someone.delete()
    ApiKey.objects.all().delete()
    row = AuditEntry.objects.get(verb="changed")
    assert (row.actor, row.person_id, row.key_id) == ("li.na", number, key_number)
    assert problem() == ""


WRITER = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
import django
django.setup()
from django.db import connections
from django.utils import timezone
from console.actions.audit.audit import SYSTEM, record
import threading
def work():
    for number in range(10):
        record(SYSTEM, "changed", f"thing {number} of {os.getpid()}", timezone.now())
    connections.close_all()
threads = [threading.Thread(target=work) for _ in range(3)]
[one.start() for one in threads]
[one.join() for one in threads]
"""


@whole
@pytest.mark.slow
def test_threads_of_several_processes_write_one_chain(tmp_path):
    write(1)
    environment = {**os.environ, "LOFT_HOME": str(tmp_path), "DATABASE_URL": reachable(tmp_path)}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER], env=environment) for _ in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    output = subprocess.run(
        [sys.executable, "manage.py", "audit", "verify"], env=environment, capture_output=True, text=True, check=True
    )
    assert output.stdout.startswith("91 rows hold; the head is 91:")


def reachable(folder: Path) -> str:
    """Return the URL at which other processes find the test database, or a copy of one that lies in memory."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(folder / "copy.sqlite3")])
        with closing(
            sqlite3.connect(folder / "copy.sqlite3")
        ) as copy:  # several who switch at once lock each other out
            copy.execute("PRAGMA journal_mode=WAL")
        return f"sqlite:///{folder / 'copy.sqlite3'}"
    server, _, _ = os.environ["TEST_DATABASE_URL"].rpartition("/")
    return f"{server}/{connection.settings_dict['NAME']}"


@whole
def test_the_command_says_whether_the_chain_holds():
    write(3)
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    call_command("audit", "head", stdout=out)
    call_command("audit", "verify", "--head", "--expect", str(audit_chain.head()), stdout=out)
    head = str(audit_chain.head())
    assert out.getvalue().splitlines() == [f"3 rows hold; the head is {head}", head, head]
    sql(f"UPDATE console_auditentry SET verb = 'x' WHERE id = {numbered(2)}")
    with pytest.raises(CommandError, match="row 2 was altered"):
        call_command("audit", "verify")
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("audit", "verify", "--expect", "yesterday")


@whole
def test_what_is_exported_can_be_checked_without_loft():
    write(4)
    out = StringIO()
    call_command("audit", "export", stdout=out)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    previous = chain.BEFORE_THE_FIRST
    for number, row in enumerate(rows, start=1):
        fields = {name: value for name, value in row.items() if name not in ("number", "hash")}
        previous = chain.link(previous, number, chain.digest(fields))
        assert (row["number"], row["hash"]) == (number, previous)
    after = StringIO()
    call_command("audit", "export", "--after", "3", stdout=after)
    assert after.getvalue() == out.getvalue().splitlines(keepends=True)[3]


@whole
@pytest.mark.parametrize("value", [1e20, 1.0, -0.0, 0.1, 1e-7, 2**62, [1.5, {"a": None}], "蓝湾 \U0001f681", True])
def test_values_are_read_back_as_they_were_hashed(value):
    record(Actor("x", address="2001:DB8:0::1"), "set", "value", NOON, value=value)
    assert problem() == ""


@given(
    some.dictionaries(some.text(), some.floats(allow_nan=False, allow_infinity=False) | some.integers() | some.text())
)
def test_the_order_of_names_and_the_form_of_numbers_do_not_matter(detail):
    turned = dict(reversed(detail.items()))
    again = json.loads(json.dumps(turned), parse_float=float)
    assert chain.digest({"detail": detail}) == chain.digest({"detail": again})


def test_a_chain_is_walked_a_piece_at_a_time(db, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(audit_chain, "PIECE", 2)
    if connection.vendor == "sqlite":
        write(5)
        with django_assert_num_queries(9):  # two for each of three pieces, the end, strays, triggers
            assert problem() == ""


def test_heads_are_kept_outside_the_database(tmp_path):
    assert audit_chain.heads_file() == Path(tmp_path) / "audit-heads"


@whole
def test_rows_from_before_the_chain_are_tied_into_it_by_the_migration():
    migration = importlib.import_module("console.migrations.0007_chained_audit")
    write(3)
    with lowered():
        AuditLink.objects.all().delete()
        AuditEntry.objects.update(digest="")
        migration.PIECE = 2
        migration.tie(apps, SimpleNamespace(connection=connection))
    assert audit_chain.verify() == audit_chain.Verdict(audit_chain.head())
    assert audit_chain.head().number == 3
    migration.let_change(apps, SimpleNamespace(connection=connection))
    assert len(audit_guard.missing()) == (6 if connection.vendor == "sqlite" else 3)
    audit_guard.install()
    assert problem() == ""


def test_the_form_of_what_is_hashed_stays_as_it_was_from_the_first_row_on():
    """Sums by `sha256sum`: a row that was written once is checked against them for ever."""
    there = timezone(timedelta(hours=8))
    fields = {"b": 1.0, "a": datetime(2026, 6, 1, 20, tzinfo=there), "d": {2: (1e20,)}, "c": [1.5, "é", None, True]}
    assert chain.canonical(fields) == (
        rb'{"a":"2026-06-01T12:00:00.000000+00:00","b":1,"c":[1.5,"\u00e9",null,true],"d":{"2":[100000000000000000000]}}'
    )
    assert chain.digest(fields) == "222b36683a6c6054ec58fe88453335e87b6af6c01f7f0b0a80e03d26422c7227"
    first = chain.link(chain.BEFORE_THE_FIRST, 1, "abc")
    assert first == "465a9f67135baa9ed4dd72e2d2469b8fcd43451efd9cf52a1d8fe8307d28d869"


@pytest.mark.parametrize(
    ("stored", "usual"),
    [(None, None), ("192.0.2.1/32", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"), ("2001:db8::/64", "2001:db8::")],
)
def test_an_address_has_one_form_whichever_way_a_database_keeps_it(stored, usual):
    assert chain.address_text(stored) == usual
