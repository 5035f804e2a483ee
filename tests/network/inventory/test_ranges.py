"""What the numbers of a record may be, said once on the model: the database, REST, imports and forms agree to the last."""

import json
import re
from html import unescape

import pytest
from django.db import IntegrityError, models, transaction

from network.actions.inventory import KINDS
from network.actions.inventory.fields import Choice, Flag, Number, Slug, Text, Whole
from network.models import Corridor, EdgeNode, Link, Region, Sector, Site
from network.models.inventory.ranges import Range
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

MODELS = (Region, Site, Sector, Link, EdgeNode, Corridor)
NUMBERS = [(model, name) for model in MODELS for name in model.ranges]
AT_ONCE = {"lowest_m": {"highest_m": 1_000.0}, "highest_m": {"lowest_m": 0.0}}


def step(model, name):
    return 1 if isinstance(model._meta.get_field(name), models.IntegerField) else 1e-6


@pytest.fixture
def rows(make_site, make_sector, region):
    """One row of each kind."""
    near, far = make_site("bs-000"), make_site("bs-001", lat_deg=29.01)
    return {
        Region: region,
        Site: near,
        Sector: make_sector(near),
        Link: Link.objects.create(a=near, b=far, length_km=1, rate_gbps=1, changed_at=NOON),
        EdgeNode: EdgeNode.objects.create(
            slug="edge", site=near, name_en="E", name_zh="边", cores=1, memory_gb=1, changed_at=NOON
        ),
        Corridor: Corridor.objects.create(
            slug="c", region=region, name_en="C", name_zh="线", path_lon_lat_deg=[[123, 29], [124, 29]], lowest_m=50,
            highest_m=100, changed_at=NOON,
        ),
    }  # fmt: skip


def is_kept(row, name, value):
    """Whether the database keeps a value."""
    others = AT_ONCE.get(name, {}) if isinstance(row, Corridor) else {}
    try:
        with transaction.atomic():
            return type(row).objects.filter(pk=row.pk).update(**{name: value}, **others) == 1
    except IntegrityError:
        return False


@pytest.mark.parametrize(("model", "name"), NUMBERS)
def test_the_database_keeps_a_number_up_to_its_limits_and_none_beyond(rows, model, name):
    limits, row = model.ranges[name], rows[model]
    assert is_kept(row, name, limits.least)
    assert is_kept(row, name, limits.most) is not limits.is_most_open
    assert not is_kept(row, name, limits.least - step(model, name))
    if limits.most < 2_147_483_647:  # the column itself ends there
        assert not is_kept(row, name, limits.most + step(model, name) * max(1.0, abs(limits.most)))


@pytest.mark.parametrize(("model", "name"), NUMBERS)
def test_what_rest_and_imports_take_is_what_the_database_keeps(model, name):
    kind = next(kind for kind in KINDS.values() if kind.model is model)
    limits, field = model.ranges[name], kind.field(name)
    assert isinstance(field, Number)
    assert Range(field.least, field.most, field.is_most_open) == limits
    assert isinstance(field, Whole) == isinstance(model._meta.get_field(name), models.IntegerField)
    for beyond in (limits.least - step(model, name), limits.most * 1.001 + 1):
        with pytest.raises(ValueError, match=re.escape(f"{limits.least:g}"[:3])):
            field.read(beyond)


def test_texts_words_and_defaults_are_those_of_the_columns():
    for kind in KINDS.values():
        for field in kind.fields:
            column = kind.model._meta.get_field(field.name)
            if isinstance(field, (Text, Slug)) and column.max_length:
                assert field.most == column.max_length, (kind.name, field.name)
            if isinstance(field, Choice):
                assert list(field.words) == [value for value, _ in column.choices]
            if isinstance(field, (Choice, Flag)) and not field.is_required and field.default is not None:
                assert field.default == column.default
                assert type(field.default) in (str, bool)


@pytest.mark.parametrize(
    ("path", "model"),
    [("regions", Region), ("sites", Site), ("sectors", Sector), ("links", Link), ("edge-nodes", EdgeNode),
     ("corridors", Corridor)],
)  # fmt: skip
def test_the_form_of_a_kind_is_told_its_limits(signed_in, region, path, model):
    page = signed_in("planner").get(f"/inventory/{path}").content.decode()
    data = json.loads(unescape(re.search(r'data-limits="(.*?)"', page)[1]))
    assert data == {name: {"least": limits.least, "most": limits.most} for name, limits in model.ranges.items()}


def test_the_history_has_no_form(signed_in, region):
    assert "data-limits" not in signed_in("planner").get("/inventory/changes").content.decode()


def test_a_weak_sector_below_a_milliwatt_may_be_recorded(signed_in, make_site):
    make_site("bs-000")
    body = {"slug": "in-1", "site": "bs-000", "height_m": 3, "power_dbm": -10, "carrier_ghz": 4.9, "bandwidth_mhz": 100}
    planner = signed_in("planner")
    assert planner.post("/api/v1/sectors", body, format="json").status_code == 201
    refused = planner.post("/api/v1/sectors", body | {"slug": "in-2", "power_dbm": -30.5}, format="json")
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"field": "power_dbm", "value": -30.5, "expected": "a number from -30 to 80"}]
