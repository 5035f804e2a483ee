"""The search palette's answer: everything that holds the words, of each kind, and nothing of what is not one's to see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from airspace.models import Drone
from console.access.actor import HOME_PK, Actor
from console.actions import search
from console.actions.search import MOST, Found, Source
from console.models import Membership, Organisation, Person
from industry.models import Factory, Machine
from network.actions import search as network_search
from network.kernels import metropolis
from network.models import Alarm, Corridor, EdgeNode, Link, Region, Severity
from tests.conftest import NOON
from tests.network.owners.rows import BLUE, RED, customer, raised

pytestmark = pytest.mark.django_db
URL = "/api/v1/search"
EVERY_KIND = {
    "drones", "sites", "alarms", "factories", "machines", "organisations", "agreements", "corridors", "edge-nodes",
    "sectors", "links", "districts", "regions", "vehicles",
}  # fmt: skip


def found(api, words: str) -> dict[str, list[dict]]:
    answer = api.get(URL, {"search": words})
    assert answer.status_code == 200, answer.content
    return {group["code"]: group["found"] for group in answer.json()}


def test_every_app_has_its_sources():
    assert {source.code for source in search.registered()} == EVERY_KIND


def test_what_people_look_for_most_comes_first():
    ranks = [source.rank for source in search.registered()]
    assert ranks == sorted(ranks)
    assert {source.code for source in search.registered() if source.rank == 1} == {"drones", "sites"}


def test_sites_links_and_districts_are_found_by_either_name(signed_in, make_site):
    a, b = make_site("bs-1"), make_site("oa-9")
    Link.objects.create(a=a, b=b, length_km=1, rate_gbps=10, changed_at=NOON)
    viewer = signed_in("viewer")
    assert [row["url"] for row in found(viewer, "bs-1")["sites"]] == ["/map?site=bs-1"]
    assert [row["url"] for row in found(viewer, "oa-9~bs")["links"]] == ["/inventory/links?record=bs-1~oa-9"]


def test_districts_are_found_by_either_name_where_there_is_their_region(signed_in, region):
    viewer = signed_in("viewer")
    assert "districts" not in found(viewer, "中央")
    lat_deg, lon_deg = metropolis.CENTRE_DEG
    Region.objects.create(
        slug=metropolis.SLUG, name_en="Lanwan", name_zh="澜湾", lat_deg=lat_deg, lon_deg=lon_deg, radius_m=30_000
    )
    [central] = found(viewer, "中央")["districts"]
    assert central["name_en"] == "Central"
    assert central["url"] == "/map?at=29.00000,123.50000,13"


def test_a_link_of_a_pair_of_names_joins_two_such_ends(signed_in, make_site):
    a, b, c = make_site("bs-1"), make_site("oa-9"), make_site("bs-2")
    for end in (b, c):
        Link.objects.create(a=a, b=end, length_km=1, rate_gbps=10, changed_at=NOON)
    viewer = signed_in("viewer")
    keys = {words: [row["detail"] for row in found(viewer, words).get("links", ())] for words in ("bs~bs", "oa ~ bs")}
    assert keys == {"bs~bs": ["bs-1~bs-2"], "oa ~ bs": ["bs-1~oa-9"]}


def test_active_alarms_come_before_returned_ones_and_the_gravest_first(signed_in, roles):
    for subject, severity in (("D-old", Severity.CRITICAL), ("D-major", Severity.MAJOR), ("D-minor", Severity.MINOR)):
        raised(HOME_PK, subject, severity=severity)
    Alarm.objects.filter(subject="D-old").update(ended_at=timezone.now())
    rows = found(signed_in("viewer"), "D-")["alarms"]
    assert [row["name_en"] for row in rows] == ["D-major", "D-minor", "D-old"]
    active = Alarm.objects.get(subject="D-major")
    assert rows[0]["url"] == f"/alarms?alarm={active.pk}&is_active=&search={active.object_key}"


def test_of_the_alarms_that_have_returned_only_the_newest_are_looked_through(signed_in, roles, monkeypatch):
    monkeypatch.setattr(network_search, "MOST_RETURNED", 2)
    for number in range(4):
        alarm = raised(HOME_PK, f"D-{number}")
        at = NOON + timedelta(hours=number)
        Alarm.objects.filter(pk=alarm.pk).update(started_at=at, ended_at=at)
    viewer = signed_in("viewer")
    assert [row["name_en"] for row in found(viewer, "D-")["alarms"]] == ["D-3", "D-2"]
    assert "alarms" not in found(viewer, "D-0")


def test_the_problem_of_an_alarm_is_said_in_the_language_of_the_reader(signed_in, roles):
    alarm = raised(HOME_PK, "D-1")
    Alarm.objects.filter(pk=alarm.pk).update(specific_problem="Site failed: everything behind it is silent")
    viewer = signed_in("viewer")
    viewer.cookies["django_language"] = "zh-hans"
    [row] = found(viewer, "D-1")["alarms"]
    assert "站点" in row["detail"]


def test_agreements_in_force_come_before_those_that_have_ended(signed_in, make_site, make_agreement):
    site = make_site("bs-1")
    make_agreement(site, name="promise a", ended_at=NOON)
    make_agreement(site, name="promise b")
    assert [row["name_en"] for row in found(signed_in("viewer"), "promise")["agreements"]] == ["promise b", "promise a"]


def test_a_region_is_found_at_its_centre(signed_in, region):
    [row] = found(signed_in("viewer"), region.slug)["regions"]
    assert row["url"].startswith(f"/map?at={region.lat_deg:.5f},{region.lon_deg:.5f},")


def test_corridors_and_edge_nodes_lead_to_their_records(signed_in, region, make_site):
    EdgeNode.objects.create(
        slug="edge-zz", site=make_site("dc-1"), name_en="Z", name_zh="Z", cores=8, memory_gb=32, changed_at=NOON
    )
    Corridor.objects.create(
        region=region, slug="zz-river", name_en="River", name_zh="江", lowest_m=50, highest_m=100,
        path_lon_lat_deg=[[0, 0], [0, 1]], changed_at=NOON,
    )  # fmt: skip
    groups = found(signed_in("viewer"), "zz")
    assert groups["edge-nodes"][0]["url"] == "/inventory/edge-nodes?record=edge-zz"
    assert groups["corridors"][0]["url"] == "/inventory/corridors?record=zz-river"


def test_factories_and_their_machines_are_found(signed_in):
    factory = Factory.objects.create(
        slug="mill-7", name_en="Mill", name_zh="磨坊", lat_deg=29, lon_deg=123, organisation_id=HOME_PK
    )
    Machine.objects.create(factory=factory, name="saw 1/2", registered_at=NOON)
    viewer = signed_in("viewer")
    assert found(viewer, "磨坊")["factories"][0]["url"] == "/industry/factories/mill-7"
    assert found(viewer, "saw")["machines"][0]["url"] == "/industry/factories/mill-7?machine=saw+1%2F2"


def test_no_more_than_a_palette_can_show(signed_in, make_site):
    for number in range(MOST + 3):
        make_site(f"many-{number}")
    assert len(found(signed_in("viewer"), "many-")["sites"]) == MOST


def test_a_source_whose_right_lacks_is_not_asked(signed_in):
    Organisation.objects.create(slug="somebody", name_en="Somebody", name_zh="某某", made_at=timezone.now())
    assert "organisations" not in found(signed_in("viewer"), "somebody")
    assert found(signed_in("administrator"), "somebody")["organisations"][0]["detail"] == "somebody"


def test_drones_of_another_organisation_are_not_found(signed_in, person):
    other = Organisation.objects.create(slug="other", name_en="Other", name_zh="他", made_at=timezone.now())
    mine = Organisation.objects.create(slug="mine", name_en="Mine", name_zh="我", made_at=timezone.now())
    for owner in (other, mine):
        Drone.objects.create(
            serial=f"SEEK{owner.slug.upper()}", organisation=owner, registered_at=NOON, changed_at=NOON
        )
    serials = [row["name_en"] for row in found(signed_in("viewer", mine.pk), "SEEK")["drones"]]
    assert serials == ["SEEKMINE"]


def test_retired_drones_are_not_found(signed_in, roles):
    for serial, retired_at in (("SEEK-1", None), ("SEEK-2", NOON)):
        Drone.objects.create(
            serial=serial, organisation_id=HOME_PK, registered_at=NOON, changed_at=NOON, retired_at=retired_at
        )
    assert [row["name_en"] for row in found(signed_in("viewer"), "SEEK")["drones"]] == ["SEEK-1"]


@pytest.fixture
def two_customers(roles, make_site, make_agreement):
    """Of two customers one of everything that is owned; each says whose it is in its name."""
    site, owners = make_site("bs-1"), {word: customer(word) for word in (RED, BLUE)}
    for word, owner in owners.items():
        raised(owner.pk, f"thing {word}")
        make_agreement(site, organisation=owner, name=f"thing {word}")
        factory = Factory.objects.create(
            slug=f"thing-{word}", name_en=f"thing {word}", name_zh=word, lat_deg=29, lon_deg=123, organisation=owner
        )
        Machine.objects.create(factory=factory, name=f"thing {word}", registered_at=NOON)
        Drone.objects.create(serial=f"thing {word}", organisation=owner, registered_at=NOON, changed_at=NOON)
    return owners


def test_nothing_of_another_customer_is_found_of_any_kind(two_customers, signed_in):
    groups = found(signed_in("administrator", two_customers[RED].pk), "thing")
    assert set(groups) == {"drones", "alarms", "agreements", "factories", "machines"}
    assert {row["name_en"] for rows in groups.values() for row in rows} == {"thing red"}
    everything = found(signed_in("viewer"), "thing")
    assert {row["name_en"] for row in everything["drones"]} == {"thing red", "thing blue"}


def test_each_kind_is_seen_only_where_ones_role_has_its_right(two_customers, client, person):
    both = person("administrator", two_customers[RED].pk)
    Membership.objects.create(person=both, organisation=two_customers[BLUE], role="viewer")
    client.force_login(both)
    names = {row["name_en"] for row in found(client, "thing")["drones"]}
    assert names == {"thing red", "thing blue"}
    assert [row["detail"] for row in found(client, "e")["organisations"]] == [RED]


@pytest.mark.parametrize("words", ["", " ", "x" * 81])
def test_words_that_are_none_or_too_many_are_refused_by_name(signed_in, words):
    refused = signed_in("viewer").get(URL, {"search": words})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "search")


def test_nothing_found_is_an_empty_list(signed_in):
    assert signed_in("viewer").get(URL, {"search": "nothing is called so"}).json() == []


def test_a_stranger_and_a_key_find_nothing(client, with_key):
    assert client.get(URL, {"search": "bs"}).status_code in (401, 403)
    assert with_key("read").get(URL, {"search": "bs"}).status_code == 403


def test_a_person_without_rights_finds_nothing(client, make_site):
    make_site("bs-1")
    client.force_login(Person.objects.create_user("nobody", password="a long test password"))
    assert client.get(URL, {"search": "bs"}).json() == []


def test_how_many_questions_it_asks_does_not_hang_on_what_is_found(signed_in, make_site):
    viewer = signed_in("viewer")
    found(viewer, "bs-")
    with CaptureQueriesContext(connection) as few:
        found(viewer, "bs-")
    for number in range(5):
        make_site(f"bs-{number}")
    with CaptureQueriesContext(connection) as many:
        found(viewer, "bs-")
    assert len(many) == len(few)


def test_a_source_is_answered_by_its_own_right():
    asked = []
    own = Source("x", "X", "some.right", lambda words, most, _actor: [Found(words, words, str(most), "/")])
    search.register(own)
    try:
        groups = dict(search.search("words", lambda right: asked.append(right)))
    finally:
        search._registered.pop("x")
    assert groups == {}
    assert "some.right" in asked


def _queries_of(words: str) -> list[str]:
    everyone = Actor("a", sees=None)
    with CaptureQueriesContext(connection) as queries:
        for source in search.registered():
            list(source.find(words, MOST, everyone))
    return [query["sql"] for query in queries]


def test_a_search_asks_twice_per_kind_at_most_and_for_no_more_rows_than_it_shows(make_site):
    made = [make_site(f"bs-{number:03}") for number in range(3)]
    few = _queries_of("bs-")
    assert len(few) <= 2 * len(search.registered())
    more = [make_site(f"bs-{number:03}") for number in range(3, 30)]
    rows = [Link(a=a, b=b, length_km=1, rate_gbps=10, changed_at=NOON) for a, b in zip(made * 9, more, strict=True)]
    Link.objects.bulk_create(rows)
    many = _queries_of("bs-")
    assert len(many) == len(few), "whatever is stored"
    unlimited = [sql for sql in many if "LIMIT" not in sql and "LIKE" in sql]
    assert unlimited == [], "a palette of six rows never reads a city"
