"""Every column that a page offers to sort by is one that its list can be ordered by, both ways, without losing rows."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import resolve
from django.utils import timezone

from console.access.actor import HOME_PK
from industry.models import Factory, Machine
from network.models import Maintenance

pytestmark = pytest.mark.django_db
STATIC = Path("static")
LISTS = {
    "industry/plants/factories.js": ["factories"],
    "network/maintenance/maintenance.js": ["maintenance"],
    "network/notices/notifications.js": ["alarms/notices"],
    "network/inventory/inventorychanges.js": ["inventory/changes"],
    "network/service_levels/reports.js": ["sla/reports"],
    "network/service_levels/sla.js": ["standings"],
    "network/placement/plans.js": ["placement/plans"],
    "network/evidence/evidence.js": ["evidence"],
    "network/alarms/alarmcolumns.js": ["alarms"],
    "airspace/drones/drones.js": ["drones"],
}
KINDS, LINKS = (Path(f"static/network/inventory/inventory{name}.js") for name in ("kinds", "links"))


def words_in(text: str) -> set[str]:
    return {word.removeprefix("-") for word in re.findall(r'\border: "([^"]+)"', text)}


def orders_of(url: str) -> set[str]:
    return set(resolve(f"/api/v1/{url}").func.view_class.ordering_fields)


@pytest.mark.parametrize(("script", "urls"), LISTS.items(), ids=lambda given: given if isinstance(given, str) else "")
def test_what_a_page_sorts_by_the_server_knows(script, urls):
    words = words_in((STATIC / script).read_text())
    assert words, f"{script} sorts by nothing"
    for url in urls:
        assert words <= orders_of(url), url


@pytest.mark.parametrize("kind", ["regions", "sites", "sectors", "links", "edge-nodes", "corridors"])
def test_what_the_inventory_sorts_by_the_server_knows(kind):
    text = KINDS.read_text()
    names = re.findall(r'^  "?([a-z-]+)"?: \{$', text, re.MULTILINE)
    starts = [text.index(f"\n  {name}: {{" if f"\n  {name}: {{" in text else f'\n  "{name}": {{') for name in names]
    own = dict(zip(names, (text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)), strict=True))
    own["links"] = LINKS.read_text()
    assert words_in(own[kind]) | {"valid_from"} <= orders_of(kind)


def listed(client, url, ordering, key):
    return [row[key] for row in client.get(f"/api/v1/{url}?ordering={ordering}").json()["results"]]


def test_maintenance_is_ordered_by_where_it_stands_in_time(signed_in):
    now, hour = timezone.now(), timedelta(hours=1)
    for reason, begins, is_withdrawn in (
        ("over", -3, False),
        ("to come", 3, False),
        ("now", -0.5, False),
        ("gone", 3, True),
    ):
        starts_at = now + begins * hour
        Maintenance.objects.create(
            kind="region", key="", starts_at=starts_at, ends_at=starts_at + hour, reason=reason, actor="x", made_at=now,
            withdrawn_at=now if is_withdrawn else None, organisation_id=HOME_PK,
        )  # fmt: skip
    assert listed(signed_in("viewer"), "maintenance", "state", "reason") == ["now", "to come", "over", "gone"]


def test_factories_are_ordered_by_how_many_machines_they_have(signed_in):
    now = timezone.now()
    for slug, count in (("few", 1), ("none", 0), ("many", 3)):
        factory = Factory.objects.create(
            slug=slug, name_en=slug, name_zh=slug, lat_deg=29, lon_deg=123, organisation_id=HOME_PK
        )
        Machine.objects.bulk_create(
            Machine(factory=factory, name=f"m{number}", registered_at=now) for number in range(count)
        )
    assert listed(signed_in("viewer"), "factories", "-machines", "slug") == ["many", "few", "none"]
