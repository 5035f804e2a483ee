"""What there was before there were organisations gets its owners, on either database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from console.access.actor import HOME_PK
from console.models import Organisation
from tests import migrated
from tests.conftest import NOON

pytestmark = pytest.mark.slow
BEFORE, AFTER = [("network", "0018_ended_agreements")], [("network", "0021_slice_tenant")]


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def newest():
    """The database as the code needs it, whatever becomes of the test."""
    yield
    migrated.newest(connection)


@pytest.mark.django_db(transaction=True)
def test_tenants_of_slices_become_organisations_and_own_what_is_of_their_slices(newest):
    old = migrated.at(connection, BEFORE)
    make = {
        name: old.get_model("network", name).objects.create
        for name in ("Slice", "Agreement", "Alarm", "Maintenance", "NoticeChannel")
    }
    for slug, tenant in (("a", "Port Authority"), ("b", "Port Authority"), ("c", "翠岭"), ("d", "")):
        make["Slice"](slug=slug, name_en=slug, name_zh=slug, sst=1, tenant=tenant, changed_at=NOON)
        make["Agreement"](name=slug, kind="slice", key=slug, metric="jitter", objective=1.0)
        make["Alarm"](
            severity="minor", alarm_type="processing", probable_cause="x", specific_problem="Burns",
            subject=f"slice {slug}", started_at=NOON, changed_at=NOON,
        )  # fmt: skip
        make["Maintenance"](
            kind="slice", key=slug, starts_at=NOON, ends_at=NOON + timedelta(hours=1), reason="r", actor="a",
            made_at=NOON,
        )  # fmt: skip
    make["NoticeChannel"](name="desk", kind="email", target="a@b.example", secret_changed_at=NOON, made_at=NOON)
    new = migrate(AFTER)
    owners = {
        object_.slug: object_.organisation
        for object_ in new.get_model("network", "Slice").objects.select_related("organisation")
    }
    assert {slug: owner.name_en for slug, owner in owners.items() if slug != "d"} == {
        "a": "Port Authority",
        "b": "Port Authority",
        "c": "翠岭",
    }
    assert (owners["a"].slug, owners["c"].slug, owners["a"].pk == owners["b"].pk) == ("port-authority", "tenant", True)
    assert owners["d"].pk == HOME_PK
    for name, key in (("Agreement", "key"), ("Maintenance", "key"), ("Alarm", "subject")):
        rows = new.get_model("network", name).objects.values_list(key, "organisation")
        assert {slug.removeprefix("slice "): owner for slug, owner in rows} == {s: o.pk for s, o in owners.items()}
    assert new.get_model("network", "NoticeChannel").objects.get().organisation_id == HOME_PK


@pytest.mark.django_db(transaction=True)
def test_going_back_slices_say_by_a_text_whose_they_are(newest):
    new = migrated.at(connection, AFTER)
    red = Organisation.objects.create(slug="red", name_en="Red", name_zh="红", kinds=["model_customer"], made_at=NOON)
    for slug, owner in (("a", red.pk), ("b", HOME_PK)):
        new.get_model("network", "Slice").objects.create(
            slug=slug, name_en=slug, name_zh=slug, sst=1, organisation_id=owner, changed_at=NOON
        )
    old = migrate(BEFORE)
    assert dict(old.get_model("network", "Slice").objects.values_list("slug", "tenant")) == {"a": "Red", "b": ""}
