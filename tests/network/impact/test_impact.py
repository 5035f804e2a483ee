"""What suffers: sites behind a link, services at them, whose they are, and what an alarm says of it."""

import numpy as np
import pytest
from django.utils.translation import override

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from network.actions.impact import impact
from network.actions.impact.impact import Affected, How
from network.actions.radio import serving
from network.actions.radio.radio_link import radio_at
from network.actions.subject import SliceSubject
from network.kernels.geodesy import from_enu
from network.kernels.radio import terminals
from network.models import Agreement, Alarm, AlarmType, Corridor, EdgeNode, Link, Severity, Site, Slice, subject
from tests.conftest import NOON
from tests.network.alarms.conditions import cleared, condition
from tests.network.alarms.conditions import raised as raise_all
from tests.network.kinds import group, only_affected

pytestmark = pytest.mark.django_db
URL = "/api/v1/impact"


@pytest.fixture
def no_providers(monkeypatch):
    only_affected(monkeypatch)


@pytest.fixture
def town(region, make_site, make_sector, no_providers):
    """A data centre; behind it an access point with two stations; the second station is linked to a core as well."""
    made = {
        "dc": make_site("dc", kind="data_centre"),
        "oa": make_site("oa", kind="optical_access"),
        "bs-1": make_site("bs-1"),
        "bs-2": make_site("bs-2", lon_deg=123.5 + 4 / 97.4),
        "core": make_site("core", kind="core"),
    }
    for a, b, length_km in (
        ("dc", "oa", 5),
        ("oa", "bs-1", 2),
        ("oa", "bs-2", 2),
        ("dc", "core", 9),
        ("core", "bs-2", 9),
    ):
        Link.objects.create(a=made[a], b=made[b], length_km=length_km, rate_gbps=100, changed_at=NOON)
    EdgeNode.objects.create(slug="e", site=made["dc"], name_en="E", name_zh="E", cores=8, memory_gb=32, changed_at=NOON)
    for number, name in enumerate(("bs-1", "bs-2")):
        make_sector(made[name], pattern="omni", tilt_deg=0, carrier_ghz=2.6 + number)
    return made


@pytest.fixture
def corridor(region):
    """Flies from above the first station to 1 km east of it."""
    lat_deg, lon_deg = from_enu(np.array([0.0, 1_000.0]), np.zeros(2), 29.0, 123.5)
    return Corridor.objects.create(
        region=region, slug="c-1", name_en="C1", name_zh="C1", lowest_m=60, highest_m=120, half_width_m=50,
        path_lon_lat_deg=np.stack([lon_deg, lat_deg], 1).tolist(), changed_at=NOON,
    )  # fmt: skip


def sites_of(affected):
    return {site.key: str(site.how) for site in affected.sites}


def of(kind, key):
    return impact.impact(impact.scope_of(kind, key), NOON)


def test_a_cut_link_cuts_off_who_has_no_other_way_and_reroutes_the_rest(town):
    assert sites_of(of("link", "dc~oa")) == {"oa": "on_path", "bs-1": "on_path", "bs-2": "on_path"}
    Link.objects.get(a=town["core"], b=town["bs-2"]).delete()
    assert sites_of(of("link", "oa~dc")) == {"oa": "cut_off", "bs-1": "cut_off", "bs-2": "cut_off"}


def test_a_site_concerns_itself_and_those_behind_it(town):
    assert sites_of(of("site", "oa")) == {"oa": "itself", "bs-1": "cut_off", "bs-2": "on_path"}
    assert sites_of(of("site", "bs-1")) == {"bs-1": "itself"}


def test_the_graver_comes_first(town):
    assert [site.key for site in of("site", "oa").sites] == ["oa", "bs-1", "bs-2"]


def test_a_site_without_any_way_to_computing_still_concerns_itself(town):
    EdgeNode.objects.all().delete()
    assert sites_of(of("site", "oa")) == {"oa": "itself"}


def test_the_one_who_serves_is_the_one_the_radio_model_names(town):
    lat_deg, lon_deg = from_enu(np.array([0.0, 500.0, 3_900.0, 50_000.0]), np.zeros(4), 29.0, 123.5)
    keys = serving.servers_at(lat_deg, lon_deg, np.array([100.0, 100.0, 100.0, 100.0]))
    slugs = {site.pk: site.slug for site in town.values()} | {0: None}
    direct = [radio_at(float(lat), float(lon), 100.0).site for lat, lon in zip(lat_deg, lon_deg, strict=True)]
    assert [slugs[pk] for pk in keys.tolist()] == direct == ["bs-1", "bs-1", "bs-2", None]


@pytest.mark.parametrize("height_m", [float("nan"), 301.0])
def test_beyond_the_model_nobody_is_said_to_serve(town, height_m):
    assert serving.servers_at(np.array([29.0]), np.array([123.5]), np.array([height_m])).tolist() == [0]


def test_many_places_are_worked_out_in_pieces_that_agree(town, monkeypatch):
    lat_deg, lon_deg = from_enu(np.linspace(0, 4_000, 9), np.zeros(9), 29.0, 123.5)
    whole = serving.servers_at(lat_deg, lon_deg, np.full(9, 90.0))
    monkeypatch.setattr(terminals, "MOST_PAIRS_AT_ONCE", 4)
    assert serving.servers_at(lat_deg, lon_deg, np.full(9, 90.0)).tolist() == whole.tolist()


def test_a_corridor_names_the_sites_that_serve_it_and_makes_none_of_their_users_suffer(town, corridor):
    scope = impact.scope_of("corridor", "c-1")
    assert sites_of(impact.impact(scope, NOON)) == {"bs-1": "serves"}
    assert scope.suffering == {}
    assert scope.corridors == {"c-1": How.ITSELF}


def test_a_site_concerns_the_corridors_that_cross_its_cell(town, corridor):
    assert impact.scope_of("site", "bs-1").corridors == {"c-1": How.CORRIDOR}
    assert impact.scope_of("site", "bs-2").corridors == {}


def test_a_corridor_that_moved_is_served_by_others_at_once(town, corridor):
    assert impact.scope_of("site", "bs-2").corridors == {}
    Corridor.objects.update(path_lon_lat_deg=[[123.5 + 3.9 / 97.4, 29.0], [123.5 + 4.2 / 97.4, 29.0]])
    assert impact.scope_of("site", "bs-2").corridors == {"c-1": How.CORRIDOR}


def test_a_site_made_anew_serves_the_corridor_that_the_one_before_it_served(town, corridor, make_site, make_sector):
    assert impact.scope_of("site", "bs-1").corridors == {"c-1": How.CORRIDOR}
    town["bs-1"].delete()
    make_sector(make_site("bs-1"), pattern="omni", tilt_deg=0, carrier_ghz=2.6)
    assert impact.scope_of("site", "bs-1").corridors == {"c-1": How.CORRIDOR}


def test_inside_a_corridor_is_within_its_width_and_its_band(corridor):
    lat_deg, lon_deg = from_enu(np.full(5, 500.0), np.array([0, 49.0, 51.0, 0, 0]), 29.0, 123.5)
    affected = serving.is_inside(corridor, lat_deg, lon_deg, np.array([90.0, 90.0, 90.0, 130.0, np.nan]))
    assert affected.tolist() == [True, True, False, False, True]


def row(number, tenant="A"):
    return Affected(f"k-{number:03}", "Name", tenant, How.ITSELF)


def test_rows_are_bounded_and_counted_and_tenants_are_ranked(town, monkeypatch):
    only_affected(
        monkeypatch, group("things", "network.view_site", lambda *_: [row(n, "AB"[n % 3 == 0]) for n in range(300)])
    )
    affected = of("site", "oa")
    assert (affected.services["things"].count, len(affected.services["things"].rows)) == (300, impact.MOST_ROWS)
    assert [(tenant.name, dict(tenant.services)) for tenant in affected.tenants] == [
        ("A", {"things": 200}),
        ("B", {"things": 100}),
    ]


def test_a_service_of_nobody_known_makes_no_tenant(town, monkeypatch):
    only_affected(monkeypatch, group("things", "network.view_site", lambda *_: [row(1, "")]))
    assert of("site", "oa").tenants == ()


def owner(name):
    return add_organisation(SYSTEM, name.lower(), name, name, ["drone_operator"], NOON)


def test_a_slice_suffers_with_the_gravest_of_its_sites(town, monkeypatch):
    slice_ = Slice.objects.create(
        slug="s-1", name_en="S", name_zh="S", sst=1, organisation=owner("Port"), changed_at=NOON
    )
    slice_.sites.set([town["bs-1"], town["bs-2"], town["oa"]])
    (affected,) = impact.slices(impact.scope_of("link", "dc~oa"), NOON)
    assert (affected.key, str(affected.how), affected.via) == ("s-1", "on_path", "bs-1")
    only_affected(monkeypatch, SliceSubject())
    (shown,) = of("link", "dc~oa").services["slices"].rows
    assert (shown.tenant, shown.owner) == ("Port", "port")
    (affected,) = impact.slices(impact.scope_of("site", "oa"), NOON)
    assert (str(affected.how), affected.via) == ("itself", "oa")


def test_who_is_affected_is_named_in_the_language_of_the_reader(town, monkeypatch):
    slice_ = Slice.objects.create(
        slug="s-1", name_en="Slice", name_zh="切片甲", sst=1, changed_at=NOON,
        organisation=add_organisation(SYSTEM, "port", "Port", "港口", ["drone_operator"], NOON),
    )  # fmt: skip
    slice_.sites.add(town["oa"])
    Site.objects.filter(slug="oa").update(name_zh="光接入点")
    only_affected(monkeypatch, SliceSubject())
    for language, words in (("en", ("Slice", "Port", "OA")), ("zh-hans", ("切片甲", "港口", "光接入点"))):
        affected = of("site", "oa")
        with override(language):
            (row,), (tenant,) = affected.services["slices"].rows, affected.tenants
            assert (row.display_name, row.display_tenant, affected.sites[0].display_name) == words, language
            assert (tenant.display_name, tenant.organisation) == (words[1], "port")


def test_who_is_affected_has_a_page_and_a_place_and_without_one_that_of_its_site(town, monkeypatch):
    Slice.objects.create(slug="s-1", name_en="S", name_zh="S", sst=1, changed_at=NOON).sites.add(town["bs-1"])
    elsewhere = Affected("k", "Name", "A", How.ITSELF, "bs-1", place="/map?drone=7")
    only_affected(monkeypatch, SliceSubject(), group("things", "network.view_site", lambda *_: [elsewhere]))
    affected = of("site", "bs-1")
    (site,), (row,), (own,) = affected.sites, affected.services["slices"].rows, affected.services["things"].rows
    assert (site.page, site.place) == ("/network/sites/bs-1", "/map?site=bs-1")
    assert (row.page, row.place) == ("/sla?search=s-1", "/map?site=bs-1")
    assert own.place == "/map?drone=7"


# --- REST ------------------------------------------------------------------------------------------------------------


def test_the_answer_says_sites_services_tenants_and_by_which_definition(town, signed_in, monkeypatch):
    only_affected(monkeypatch, group("things", "network.view_site", lambda *_: [row(1)]))
    body = signed_in("viewer").get(URL, {"kind": "link", "key": "dc~oa"}).json()
    assert (body["kind"], body["key"], body["site_count"], body["source"]) == ("link", "dc~oa", 3, "modelled")
    assert body["services"]["things"]["rows"][0] == {
        "key": "k-001", "name": "Name", "tenant": "A", "how": "itself", "via": "", "href": "",
        "organisation": "", "page": "", "place": "",
    }  # fmt: skip
    assert body["tenants"] == [{"name": "A", "organisation": "", "services": {"things": 1}}]
    assert "no other way" in body["definition"]
    assert (body["network"]["twin"], body["network"]["as_of"], body["network"]["sites"]) == (
        "planned",
        body["at"],
        None,
    )


def test_services_that_the_reader_may_not_see_are_neither_named_nor_counted(town, signed_in, monkeypatch):
    only_affected(monkeypatch, group("secrets", "network.no_such_right", lambda *_: [row(1)]))
    body = signed_in("viewer").get(URL, {"kind": "site", "key": "oa"}).json()
    assert body["services"]["secrets"] == {"count": None, "rows": []}
    assert body["tenants"] == []


@pytest.mark.parametrize(
    ("kind", "key"), [("site", "nowhere"), ("link", "dc~bs-1"), ("link", "dc"), ("corridor", "c-9")]
)
def test_what_is_not_there_is_not_found(town, signed_in, kind, key):
    assert signed_in("viewer").get(URL, {"kind": kind, "key": key}).status_code == 404


@pytest.mark.parametrize("query", [{}, {"kind": "slice", "key": "x"}, {"kind": "site", "key": "a b"}, {"kind": "site"}])
def test_a_question_that_cannot_be_read_names_its_field(town, signed_in, query):
    answer = signed_in("viewer").get(URL, query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in ("kind", "key")


def test_a_key_with_the_scope_read_may_ask_and_a_stranger_may_not(town, with_key, client):
    assert with_key("read").get(URL, {"kind": "site", "key": "oa"}).status_code == 200
    assert client.get(URL, {"kind": "site", "key": "oa"}).status_code == 401


# --- Alarms ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("console.live.hub.publish", lambda _: None)


def alarm_of(site=None, **detail) -> Alarm:
    raise_all([condition("X", "Silent", Severity.MAJOR, AlarmType.COMMUNICATIONS, "lossOfSignal", site, detail)], NOON)
    return Alarm.objects.get()


def test_an_alarm_of_a_site_tells_what_suffers_and_the_list_does_not(town, quiet, signed_in):
    alarm, viewer = alarm_of(town["oa"]), signed_in("viewer")
    affected_services = viewer.get(f"/api/v1/alarms/{alarm.pk}").json()["affected_services"]
    assert {site["key"]: site["how"] for site in affected_services["sites"]} == {
        "oa": "itself",
        "bs-1": "cut_off",
        "bs-2": "on_path",
    }
    assert "affected_services" not in viewer.get("/api/v1/alarms").json()["results"][0]


def test_a_root_cause_concerns_the_sites_that_were_seen_to_be_silent(town, quiet):
    scope = impact.scope_of_alarm(alarm_of(members=["bs-1", "oa"]))
    assert scope.sites == {town["bs-1"].pk: How.ITSELF, town["oa"].pk: How.ITSELF}


def test_an_alarm_of_an_agreement_on_a_link_concerns_what_is_behind_the_link(town, quiet):
    promised = Agreement.objects.create(kind="link", key="dc~oa", metric="availability", objective=0.99)
    affected = impact.scope_of_alarm(alarm_of(agreement=promised.pk))
    assert affected.sites == impact.scope_of("link", "dc~oa").sites


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
    [("path", "oa~bs-1", {"oa", "bs-1"}), ("slice", "s-1", {"bs-2"}), ("flight", "F", None)],
)
def test_agreements_on_paths_and_slices_concern_their_sites_and_one_on_a_flight_none(town, kind, key, expected):
    Slice.objects.create(slug="s-1", name_en="S", name_zh="S", sst=1, changed_at=NOON).sites.add(town["bs-2"])
    scope = impact.scope_of_agreement(Agreement(kind=kind, key=key, metric="availability", objective=0.99))
    slugs = {site.pk: site.slug for site in town.values()}
    assert (scope and {slugs[pk] for pk in scope.sites}) == expected


@pytest.mark.parametrize(
    ("kind", "key", "sites"),
    [
        ("link", "dc~oa", {"oa", "bs-1"}),
        ("path", "oa~bs-1", {"oa", "bs-1"}),
        ("slice", "s-1", {"bs-2"}),
        ("flight", "F-1", set()),
    ],
)
def test_the_impact_of_an_agreement_is_told_whatever_it_is_on(town, signed_in, kind, key, sites, monkeypatch):
    Slice.objects.create(slug="s-1", name_en="S", name_zh="S", sst=1, changed_at=NOON).sites.add(town["bs-2"])
    made = Agreement.objects.create(kind=kind, key=key, name="Promised", metric="availability", objective=0.99)
    only_affected(monkeypatch, group("flights", "network.view_site", lambda *_: [], is_user=True))
    body = signed_in("viewer").get(f"/api/v1/agreements/{made.pk}/impact").json()
    assert sites <= {site["key"] for site in body["sites"]}
    assert body["site_count"] == len(body["sites"]) >= len(sites)
    if kind == "flight":
        assert [(row["key"], row["how"]) for row in body["services"]["flights"]["rows"]] == [("F-1", "itself")]


def test_the_impact_of_an_agreement_on_what_is_gone_or_of_none_is_not_found_and_needs_rights(town, signed_in, client):
    gone = Agreement.objects.create(kind="link", key="x~y", metric="availability", objective=0.99)
    for pk in (gone.pk, 10**30):
        assert signed_in("viewer").get(f"/api/v1/agreements/{pk}/impact").status_code == 404
    assert client.get(f"/api/v1/agreements/{gone.pk}/impact").status_code in (401, 403)


def test_the_prober_s_own_alarm_and_one_that_is_over_concern_nothing(town, quiet, signed_in):
    alarm = alarm_of()
    assert signed_in("viewer").get(f"/api/v1/alarms/{alarm.pk}").json()["affected_services"] is None
    cleared([("X", "Silent")], NOON)
    Alarm.objects.update(site=town["oa"], ended_at=NOON)
    assert impact.impact_of_alarm(Alarm.objects.get(), NOON) is None


def test_tmf642_names_the_affected_services_of_one_alarm(town, quiet, signed_in, monkeypatch):
    only_affected(monkeypatch, group("flights", "network.view_site", lambda *_: [row(1)]))
    url = f"/tmf-api/alarmManagement/v4/alarm/{alarm_of(town['oa']).pk}"
    body = signed_in("viewer").get(url).json()
    assert body["serviceAffecting"] is True
    assert body["affectedService"] == [{"id": "k-001", "href": "", "name": "Name", "@referredType": "flight"}]
    Alarm.objects.update(site=None)
    assert signed_in("viewer").get(url).json()["serviceAffecting"] is None


@pytest.mark.parametrize(
    ("language", "ours", "theirs"),
    [
        (
            "en",
            "Sites behind it: cut off",
            "it. A flight is served by the strongest sector where it was last heard. A ",
        ),
        ("zh-Hans", "受其影响的站点", "经过它。飞行由最近一次收到位置处信号最强的扇区服务。"),
    ],
)
def test_the_definition_is_one_text_of_the_network_s_rule_and_those_of_other_apps(
    region, make_site, signed_in, language, ours, theirs
):
    make_site("oa")
    body = signed_in("viewer").get(URL, {"kind": "site", "key": "oa"}, headers={"accept-language": language}).json()
    assert body["definition"].startswith(ours)
    assert theirs in body["definition"]


def test_what_uses_the_network_suffers_alone_when_its_promise_is_broken(town):
    for kind, group_name in (("flight", "flights"), ("workload", "workloads")):
        assert subject.known(kind) is None  # without the apps above
        made = Agreement(kind=kind, key="x", name="Promised", metric="availability", objective=0.99)
        assert impact.impact_of_agreement(made, NOON) is None
        assert group_name not in impact.groups()
