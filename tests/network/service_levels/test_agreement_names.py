"""What agreements and maintenance are called: in the reader's language, as what they are about is called now."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from network.actions.alarms.managed_object import names_of
from network.models import Agreement, Corridor, Maintenance, Site, Slice
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
URL = "/api/v1/agreements"
CHINESE = {"headers": {"accept-language": "zh-hans"}}


@pytest.fixture
def site(make_site):
    made = make_site("bs-001")
    Site.objects.update(name_en="Harbour", name_zh="港口站")
    return made


def make(api, **more):
    body = {"kind": "site", "key": "bs-001", "metric": "availability", "objective": 0.9, **more}
    return api.post(URL, body, format="json").json()


def test_an_agreement_that_nobody_named_is_called_by_subject_and_metric_in_both_languages(signed_in, site):
    planner = signed_in("planner")
    made = make(planner)
    assert (made["name"], made["name_zh"]) == ("Harbour: availability", "港口站: 可用率")
    assert planner.get(f"{URL}/{made['id']}").json()["display_name"] == "Harbour: availability"
    assert planner.get(f"{URL}/{made['id']}", **CHINESE).json()["display_name"] == "港口站: 可用率"


def test_what_a_person_calls_it_it_is_called_in_both_languages_until_it_has_a_chinese_name(signed_in, site):
    planner = signed_in("planner")
    url = f"{URL}/{make(planner)['id']}"
    renamed = planner.patch(url, {"name": "Quay"}, format="json").json()
    assert (renamed["name"], renamed["name_zh"], renamed["display_name"]) == ("Quay", "", "Quay")
    assert planner.get(url, **CHINESE).json()["display_name"] == "Quay"
    planner.patch(url, {"name_zh": "码头"}, format="json")
    assert planner.get(url, **CHINESE).json()["display_name"] == "码头"
    planner.patch(url, {"name": "Quay", "objective": 0.95}, format="json")
    assert Agreement.objects.get(ended_at=None).name_zh == "码头", "the same name is no other one"


def test_the_list_names_what_is_promised_in_the_language_of_the_reader(signed_in, site):
    make(signed_in("planner"))
    viewer = signed_in("viewer")
    for headers, words in (({}, ("Harbour: availability", "Harbour")), (CHINESE, ("港口站: 可用率", "港口站"))):
        (row,) = viewer.get("/api/v1/standings", **headers).json()["results"]
        assert (row["display_name"], row["subject_name"], row["key"]) == (*words, "bs-001")
    Agreement.objects.update(kind="flight", key="gone", site=None)
    (row,) = viewer.get("/api/v1/standings").json()["results"]
    assert row["subject_name"] == "gone", "of what is gone, its key"


def test_an_agreement_is_found_by_what_it_is_called_in_either_language(signed_in, site):
    planner = signed_in("planner")
    make(planner, name="Quay", name_zh="码头")
    for words, count in (("quay", 1), ("码头", 1), ("桥", 0)):
        assert planner.get("/api/v1/standings", {"search": words}).json()["count"] == count, words


def test_one_row_alone_names_what_it_is_of_as_the_list_does(signed_in, site):
    planner, now = signed_in("planner"), timezone.now()
    made = make(planner)
    assert planner.get(f"{URL}/{made['id']}/standing", **CHINESE).json()["subject_name"] == "港口站"
    body = {"kind": "site", "key": "bs-001", "starts_at": now + timedelta(hours=1), "ends_at": now + timedelta(hours=2)}
    answer = planner.post("/api/v1/maintenance", {**body, "reason": "x"}, format="json", **CHINESE)
    assert answer.json()["subject_name"] == "港口站"
    withdrawn = planner.post(f"/api/v1/maintenance/{answer.json()['id']}/withdraw", **CHINESE)
    assert withdrawn.json()["subject_name"] == "港口站"


def test_a_list_names_however_many_rows_with_as_many_queries(signed_in, site):
    planner = signed_in("planner")
    make(planner)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows = planner.get("/api/v1/standings").json()["results"]
        assert {row["subject_name"] for row in rows} == {"Harbour"}
        return len(queries)

    few = cost()
    make(planner, metric="loss_share", objective=0.1)
    make(planner, metric="rtt_p99", objective=10)
    assert cost() == few


def test_maintenance_names_what_it_is_of(signed_in, site):
    Maintenance.objects.create(
        kind="site", key="bs-001", starts_at=NOON, ends_at=NOON + timedelta(hours=1), reason="x", made_at=NOON
    )
    (row,) = signed_in("planner").get("/api/v1/maintenance", **CHINESE).json()["results"]
    assert (row["key"], row["subject_name"]) == ("bs-001", "港口站")


def test_kinds_of_the_network_say_what_their_keys_are_called(region, make_site):
    a, b = make_site("a-1"), make_site("b-1")
    Slice.objects.create(slug="s-1", name_en="Slice", name_zh="切片甲", sst=1, changed_at=NOON)
    Corridor.objects.create(
        region=region, slug="c-1", name_en="Coast", name_zh="海岸", lowest_m=60, highest_m=120, half_width_m=50,
        path_lon_lat_deg=[[123.5, 29.0], [123.6, 29.0]], changed_at=NOON,
    )  # fmt: skip
    wanted = {("slice", "s-1"), ("corridor", "c-1"), ("region", region.slug), ("path", "b-1~a-1"), ("path", "b-1~x")}
    with override("zh-hans"):
        names = names_of(wanted)
    assert set(names) == wanted - {("path", "b-1~x")}
    assert names["slice", "s-1"] == ("Slice", "切片甲")
    assert names["corridor", "c-1"] == ("Coast", "海岸")
    assert names["region", region.slug] == (region.name_en, region.name_zh)
    assert names["path", "b-1~a-1"] == (f"{b.name_en} to {a.name_en}", f"{b.name_zh}至{a.name_zh}")
