"""Whom maintenance of a site or a link concerns besides its own subject, in the ledger, over REST and in the trail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.models import AuditEntry
from network.actions.maintenance import maintenance
from network.actions.service_levels import compliance, ledger
from network.actions.service_levels.timeline import timeline
from network.models import Agreement, Link, Maintenance, Site, Slice
from tests.conftest import NOON
from tests.network.service_levels.conftest import MINUTE, counted, drawn, record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]


@pytest.fixture
def town(make_site) -> dict[str, Site]:
    """core - oa - (bs-1, bs-2); a ring of core, ob and oc; ob - bs-3. Every site and link is promised, and some more."""
    kinds = {"core": "core", "oa": "optical_access", "ob": "optical_access", "oc": "optical_access"}
    made = {
        name: make_site(name, kind=kinds.get(name, "macro"), probe_port=None if name == "core" else 9)
        for name in ("core", "oa", "ob", "oc", "bs-1", "bs-2", "bs-3")
    }
    for ends in ("core oa", "bs-1 oa", "bs-2 oa", "core ob", "ob oc", "core oc", "bs-3 ob"):
        a, b = (made[name] for name in ends.split())
        Link.objects.create(a=a, b=b, length_km=5, rate_gbps=100, changed_at=NOON)
    return made


def promise(kind: str, key: str, metric="availability") -> Agreement:
    site = Site.objects.get(slug=key) if kind == "site" else None
    return Agreement.objects.create(kind=kind, key=key, site=site, metric=metric, objective=0.9, name=f"{kind} {key}")


@pytest.fixture
def promised(town) -> dict[str, Agreement]:
    pool = Slice.objects.create(slug="uav", name_en="UAV", name_zh="UAV", sst=2, changed_at=NOON)
    pool.sites.set([town["bs-1"], town["bs-2"], town["bs-3"]])
    about = {
        "site": [name for name in town if name != "core"],
        "link": ["core~oa", "bs-1~oa", "bs-2~oa", "core~ob", "bs-3~ob", "core~oc", "ob~oc"],
        "path": ["bs-1~bs-2", "bs-1~core", "bs-3~core", "oc~core"],
        "slice": ["uav"],
    }
    return {f"{kind} {key}": promise(kind, key) for kind, keys in about.items() for key in keys}


def announce(kind: str, key: str, start=0, end=4, **more) -> Maintenance:
    return Maintenance.objects.create(
        kind=kind, key=key, starts_at=NOON + start * MINUTE, ends_at=NOON + end * MINUTE, reason="swap", actor="ann",
        **{"made_at": NOON - MINUTE} | more,
    )  # fmt: skip


def whom(kind: str, key: str) -> dict[str, str]:
    return {
        f"{affected_agreement.agreement.kind} {affected_agreement.agreement.key}": affected_agreement.how.why.value
        for affected_agreement in maintenance.affected_agreements(kind, key)
    }


def test_of_a_site_its_links_what_it_cuts_off_and_the_paths_over_it_are_concerned(promised):
    assert whom("site", "oa") == {
        "site oa": "itself", "site bs-1": "cut_off", "site bs-2": "cut_off", "link core~oa": "ends_there",
        "link bs-1~oa": "ends_there", "link bs-2~oa": "ends_there", "path bs-1~bs-2": "on_path", "path bs-1~core": "on_path",
        "slice uav": "pooled",
    }  # fmt: skip
    assert maintenance.affected_agreements("site", "oa")[-1].how.share == pytest.approx(2 / 3)


def test_of_a_site_in_a_ring_only_who_has_no_other_way_is_cut_off(promised):
    assert whom("site", "ob") == {
        "site ob": "itself", "site bs-3": "cut_off", "link core~ob": "ends_there", "link ob~oc": "ends_there",
        "link bs-3~ob": "ends_there", "path bs-3~core": "on_path", "slice uav": "pooled",
    }  # fmt: skip
    assert set(whom("link", "core~ob")) == {"link core~ob", "path bs-3~core"}  # the ring has another way


def test_of_a_link_a_path_is_concerned_whose_ends_it_cuts_off_though_its_route_is_elsewhere(promised):
    assert whom("link", "core~oa") == {
        "link core~oa": "itself", "site oa": "cut_off", "site bs-1": "cut_off", "site bs-2": "cut_off",
        "link bs-1~oa": "cut_off", "link bs-2~oa": "cut_off", "path bs-1~bs-2": "cut_off", "path bs-1~core": "on_path",
        "slice uav": "pooled",
    }  # fmt: skip
    assert whom("link", "oa~core") == whom("link", "core~oa")


def test_maintenance_where_the_probes_come_from_concerns_what_is_there_and_cuts_nobody_off(promised):
    assert set(whom("site", "core")) == {
        "link core~oa", "link core~ob", "link core~oc", "path bs-1~core", "path bs-3~core", "path oc~core",
    }  # fmt: skip


def test_the_minutes_of_what_is_concerned_are_left_out_and_the_same_when_written_again(town, promised):
    announce("site", "oa", 1, 3)
    for minute in range(4):
        for name in ("bs-1", "bs-3"):
            drawn(town[name], minute, answered=0 if name == "bs-1" else 30)
    everything = list(promised.values())
    ledger.write(everything, NOON, NOON + MINUTE)
    record(4)
    out = {name for name, item in promised.items() if [row[3] for row in counted(item)] == [0, 60, 60, 0]}
    assert out == set(whom("site", "oa")) - {"slice uav"}
    before = {name: counted(item) for name, item in promised.items()}
    ledger.write(everything, NOON, NOON + 4 * MINUTE)
    assert {name: counted(item) for name, item in promised.items()} == before


def test_a_slice_leaves_out_the_share_of_its_sites_and_all_only_when_all_are_out(town, promised):
    announce("link", "core~oa", 0, 2)
    announce("site", "bs-3", 1, 2)
    for minute in range(3):
        drawn(town["bs-1"], minute, answered=0)
        drawn(town["bs-3"], minute, answered=27)
    ledger.write([promised["slice uav"]], NOON, NOON + MINUTE)
    record(3)
    assert counted(promised["slice uav"]) == [(27, 30, 0, 40), (0, 0, 0, 60), (27, 60, 20, 0)]
    assert maintenance.excluded([promised["slice uav"]], NOON, NOON + 3 * MINUTE) == {
        promised["slice uav"].pk: [(NOON + MINUTE, NOON + 2 * MINUTE)]
    }


def test_a_slice_over_two_regions_leaves_out_the_sites_in_the_region_named(town, promised, region):
    other = type(region).objects.create(
        slug="there", name_en="There", name_zh="彼处", lat_deg=30, lon_deg=123, radius_m=9
    )
    Site.objects.filter(slug="bs-3").update(region=other)
    (affected_agreement,) = [
        agreement
        for agreement in maintenance.affected_agreements("region", "there")
        if agreement.agreement.kind == "slice"
    ]
    assert (affected_agreement.how.why, affected_agreement.how.share) == ("pooled", pytest.approx(1 / 3))


def test_what_only_two_together_cut_off_counts_until_it_is_named(town, promised):
    announce("link", "core~ob")
    announce("link", "core~oc")
    assert promised["site ob"].pk not in maintenance.excluded(list(promised.values()), NOON, NOON + MINUTE)


def test_a_budget_raises_no_alarm_while_what_it_depends_on_is_under_maintenance(town, promised):
    announce("site", "oa")
    flags = compliance._in_maintenance([promised["site bs-1"], promised["site bs-3"]], NOON + MINUTE, NOON + MINUTE)
    assert flags.tolist() == [True, False]


def test_how_much_is_asked_does_not_grow_with_the_agreements(town, promised, django_assert_max_num_queries):
    announce("site", "oa")
    for few in (list(promised.values())[:1], list(promised.values())):
        maintenance.excluded(few, NOON, NOON + MINUTE)
        with django_assert_max_num_queries(8):  # maintenance, sites, regions, members, whether the inventory changed
            maintenance.excluded(few, NOON, NOON + MINUTE)


def test_which_agreements_are_concerned_is_told_before_and_after_announcing(promised, signed_in):
    api = signed_in("planner")
    body = api.get("/api/v1/maintenance/concerns?kind=site&key=oa&limit=2").json()
    assert (body["count"], len(body["results"]), body["source"]) == (9, 2, "modelled")
    assert body["results"][0] == {
        "agreement": promised["link bs-1~oa"].pk, "name": "link bs-1~oa", "kind": "link", "key": "bs-1~oa",
        "metric": "availability", "why": "ends_there", "share": 1.0,
    }  # fmt: skip
    assert body["rule"].startswith("Left out with a maintenance")
    assert (
        api.get("/api/v1/maintenance/concerns?kind=site&key=oa", headers={"accept-language": "zh-hans"})
        .json()["rule"]
        .startswith("随维护")
    )
    made = announce("site", "oa")
    assert api.get(f"/api/v1/maintenance/{made.pk}/concerns").json()["count"] == 9
    Site.objects.get(slug="oc").delete()
    assert api.get(f"/api/v1/maintenance/{made.pk}/concerns").json()["count"] == 9
    assert api.get("/api/v1/maintenance/9999/concerns").status_code == 404
    wrong = api.get("/api/v1/maintenance/concerns?kind=site&key=nowhere")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "key")


def test_the_trail_says_how_many_agreements_a_maintenance_concerned(promised, signed_in):
    now = timezone.now()
    body = {"kind": "site", "key": "oa", "starts_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=2)}
    assert signed_in("planner").post("/api/v1/maintenance", {**body, "reason": "r"}, format="json").status_code == 201
    assert AuditEntry.objects.get(verb="announced maintenance").detail["agreements"] == 9


def test_the_story_of_an_agreement_names_the_maintenance_of_what_it_depends_on(promised):
    announce("link", "core~oa")
    announce("site", "ob")
    rows = timeline(promised["site bs-1"], NOON, NOON + 9 * MINUTE, NOON + 9 * MINUTE)
    assert [row.kind for row in rows].count("maintenance") == 1
