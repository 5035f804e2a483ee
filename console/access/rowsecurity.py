"""Row-level security of PostgreSQL: the second wall between organisations, built from what the models declare.

A table is covered when its model says `owner_path`. Besides, a model may say

- `open_to_all`: by path the values of rows that everyone may read, as its `visible_to` lets them, or what returns them;
- `no_row_security`: why the wall leaves its table out.

Whoever narrowed nothing passes: workers, the engine, the schedule, commands, and those who see every organisation.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction

log = logging.getLogger(__name__)
SETTING = "loft.sees"
"""Organisations whose rows the connection sees, by key with commas between; empty or unset: all."""
_APPS = ("console", "network", "airspace", "industry")
# As scalar subqueries they are worked out once per statement, not once per row.
_SEES_ALL = f"(SELECT coalesce(current_setting('{SETTING}', true), '') = '')"
_SEEN = f"((SELECT string_to_array(current_setting('{SETTING}', true), ',')::bigint[])::bigint[])"
_ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_PRESENT = (
    "SELECT policy.polname, relation.relname, obj_description(policy.oid, 'pg_policy') "
    "FROM pg_policy policy JOIN pg_class relation ON relation.oid = policy.polrelid "
    "WHERE pg_table_is_visible(relation.oid) AND relation.relrowsecurity AND relation.relforcerowsecurity"
)


Opened = tuple[object, ...] | Callable[[], tuple[object, ...]]


@dataclass(frozen=True)
class Policy:
    """One policy of a table, in SQL."""

    table: str
    name: str
    rule: str

    @property
    def fingerprint(self) -> str:
        """What tells it from another of its name; it is kept as the policy's comment."""
        return hashlib.sha256(self.rule.encode()).hexdigest()[:16]

    def statements(self) -> Iterator[str]:
        """Yield what puts it up, in place of an older one of its name."""
        yield f'DROP POLICY IF EXISTS {self.name} ON "{self.table}"'
        yield f'CREATE POLICY {self.name} ON "{self.table}" {self.rule}'
        yield f"COMMENT ON POLICY {self.name} ON \"{self.table}\" IS '{self.fingerprint}'"
        yield f'ALTER TABLE "{self.table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'


def owned() -> dict[type[models.Model], str]:
    """Return how the organisation is reached from every table that has an owner, those between two models included."""
    owner_paths: dict[type[models.Model], str] = {}
    for model in (
        model for label in _APPS for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ):
        path = _path_between(model) if model._meta.auto_created else getattr(model, "owner_path", None)  # noqa: SLF001
        if path is not None:
            owner_paths[model] = path
    return owner_paths


def policies() -> list[Policy]:
    """Return the policies that there have to be."""
    return [policy for model, path in owned().items() if not reason(model) for policy in _policies_of(model, path)]


def reason(model: type[models.Model]) -> str:
    """Return why the wall leaves out a table that has an owner; empty when it does not."""
    reason: str = getattr(model, "no_row_security", "")
    return reason


def missing(using: str = "default") -> list[Policy]:
    """Return the policies that there are not, or not as they have to be; none on SQLite, which knows no policies."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT)
        present = {(name, table): expression for name, table, expression in cursor.fetchall()}
        tables = set(connection.introspection.table_names(cursor))
    wanted = [policy for policy in policies() if policy.table in tables]
    return [policy for policy in wanted if present.get((policy.name, policy.table)) != policy.fingerprint]


def stale(using: str = "default") -> list[tuple[str, str]]:
    """Return name and table of policies of ours that there are no longer to be."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return []
    wanted = {(policy.name, policy.table) for policy in policies()}
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT)
        present = [(name, table) for name, table, _ in cursor.fetchall()]
    return [policy for policy in present if policy[0].startswith("loft_") and policy not in wanted]


def install(using: str = "default") -> int:
    """Put up the policies that are missing; return how many. Nothing is locked when none is."""
    lacking, needless = missing(using), stale(using)
    statements = [statement for policy in lacking for statement in policy.statements()]
    statements += [f'DROP POLICY {name} ON "{table}"' for name, table in needless]
    if statements:
        with transaction.atomic(using), connections[using].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        log.info("row-level security: %d policies put up", len(lacking))
    return len(lacking)


def bypassed(using: str = "default") -> bool:
    """Whether no policy binds the role that Loft connects as: a superuser, or one that may bypass them."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        return bool(cursor.fetchone()[0])


def _policies_of(model: type[models.Model], path: str) -> Iterator[Policy]:
    table = model._meta.db_table  # noqa: SLF001  Django's public name
    own = _reached(model, path, lambda column: f"{column} = ANY {_SEEN}", trusts=True)
    # by itself: it outlives columns that migrations drop; so named: PostgreSQL asks the last in the alphabet first
    yield Policy(table, "loft_whole", f"USING ({_SEES_ALL})")
    yield Policy(table, "loft_own", f"USING ({own})")
    opened: Mapping[str, Opened] = getattr(model, "open_to_all", {})
    for way, values in opened.items():
        among = ", ".join(map(_literal, values() if callable(values) else values))
        reached = _reached(model, way, lambda column, among=among: f"{column} IN ({among})")  # type: ignore[misc]
        yield Policy(table, f"loft_open_{way}", f"FOR SELECT USING ({reached})")


def _reached(
    model: type[models.Model], path: str, test: Callable[[str], str], depth: int = 0, *, trusts: bool = False
) -> str:
    """Return a condition on the column at the end of a path of fields.

    With `trusts` it ends at the first other table that shows one's own rows alone, by the policies it has itself: every
    further table would be one more join in all plans.
    """
    meta: Any = model._meta  # noqa: SLF001  Django's public name
    here = f"t{depth}" if depth else f'"{meta.db_table}"'
    step, _, rest = path.partition("__")
    field = meta.pk if step == "pk" else meta.get_field(step)
    if not rest:
        return test(f'{here}."{field.column}"')
    other, there = field.related_model, f"t{depth + 1}"
    mine, theirs = (meta.pk, field.field) if field.one_to_many else (field, other._meta.pk)  # noqa: SLF001
    join = f'{there}."{theirs.column}" = {here}."{mine.column}"'
    if not (trusts and not hasattr(other, "open_to_all") and not reason(other)):
        join += f" AND {_reached(other, rest, test, depth + 1, trusts=trusts)}"
    return f'EXISTS (SELECT 1 FROM "{other._meta.db_table}" {there} WHERE {join})'  # noqa: SLF001, S608  our own names


def _path_between(model: type[models.Model]) -> str | None:
    """Return the path of a table that joins two models: through the first of them that has an owner."""
    for field in model._meta.fields:  # noqa: SLF001  Django's public name
        path = getattr(field.related_model, "owner_path", None)
        if path is not None:
            return f"{field.name}__{path}"
    return None


def _literal(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
