"""The inventory's records over REST: added, changed and removed by their natural keys; who may; what is refused."""

import pytest

from console.actions.audit.audit import SYSTEM
from console.models import AuditEntry
from network.actions import inventory
from network.actions.topology import graph
from network.actions.topology.path import site_latency
from network.kernels.topology import topology
from network.kernels.topology.definition import OFFICIAL
from network.models import Change, Corridor, EdgeNode, Link, Region, Sector, Site
from tests.conftest import NOON
from tests.network.inventory.calls import errors, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

REGION = {"slug": "there", "name_en": "There", "name_zh": "彼地", "lat_deg": 29, "lon_deg": 123.5, "radius_m": 20_000}
SITE = {"slug": "bs-100", "region": "here", "kind": "macro", "name_en": "BS-100", "lat_deg": 29.1, "lon_deg": 123.6}
SECTOR = {
    "slug": "bs-000-1",
    "site": "bs-000",
    "height_m": 30,
    "power_dbm": 46,
    "carrier_ghz": 4.9,
    "bandwidth_mhz": 100,
}
NODE = {"slug": "edge-1", "site": "bs-000", "name_en": "Edge", "name_zh": "边缘", "cores": 16, "memory_gb": 64}
CORRIDOR = {
    "slug": "c-90", "region": "here", "name_en": "Line", "name_zh": "航线", "lowest_m": 60, "highest_m": 120,
    "path_lon_lat_deg": [[123.4, 29.0], [123.5, 29.1], [123.6, 29.1]],
}  # fmt: skip
LINK = {"a": "bs-000", "b": "bs-001", "rate_gbps": 100}


@pytest.mark.parametrize(
    ("path", "body", "model", "change"),
    [
        ("regions", REGION, Region, {"radius_m": 25_000}),
        ("sites", SITE, Site, {"people": 1_200}),
        ("sectors", SECTOR, Sector, {"tilt_deg": 6.5}),
        ("links", LINK, Link, {"load_share": 0.25}),
        ("edge-nodes", NODE, EdgeNode, {"power_kw": 3.5}),
        ("corridors", CORRIDOR, Corridor, {"highest_m": 150}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_record_is_added_changed_and_removed_with_its_history(planner, two_sites, path, body, model, change):
    before = model.objects.count()
    added = send(planner, "post", path, {**body, "reason": "survey of May"})
    assert added.status_code == 201, added.content
    key = body.get("slug", "bs-000~bs-001")
    assert send(planner, "get", f"{path}/{key}").json() == added.json()
    changed = send(planner, "patch", f"{path}/{key}", change)
    assert {name: changed.json()[name] for name in change} == change
    assert send(planner, "delete", f"{path}/{key}").status_code == 204
    assert model.objects.count() == before
    history = send(planner, "get", f"inventory/changes?key={key}&is_planned=false&ordering=id").json()["results"]
    assert [(change["before"] is None, change["values"] is None) for change in history] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert history[0]["reason"] == "survey of May"
    assert history[1]["values"] == {**history[0]["values"], **change}
    verbs = AuditEntry.objects.filter(subject__endswith=key).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["added", "changed", "removed"]


@pytest.mark.parametrize(
    ("path", "body", "field", "value", "expected"),
    [
        ("sectors", {**SECTOR, "power_dbm": -31}, "power_dbm", -31, "a number from -30 to 80"),
        ("sectors", {**SECTOR, "azimuth_deg": 360}, "azimuth_deg", 360, "a number from 0 to below 360"),
        ("sectors", {**SECTOR, "elements": 2.5}, "elements", 2.5, "a whole number from 1 to 64"),
        ("sectors", {**SECTOR, "site": "bs-999"}, "site", "bs-999", "the slug of a site"),
        ("sectors", {**SECTOR, "power_dmb": 46}, "power_dmb", 46, "no such field"),
        ("sectors", {**SECTOR, "scenario": "Lunar"}, "scenario", "Lunar", "one of UMa, UMi, RMa"),
        ("links", {**LINK, "b": "nowhere"}, "b", "nowhere", "the slug of a site"),
        ("links", {**LINK, "b": "bs-000"}, "b", "bs-000", "another site than a"),
        ("links", {**LINK, "rate_gbps": 0}, "rate_gbps", 0, "a number from 0.001"),
        ("links", {**LINK, "is_length_surveyed": True}, "length_km", None, "where is_length_surveyed is true"),
        ("sites", {**SITE, "lat_deg": 91}, "lat_deg", 91, "a number from -90 to 90"),
        ("sites", {**SITE, "lon_deg": "east"}, "lon_deg", "east", "a number from -180 to 180"),
        ("sites", {**SITE, "lat_deg": "nan"}, "lat_deg", "nan", "a number from -90 to 90"),
        ("sites", {**SITE, "slug": "bs-000"}, "slug", "bs-000", "a key that no other site has"),
        ("sites", {**SITE, "name_en": "BS-001"}, "name_en", "BS-001", "a name that no other site of the region has"),
        ("sites", {**SITE, "name_en": "a\u0000b"}, "name_en", "a\ufffdb", "a line of 1 to 80 characters"),
        ("sites", {**SITE, "slug": "no spaces"}, "slug", "no spaces", "letters, digits, hyphens"),
        ("sites", {**SITE, "people": -1}, "people", -1, "a whole number from 0"),
        ("sites", {**SITE, "is_key_site": "maybe"}, "is_key_site", "maybe", "true or false"),
        ("sites", {**SITE, "probe_port": 9}, "probe_host", None, "a host where there is a probe_port"),
        ("regions", {**REGION, "radius_m": -1}, "radius_m", -1, "a number from 1"),
        ("corridors", {**CORRIDOR, "lowest_m": 130}, "highest_m", 120, "at least lowest_m, which is 130"),
        ("corridors", {**CORRIDOR, "path_lon_lat_deg": 7}, "path_lon_lat_deg", 7, "2 to 1000 places"),
        ("edge-nodes", {**NODE, "power_kw": -0.5}, "power_kw", -0.5, "a number from 0"),
        ("edge-nodes", {**NODE, "cores": True}, "cores", True, "a whole number from 0"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected_and_changes_nothing(
    planner, two_sites, path, body, field, value, expected
):
    problems = errors(send(planner, "post", path, body))
    assert expected in problems[field, value]
    assert (Change.objects.count(), Site.objects.count(), Sector.objects.count()) == (0, 2, 0)


@pytest.mark.parametrize(
    "places", [[], [[123.4, 29.0]], [[123.4, 29.0]] * 1_001, [[123.4, 95.0], [123.4, 29.0]], [[123.4], [1, 2]]]
)
def test_a_corridor_has_two_to_a_thousand_places_on_the_globe(planner, region, places):
    problems = errors(send(planner, "post", "corridors", {**CORRIDOR, "path_lon_lat_deg": places}))
    assert list(problems.values()) == ["2 to 1000 places as [longitude, latitude] in degrees"]


def test_every_wrong_and_every_missing_value_is_named_at_once(planner, region):
    problems = errors(send(planner, "post", "sites", {"slug": "x", "region": "here", "kind": "tower", "lat_deg": 100}))
    assert {field for field, _ in problems} == {"kind", "name_en", "name_zh", "lat_deg", "lon_deg"}
    assert problems["lon_deg", None] == "a number from -180 to 180; it is required"


def test_a_key_cannot_be_changed(planner, two_sites):
    assert errors(send(planner, "patch", "sites/bs-000", {"slug": "bs-009"})) == {
        ("slug", "bs-009"): "bs-000: a key cannot be changed"
    }


def test_a_name_in_one_language_stands_in_for_the_other(planner, region):
    assert send(planner, "post", "sites", SITE).json()["name_zh"] == "BS-100"


def test_a_length_that_nobody_surveyed_is_the_geodesic_times_the_detour(planner, two_sites):
    link = send(planner, "post", "links", LINK).json()
    assert link["length_km"] == pytest.approx(1.1085 * 1.4, abs=2e-3)
    assert (link["is_length_surveyed"], link["a_lat_deg"], link["b_lat_deg"]) == (False, 29.0, 29.01)
    surveyed = send(planner, "patch", "links/bs-001~bs-000", {"length_km": 2.5}).json()
    assert (surveyed["length_km"], surveyed["is_length_surveyed"]) == (2.5, True)
    again = send(planner, "patch", "links/bs-000~bs-001", {"length_km": None}).json()
    assert (again["length_km"], again["is_length_surveyed"]) == (link["length_km"], False)


def test_a_long_haul_takes_a_longer_detour_and_microwave_none(planner, two_sites):
    send(planner, "post", "regions", REGION)
    send(planner, "post", "sites", {**SITE, "region": "there", "lat_deg": 30, "lon_deg": 123.5})
    long_haul = send(planner, "post", "links", {**LINK, "b": "bs-100"}).json()["length_km"]
    assert long_haul == pytest.approx(110.86 * 1.8, abs=0.1)
    assert send(planner, "post", "links", {**LINK, "medium": "microwave"}).json()["length_km"] == pytest.approx(
        1.1085, abs=2e-3
    )


def test_a_link_is_found_from_both_its_ends_and_exists_once(planner, two_sites):
    send(planner, "post", "links", LINK)
    assert send(planner, "get", "links/bs-001~bs-000").json()["key"] == "bs-000~bs-001"
    problems = errors(send(planner, "post", "links", {**LINK, "a": "bs-001", "b": "bs-000"}))
    assert "a key that no other link has" in problems["b", "bs-000"]


def test_a_moved_site_takes_the_unsurveyed_lengths_of_its_links_along(planner, make_site, two_sites):
    make_site("bs-002", lat_deg=29.02)
    send(planner, "post", "links", LINK)
    send(planner, "post", "links", {**LINK, "b": "bs-002", "length_km": 9})
    send(planner, "patch", "sites/bs-000", {"lat_deg": 28.99})
    lengths = dict(Link.objects.values_list("b__slug", "length_km"))
    assert lengths["bs-001"] == pytest.approx(2 * 1.1085 * 1.4, abs=4e-3)
    assert lengths["bs-002"] == 9
    assert Change.objects.filter(kind="link", key="bs-000~bs-001").count() == 2


def test_a_region_with_sites_and_a_site_with_computing_stay(planner, two_sites):
    send(planner, "post", "edge-nodes", NODE)
    kept = send(planner, "delete", "regions/here")
    assert (kept.status_code, "region here is still needed by 2 record(s)" in kept.json()["detail"]) == (409, True)
    kept = send(planner, "delete", "sites/bs-000")
    assert (kept.status_code, "edge node edge-1" in kept.json()["detail"]) == (409, True)
    assert (Site.objects.count(), Change.objects.filter(values=None).count()) == (2, 0)


def test_a_removed_site_takes_its_sectors_and_links_along_and_all_are_in_the_history(planner, two_sites):
    send(planner, "post", "sectors", SECTOR)
    send(planner, "post", "links", LINK)
    assert send(planner, "delete", "sites/bs-000?reason=lease+ended").status_code == 204
    gone = Change.objects.filter(before__isnull=False).values_list("kind", "key", "reason")
    assert set(gone) == {
        ("site", "bs-000", "lease ended"),
        ("sector", "bs-000-1", "lease ended"),
        ("link", "bs-000~bs-001", "lease ended"),
    }
    assert (Sector.objects.count(), Link.objects.count()) == (0, 0)


def test_a_site_shows_its_sectors(planner, two_sites):
    send(planner, "post", "sectors", SECTOR)
    site = send(planner, "get", "sites/bs-000").json()
    assert [(sector["slug"], sector["site"], sector["power_dbm"]) for sector in site["sectors"]] == [
        ("bs-000-1", "bs-000", 46.0)
    ]


def test_a_change_without_a_difference_leaves_no_trace(planner, two_sites):
    assert send(planner, "patch", "sites/bs-000", {"height_m": 30.0}).status_code == 200
    assert (Change.objects.count(), AuditEntry.objects.filter(verb="changed").count()) == (0, 0)


def test_a_viewer_reads_and_a_planner_writes(signed_in, two_sites):
    viewer, operator = signed_in("viewer"), signed_in("operator")
    for path in ("regions", "sites", "sectors", "links", "edge-nodes", "corridors", "inventory/changes"):
        assert viewer.get(f"/api/v1/{path}").status_code == 200
    for caller in (viewer, operator):
        for method, path in (("post", "sites"), ("patch", "sites/bs-000"), ("delete", "sites/bs-000")):
            assert send(caller, method, path).status_code == 403
    assert send(viewer, "post", "inventory/changes/1/withdraw").status_code == 403


def test_a_key_writes_with_its_scope_only(with_key, two_sites):
    reader, writer = with_key("read"), with_key("inventory:write")
    assert reader.get("/api/v1/sectors").status_code == 200
    assert "lacks the scope inventory:write" in send(reader, "post", "sectors", SECTOR).json()["detail"]
    assert send(writer, "post", "sectors", SECTOR).status_code == 201
    assert Change.objects.get().actor == "key test inventory:write"


def test_a_large_body_is_refused_by_its_length_alone(planner, region):
    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    answer = planner.generic(
        "POST", "/api/v1/sites", b"{}", "application/json", CONTENT_LENGTH="4000000000", **{"wsgi.input": Unread()}
    )
    assert (answer.status_code, "expected at most 262144" in answer.json()["detail"]) == (413, True)


@pytest.mark.parametrize(
    ("path", "most"),
    [("regions", 2), ("sectors", 2), ("links", 2), ("edge-nodes", 2), ("corridors", 2), ("inventory/changes", 2)],
)
def test_a_list_takes_the_same_few_queries_however_long_it_is(
    with_key, two_sites, make_site, django_assert_max_num_queries, path, most
):
    for number in range(5):
        make_site(f"bs-01{number}")
        inventory.create(SYSTEM, "sector", {**SECTOR, "slug": f"s-{number}", "site": f"bs-01{number}"}, NOON)
        inventory.create(SYSTEM, "link", {**LINK, "b": f"bs-01{number}"}, NOON)
        inventory.create(SYSTEM, "edge_node", {**NODE, "slug": f"e-{number}", "site": f"bs-01{number}"}, NOON)
        inventory.create(SYSTEM, "corridor", {**CORRIDOR, "slug": f"c-{number}"}, NOON)
    caller = with_key("read")
    caller.get(f"/api/v1/{path}")  # the key is known from now on
    with django_assert_max_num_queries(most + 1):  # the key, where its ring may not trust itself
        assert caller.get(f"/api/v1/{path}").json()["count"] >= 1


def test_lists_are_filtered(planner, two_sites):
    send(planner, "post", "links", LINK)
    send(planner, "post", "sectors", SECTOR)
    for path, count in [
        ("links?site=bs-001", 1), ("links?site=bs-009", 0), ("links?region=here", 1), ("links?search=BS-001", 1),
        ("links?medium=microwave", 0), ("sectors?site=bs-000", 1), ("sectors?scenario=UMi", 0),
        ("sectors?is_active=true", 1), ("regions?search=此", 1), ("inventory/changes?kind=link", 1),
        ("inventory/changes?kind=link&key=bs-001~bs-000", 1), ("inventory/changes?search=bs-000", 2),
    ]:  # fmt: skip
        assert send(planner, "get", path).json()["count"] == count, path
    assert b"bs-000" in planner.get("/api/v1/links?format=csv").content


def test_regenerations_on_a_link_reach_both_latency_models(planner, make_site):
    a, b = make_site("bs-000"), make_site("dc-1", lat_deg=29.01, kind="data_centre")
    send(planner, "post", "links", {**LINK, "b": "dc-1"})
    send(planner, "post", "edge-nodes", {**NODE, "site": "dc-1"})

    def modelled():
        built = graph.read()
        by_circle = topology.weights(built.topology, OFFICIAL).arc_ms[0]
        return by_circle, site_latency(a.pk, b.pk).mean_ms

    before = modelled()
    send(planner, "patch", "links/bs-000~dc-1", {"electrical_hops": 3, "optical_hops": 2})
    assert [after - earlier for after, earlier in zip(modelled(), before, strict=True)] == pytest.approx([0.301, 0.301])


@pytest.mark.parametrize(
    ("method", "path", "text", "status"),
    [
        ("post", "sites", '{"slug": "\\ud800"}', 400),
        ("post", "sites", '{"\\ud800": 1}', 400),
        ("post", "sites", "[1]", 400),
        ("post", "sites", "{", 400),
        ("post", "sites", '{"lat_deg": 1' + "0" * 400 + "}", 400),
        ("post", "sites", '{"region": {"a": []}, "kind": [], "is_key_site": {}, "name_en": {}}', 400),
        ("post", "regions", '{"valid_from": "0001-01-01T00:00:00+14:00"}', 400),
        ("patch", "sites/bs-000", '{"valid_from": "9999-12-31T23:59:59-14:00", "height_m": 3}', 400),
        ("patch", "sites/bs-009", '{"height_m": 3}', 404),
        ("delete", "sectors/none", "[]", 400),
        ("delete", "sectors/none", "", 404),
        ("get", "sites?as_of=0001-01-01T00:00:00%2B14:00", "", 400),
        ("get", "sites?as_of=", "", 400),
        ("get", "links/a%00~b", "", 404),
        ("get", "links/a", "", 404),
        ("get", "links?search=%00", "", 400),
        ("get", "inventory/changes?key=%00", "", 400),
        ("get", "inventory/changes?kind=tower", "", 400),
    ],
)
def test_no_input_brings_the_server_down(planner, two_sites, method, path, text, status):
    answer = planner.generic(method.upper(), f"/api/v1/{path}", text, "application/json")
    assert answer.status_code == status, answer.content
    assert (Site.objects.count(), Change.objects.count()) == (2, 0)
