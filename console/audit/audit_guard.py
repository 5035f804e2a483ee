"""What the database itself refuses: changing or deleting rows of the audit trail. Installed after every `migrate`.

SQLite drops triggers with the table that a later migration remakes, which is why they are put back each time. There is
no way for the application to have them pass: whoever may alter tables may drop them, and `audit verify` says so.
"""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = {"console_auditentry": "id", "console_auditlink": "number"}
"""Table and primary key."""
REFUSED = "the audit trail is append-only"

_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{words}'); END;
CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{words}'); END;
CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {pk} = NEW.{pk})
BEGIN SELECT RAISE(ABORT, '{words}'); END;
"""
_POSTGRESQL_REFUSAL = """
CREATE OR REPLACE FUNCTION loft_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""
_POSTGRESQL_TABLE = """
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION loft_audit_refuse();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM CURRENT_USER;
"""
# Deferred, it runs as the last thing before the commit. The lock is let go with the transaction, after its rows can be
# seen; a statement of a function sees what was committed before it began, so the head that is read is the last one.
_POSTGRESQL_CHAIN = """
CREATE OR REPLACE FUNCTION loft_audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head record;
    next_number bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('loft audit chain'));
    SELECT number, hash INTO head FROM console_auditlink ORDER BY number DESC LIMIT 1;
    next_number := coalesce(head.number, 0) + 1;
    INSERT INTO console_auditlink (number, entry_id, hash) VALUES (next_number, NEW.id, encode(sha256(convert_to(
        coalesce(head.hash, repeat('0', 64)) || E'\\n' || next_number || E'\\n' || NEW.digest, 'UTF8')), 'hex'));
    RETURN NULL;
END $$;
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'console_auditentry_chain') THEN
        CREATE CONSTRAINT TRIGGER console_auditentry_chain AFTER INSERT ON console_auditentry
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loft_audit_chain();
        ALTER TABLE console_auditentry ENABLE ALWAYS TRIGGER console_auditentry_chain;
    END IF;
END $$;
"""


def install(using: str = "default") -> None:
    """Have the database refuse; it changes nothing where it does already."""
    connection = connections[using]
    if not set(TABLES) <= set(connection.introspection.table_names()):
        return  # an older state of the database, while migrations are taken back
    with connection.cursor() as cursor:
        for script in _scripts(connection):
            cursor.execute(script)


def missing(using: str = "default") -> list[str]:
    """Return the triggers that should be there and are not, or were switched off."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            wanted = {f"{table}_no_{verb}" for table in TABLES for verb in ("update", "delete", "replace")}
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            wanted = {*(f"{table}_append_only" for table in TABLES), "console_auditentry_chain"}
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'")
        return sorted(wanted - {row[0] for row in cursor.fetchall()})


def _scripts(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "sqlite":
        whole = "".join(_SQLITE.format(table=table, pk=pk, words=REFUSED) for table, pk in TABLES.items())
        return [f"CREATE TRIGGER{statement}" for statement in whole.split("CREATE TRIGGER")[1:]]
    tables = [_POSTGRESQL_TABLE.format(table=table) for table in TABLES]
    return [_POSTGRESQL_REFUSAL.format(words=REFUSED), *tables, _POSTGRESQL_CHAIN]
