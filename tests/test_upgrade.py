"""An installation of the first release becomes one of today, on either database, with rows of every kind in it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

from console.access.actor import HOME_PK
from console.actions.audit.audit_chain import verify
from console.audit import audit_guard
from console.models import ApiKey, AuditEntry, Membership, Person
from network.models import PmCounters
from tests import migrated
from tests.audit_guard import lower
from tests.conftest import NOON

pytestmark = pytest.mark.slow
FIRST_RELEASE = [
    ("console", "0001_initial"),
    ("airspace", "0001_initial"),
    ("industry", "0001_initial"),
    ("network", "0018_ended_agreements"),
]
BEFORE_LEASES = [
    ("console", "0009_quotas"),
    ("airspace", "0004_owners"),
    ("industry", "0004_no_tenant"),
    ("network", "0021_slice_tenant"),
]
AN_HOUR = timedelta(hours=1)
LEFT = {"attempts": 1, "claim": UUID(int=7)}
UNTIL = {
    "Evidence": {**LEFT, "state": "drawing", "look_again_at": NOON},
    "SlaReport": {**LEFT, "state": "drawing", "look_again_at": NOON},
    "PlacementPlan": {**LEFT, "state": "proving", "lease_until": NOON},
    "ConfigurationPush": {**LEFT, "state": "pending", "look_again_at": NOON},
    "Job": {**LEFT, "state": "running", "lease_until": NOON, "look_again_at": NOON - timedelta(days=1)},
}
"""What workers had that were killed before the upgrade, until noon."""
AT_ONCE = {
    "PlacementPlan": {"attempts": 1, "state": "queued", "claim": None, "lease_until": None},
    "Job": {"attempts": 1, "state": "queued", "claim": None, "lease_until": None, "look_again_at": NOON},
    "NoticeChannel": {"is_active": True, "paused_until": None, "busy_until": NOON - AN_HOUR},
}
"""What waited for a worker before the upgrade."""
SENT_AGAIN = {name: {**LEFT, "state": "queued", "look_again_at": NOON} for name in ("Evidence", "SlaReport")}
"""Documents that were lost once and waited again kept the claim of whoever lost them."""
Made = dict[str, list[Any]]
GIVEN = (models.AutoField, models.CompositePrimaryKey)
OURS = {app for app, _ in FIRST_RELEASE}
COPIES = 2
VALUES: dict[Any, Callable[[int], Any]] = {
    models.DateTimeField: lambda _: NOON,
    models.DateField: lambda number: date(2026, 6, 1 + number),
    models.JSONField: lambda _: {},
    models.BinaryField: lambda _: b"x",
    models.UUIDField: lambda number: UUID(int=number),
    models.BooleanField: lambda _: False,
    models.GenericIPAddressField: lambda number: f"192.0.2.{number}",
    models.FloatField: lambda _: 1.0,
    models.IntegerField: lambda number: number + 1,
}
FITTING: dict[str, dict[str, Any]] = {
    "Alarm": {"ended_at": NOON + AN_HOUR},
    "Link": {"b": lambda made, number: made["Site"][1 - number]},
    "Agreement": {"target_share": 0.99},
    "Maintenance": {"ends_at": NOON + AN_HOUR},
    "ApiKey": {"scopes": ["inventory:write", "read"], "revoked_at": None, "expires_at": None},
}
"""What a row's checks ask for beyond a value of the right type."""
CHANGED = {"ApiKey": {"scopes"}}
"""What the upgrade itself is to change."""


MOVED = {"IdempotentRequest": "console"}
"""Models that are another app's now; their tables kept their names."""
FIELDS = {"wish": "request"}
"""Fields that have another name now; their columns kept theirs."""
RENAMED = {"Standing": "ComplianceStatus", "ConfigurationPush": "ConfigurationJob", "SiteCounters": "PmCounters"}
"""Models that have another name now; their tables kept theirs."""


def migrate(targets: list[tuple[str, str | None]]) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def first_release(transactional_db) -> Iterator[Apps]:
    """The database as the first release made it, and as the code needs it again afterwards."""
    lower()
    yield migrated.at(connection, FIRST_RELEASE)
    migrated.newest(connection)


@pytest.fixture
def before_leases(transactional_db) -> Iterator[Apps]:
    """The database as it was when each kind of order had its own lease, and as the code needs it again afterwards."""
    lower()
    yield migrated.at(connection, BEFORE_LEASES)
    migrated.newest(connection)


def migrate_to_today() -> None:
    """Do as `migrate` does; what it does after all of them, guarding the audit trail, is a signal's work there."""
    migrate([leaf for leaf in MigrationExecutor(connection).loader.graph.leaf_nodes() if leaf[0] in OURS])
    audit_guard.install()


def value(field: Any, number: int, made: Made) -> Any:
    """Return something that a field may hold; another one for each number."""
    if isinstance(field, models.ForeignKey):
        return made[field.related_model.__name__][number] if field.related_model.__name__ in made else None
    if field.choices:
        return field.choices[0][0]
    for kind, of_number in VALUES.items():
        if isinstance(field, kind):
            return of_number(number)
    return f"x{number}"[: field.max_length]


def rows_of(old: Apps, *besides: str) -> Made:
    """Write rows into every table of a release besides some; return them by model, those referred to by others first."""
    made: Made = {}
    models_of_ours = (model for app in sorted(OURS) for model in old.get_app_config(app).get_models())
    waiting = {model.__name__: model for model in models_of_ours if model.__name__ not in besides}
    while waiting:
        ready = [name for name, model in waiting.items() if not needed(model) & (waiting.keys() - {name})]
        assert ready, f"they refer to each other: {waiting}"
        for name in ready:
            model = waiting.pop(name)
            made[name] = [model.objects.create(**filled(model, number, made)) for number in range(COPIES)]
    return made


def needed(model: Any) -> set[str]:
    keys = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    return {field.related_model.__name__ for field in keys}


def filled(model: Any, number: int, made: Made) -> dict[str, Any]:
    """Return a row's values by field; its own key is the database's affair, unless it is made of other fields."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, GIVEN)]
    fitting = FITTING.get(model.__name__, {})
    fitting = {name: value(made, number) if callable(value) else value for name, value in fitting.items()}
    return {field.name: value(field, number, made) for field in fields} | fitting


def kept(old: Any, new: Any) -> list[str]:
    """Return the columns of a release's model that are columns still, and that no migration is meant to change."""
    still = {field.attname for field in new._meta.concrete_fields} - CHANGED.get(new.__name__, set())
    return [field.attname for field in old._meta.concrete_fields if FIELDS.get(field.attname, field.attname) in still]


def model_of_today(row: Any) -> Any:
    """Return the model that an old row is of now."""
    name = type(row).__name__
    return apps.get_model(MOVED.get(name, row._meta.app_label), RENAMED.get(name, name))


def contents(model: Any, names: list[str]) -> list[tuple[Any, ...]]:
    """Return the rows of a model, with these columns as plain values."""
    rows = model._base_manager.order_by().values_list(*names)
    return [tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in rows]


def test_no_row_of_the_first_release_is_lost_and_each_has_an_owner(first_release):
    made = rows_of(first_release)
    assert len(made) > 40
    planner, _ = first_release.get_model("auth", "Group").objects.get_or_create(name="planner")
    for element in made["Person"]:
        element.groups.add(planner)
    names = {name: kept(type(rows[0]), model_of_today(rows[0])) for name, rows in made.items()}
    before = {name: contents(type(rows[0]), names[name]) for name, rows in made.items()}
    migrate_to_today()
    for name, rows in made.items():
        model = model_of_today(rows[0])
        assert {row.pk for row in model.objects.all()} >= {row.pk for row in rows}, name
        after = contents(model, [FIELDS.get(column, column) for column in names[name]])
        assert [row for row in before[name] if row not in after] == [], (name, names[name])
        if owner := getattr(model, "owner_path", None):
            assert not model.objects.filter(**{f"{owner}__isnull": True}).exists(), name
    members = Membership.objects.filter(person__in=[row.pk for row in made["Person"]])
    assert list(members.values_list("role", "organisation")) == [("planner", HOME_PK)] * COPIES
    factories = apps.get_model("industry", "Factory").objects.values_list("pk", "organisation__name_en")
    assert dict(factories) == {row.pk: row.tenant for row in made["Factory"]}  # each tenant is its owner now
    assert {tuple(key.scopes) for key in ApiKey.objects.all()} == {("equipment:push", "inventory:write", "read")}
    assert AuditEntry.objects.filter(verb="split scopes of API key").count() == COPIES
    assert (verify().problem, verify().head.number) == ("", AuditEntry.objects.count())


def test_what_workers_had_and_what_waited_is_taken_up_after_the_upgrade(before_leases):
    made = rows_of(before_leases, "AuditLink")  # a trigger of PostgreSQL writes the links
    for rows, number in ((UNTIL, 0), (AT_ONCE, 1), (SENT_AGAIN, 1)):
        for name, fields in rows.items():
            type(made[name][number]).objects.filter(pk=made[name][number].pk).update(**fields)
    migrate_to_today()
    for name in UNTIL:
        assert taken(made[name][0], NOON - AN_HOUR) is None, name
        row = taken(made[name][0], NOON + AN_HOUR)
        assert row is not None, name
        assert (row.attempts, row.end(row.given_up, NOON + AN_HOUR)) == (2, True), name
    assert {name for name in AT_ONCE if taken(made[name][1], NOON - timedelta(minutes=1)) is None} == set()
    assert {name for name in SENT_AGAIN if taken(made[name][1], NOON + AN_HOUR) is None} == set()


def test_who_was_granted_a_right_on_rows_that_have_another_name_now_still_has_it(before_leases):
    old = Permission.objects.get(codename="view_sitecounters")
    visitor = before_leases.get_model("console", "Person").objects.create(username="visitor")
    visitor.user_permissions.add(old.pk)
    migrate_to_today()
    person = Person.objects.get(pk=visitor.pk)
    assert person.user_permissions.get().codename == "view_pmcounters"
    assert person.user_permissions.get().content_type.model_class() is PmCounters
    codenames = set(Permission.objects.filter(content_type__app_label="network").values_list("codename", flat=True))
    assert [name for name in codenames if name.endswith(tuple(f"_{model.lower()}" for model in RENAMED))] == []


def test_what_a_release_of_the_other_names_made_anew_meanwhile_is_no_hindrance(before_leases):
    kinds = ContentType.objects.filter(app_label="network")
    made_anew = kinds.create(app_label="network", model="pmcounters")
    Permission.objects.create(content_type=made_anew, codename="view_pmcounters", name="Can view pm counters")
    right = Permission.objects.get(codename="view_sitecounters").pk
    migrate_to_today()
    assert Permission.objects.get(codename="view_pmcounters").pk == right
    assert list(kinds.filter(model__in=["sitecounters", "pmcounters"]).values_list("model", flat=True)) == [
        "pmcounters"
    ]


def taken(row: Any, now: datetime) -> Any:
    """Return a row of before the upgrade as a worker has it that takes it now; None when it may not."""
    return model_of_today(row).objects.take(row.pk, now)
