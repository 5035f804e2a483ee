"""Many rows at one go, in one statement and without an object for each: for what is written every other second.

A row is a mapping from field names to values, the same names in every row; a time is aware. On PostgreSQL the rows go
as one JSON text, elsewhere one after another through a prepared statement. Defaults of models are not looked at:
whoever inserts names every field.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, models, transaction

Row = Mapping[str, Any]


def insert(model: type[models.Model], rows: Sequence[Row], parent: type[models.Model], by: str) -> None:
    """Insert rows; one whose parent, to which the field `by` points, is gone stays away."""
    _insert(model, rows, parent, by, "")


def upsert(model: type[models.Model], rows: Sequence[Row], parent: type[models.Model], by: str) -> None:
    """Insert rows or change those that are there; the field `by` is the key and points to the parent, see `insert`."""
    columns = [_column(model, name) for name in (rows[0] if rows else ()) if name != by]
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    _insert(model, rows, parent, by, f" ON CONFLICT ({_column(model, by)}) DO UPDATE SET {changes}")


def update(model: type[models.Model], rows: Sequence[Row], by: str = "id") -> None:
    """Change the rows whose key, the field `by`, is given; one that is no longer there stays away."""
    if not rows:
        return
    names, key = [name for name in rows[0] if name != by], _column(model, by)
    start = f"UPDATE {_table(model)} SET "  # noqa: S608  our own names; so below
    if _takes_json():
        assignments = ", ".join(f"{_column(model, name)} = v.{_column(model, name)}" for name in names)
        _execute_json(model, rows, f"{start}{assignments} FROM {_source(model)} WHERE {_table(model)}.{key} = v.{key}")
    else:
        assignments = ", ".join(f"{_column(model, name)} = %s" for name in names)
        _execute_each(rows, f"{start}{assignments} WHERE {key} = %s", [*names, by])


def _insert(model: type[models.Model], rows: Sequence[Row], parent: type[models.Model], by: str, end: str) -> None:
    if not rows:
        return
    columns = [_column(model, name) for name in rows[0]]
    start = f"INSERT INTO {_table(model)} ({', '.join(columns)}) SELECT "
    is_there = f" WHERE EXISTS (SELECT 1 FROM {_table(parent)} WHERE {_column(parent, 'id')} = "  # noqa: S608
    if _takes_json():
        selected = ", ".join(f"v.{column}" for column in columns)
        statement = f"{start}{selected} FROM {_source(model)}{is_there}v.{_column(model, by)}){end}"
        _execute_json(model, rows, statement)
    else:
        _execute_each(rows, f"{start}{', '.join(['%s'] * len(columns))}{is_there}%s){end}", [*rows[0], by])


def _source(model: type[models.Model]) -> str:
    return f"json_populate_recordset(NULL::{_table(model)}, %s::json) AS v"


def _execute_json(model: type[models.Model], rows: Sequence[Row], statement: str) -> None:
    columns = {name: _plain_column(model, name) for name in rows[0]}
    records = [{columns[name]: value for name, value in row.items()} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(records, default=datetime.isoformat)])


def _execute_each(rows: Sequence[Row], statement: str, names: list[str]) -> None:
    at = cache(connection.ops.adapt_datetimefield_value)  # the same few times in many rows
    adapters: dict[type, Callable[[Any], Any]] = {datetime: at, list: json.dumps, dict: json.dumps}
    plain = adapters.get
    values = [
        [value if (adapt := plain(value.__class__)) is None else adapt(value) for value in map(row.__getitem__, names)]
        for row in rows
    ]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _takes_json() -> bool:
    return connection.vendor == "postgresql"


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001  Django's public name


def _column(model: type[models.Model], name: str) -> str:
    return connection.ops.quote_name(_plain_column(model, name))


def _plain_column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]  # noqa: SLF001  Django's public name
