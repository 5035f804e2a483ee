"""Raw samples and counters in a partition per day, on PostgreSQL; elsewhere nothing changes.

Django goes on to take `id` for the key; in the database the key is `id` and the time, as partitions demand.
"""

from typing import Any

from django.db import migrations
from django.utils import timezone

TABLES = {"network_stampsample": "sent_at", "network_counterreading": "to_at"}
CONSTRAINTS = "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'f', 'c')"
INDEXES = """SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"""


def partition_all(apps: Any, schema_editor: Any) -> None:
    """Turn the tables into partitioned ones with the same rows, columns, constraints and indexes."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for table, column in TABLES.items():
            cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [table])
            if cursor.fetchone()[0] != "p":
                partition(cursor, table, column)
    from network.models.measurement.partition import prepare  # the tables are there now

    prepare(timezone.now())


def partition(cursor: Any, table: str, column: str) -> None:
    """Put a partitioned table in the place of a plain one."""
    cursor.execute(CONSTRAINTS, [table])
    constraints = cursor.fetchall()
    cursor.execute(INDEXES, [table])
    indexes = [definition for (definition,) in cursor.fetchall()]
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
    newest = cursor.fetchone()[0]
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_whole")
    cursor.execute(f"CREATE TABLE {table} (LIKE {table}_whole INCLUDING DEFAULTS) PARTITION BY RANGE ({column})")
    cursor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_whole")
    cursor.execute(f"DROP TABLE {table}_whole")
    cursor.execute(f"CREATE SEQUENCE {table}_id_seq OWNED BY {table}.id")
    cursor.execute(f"SELECT setval('{table}_id_seq', %s, false)", [newest + 1])
    cursor.execute(f"ALTER TABLE {table} ALTER id SET DEFAULT nextval('{table}_id_seq')")
    for name, kind, definition in constraints:
        told = f"PRIMARY KEY (id, {column})" if kind == "p" else definition
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {told}')
    for definition in indexes:
        cursor.execute(definition)


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0008_equipment"),
    ]

    operations = [migrations.RunPython(partition_all, migrations.RunPython.noop)]
