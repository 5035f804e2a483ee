"""The programme's targets: what they stand at, when they are unknown, and their trend."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from network.actions.targets import programme
from network.actions.targets.programme import TARGETS, judge, record, record_all, rows
from network.models import Corridor, EdgeNode, Evidence, Link, ProgrammeValue
from tests.conftest import NOON
from tests.retention import deleted

BY_KEY = {line.key: line for line in TARGETS}


def rows_by_key(region, now=NOON):
    """What the targets stand at, worked out now."""
    record(region, now)
    return kept(region, now)


def kept(region, now=NOON):
    """What the targets stood at when they were last recorded."""
    return {row.target.key: row for row in rows(region, now)}


@pytest.fixture
def town(region, make_site):
    """Computing at a data centre; two key sites by fibre at 400G and 100G, two that nothing leads to."""
    centre = make_site("dc", kind="data_centre", probe_port=None)
    core = make_site("core", kind="core", probe_port=None)
    sites = [make_site(f"bs-{number}", is_key_site=True) for number in range(4)]
    EdgeNode.objects.create(
        slug="edge", site=centre, name_en="Edge", name_zh="边缘", cores=8, memory_gb=32, changed_at=NOON
    )
    for end, rate_gbps, load_share in ((core, 800, 0.5), (sites[0], 400, 0.2), (sites[1], 100, 0.9)):
        Link.objects.create(a=centre, b=end, length_km=10, rate_gbps=rate_gbps, load_share=load_share, changed_at=NOON)
    return region


def test_every_target_of_the_plan_is_there_once():
    keys = [line.key for line in TARGETS]
    assert len(keys) == len(set(keys)) == 13
    figures = {line.key: line.target for line in TARGETS if line.target is not None}
    assert figures == {
        "circle_2028": 0.75, "circle_2027": 0.70, "circle_after_failure": 0.75, "exits_fast_share": 0.50,
        "ai_traffic_use": 0.90, "route_coverage": 0.90, "ai_scenarios": 30, "wlan_access_ms": 5.0,
    }  # fmt: skip


def test_a_target_is_met_at_its_figure_short_below_and_unknown_without_a_value():
    circle, wlan = BY_KEY["circle_2028"], BY_KEY["wlan_access_ms"]
    assert [judge(circle, value) for value in (0.75, 0.749, None)] == ["met", "short", "unknown"]
    assert [judge(wlan, value) for value in (5.0, 5.1, None)] == ["met", "short", "unknown"]


def test_a_target_without_a_figure_is_never_met():
    assert judge(BY_KEY["backbone_fast_share"], 1.0) == "unknown"


def test_the_circle_is_judged_by_the_official_reading(town):
    row = rows_by_key(town)["circle_2028"]
    assert (row.now, row.state, row.target.source) == (0.5, "short", "modelled")
    assert row.target.version == "v1:optical:one_way:1ms:key_sites:none"
    assert rows_by_key(town)["circle_after_failure"].now == 0.0


def test_fast_links_are_counted_by_number_and_weighed_by_rate(town):
    compliance = rows_by_key(town)
    assert compliance["backbone_fast_share"].now == 1.0  # core to data centre at 800G
    assert compliance["exits_fast_share"].now == pytest.approx(2 / 3)
    assert compliance["exits_fast_share"].state == "met"
    assert compliance["fast_links_use"].now == pytest.approx((800 * 0.5 + 400 * 0.2) / 1_200)
    assert compliance["fast_links_use"].target.source == "counted"


def test_what_nobody_measures_is_unknown_and_has_no_source(town):
    for key in ("ai_traffic_use", "model_service", "wlan_access_ms", "autonomy_level"):
        row = rows_by_key(town)[key]
        assert (row.now, row.state, row.shown_source, row.measured_at, row.trend) == (None, "unknown", None, None, [])


def test_an_empty_region_meets_nothing(region):
    assert {row.target.key for row in rows_by_key(region).values() if row.state == "met"} == set()
    assert rows_by_key(region)["circle_2028"].now is None
    assert rows_by_key(region)["route_coverage"].now is None


def test_a_route_without_a_sector_is_covered_by_nothing(region):
    Corridor.objects.create(
        region=region, slug="c-1", name_en="c", name_zh="c", path_lon_lat_deg=[[123.5, 29], [123.51, 29]],
        lowest_m=60, highest_m=120, changed_at=NOON,
    )  # fmt: skip
    assert rows_by_key(region)["route_coverage"].state in ("short", "unknown")


def test_computing_at_base_stations_is_counted_and_that_in_data_centres_is_not(town, make_site):
    assert rows_by_key(town)["access_computing"].now == 0
    EdgeNode.objects.create(
        slug="at-mast", site=make_site("mast"), name_en="M", name_zh="站", cores=4, memory_gb=8, changed_at=NOON
    )
    assert rows_by_key(town)["access_computing"].now == 1


def test_scenarios_are_counted_by_the_app_above_and_unknown_without_it(town, monkeypatch):
    counted = rows_by_key(town)["ai_scenarios"]
    assert (counted.now, counted.target.definition) == (
        0,
        "Models that at least one factory's workload uses, over all regions.",
    )
    with override("zh-hans"):
        assert str(counted.target.definition) == "至少被一个工厂的工作负载使用的模型数，统计全部区域。"
    monkeypatch.setattr(programme, "_counts", {})
    alone = rows_by_key(town)["ai_scenarios"]
    assert (alone.now, alone.state) == (None, "unknown")
    assert alone.target.definition == "AI models in use, over all regions. Unknown: no app counts them."


def test_an_app_counts_for_a_target_that_leaves_it_to_apps_and_for_no_other(monkeypatch):
    monkeypatch.setattr(programme, "_counts", {})
    for key in ("bogus", "access_computing", "model_service"):
        with pytest.raises(ValueError, match=f"key: '{key}' given; expected one of ai_scenarios"):
            programme.register(key, "Things.", lambda: 3)
    programme.register("ai_scenarios", "Things.", lambda: 3)
    assert [line.definition for line in programme.targets() if line.key == "ai_scenarios"] == ["Things."]
    assert [line.key for line in programme.targets()] == [line.key for line in TARGETS]


def test_within_an_hour_the_newest_value_stays(town):
    record(town, NOON)
    before = ProgrammeValue.objects.count()
    EdgeNode.objects.all().delete()
    record(town, NOON + timedelta(minutes=50))
    assert ProgrammeValue.objects.count() == before
    kept = ProgrammeValue.objects.get(key="circle_2028")
    assert (kept.hour, kept.value, kept.recorded_at) == (NOON, 0.0, NOON + timedelta(minutes=50))


def test_a_trend_has_a_point_an_hour_with_gaps_where_it_was_unknown(town):
    for hour in range(3):
        record(town, NOON + timedelta(hours=hour))
    ProgrammeValue.objects.filter(hour=NOON + timedelta(hours=1)).update(value=None)
    row = kept(town, NOON + timedelta(hours=2, minutes=1))["circle_2028"]
    assert [point["value"] for point in row.trend] == [0.5, None, 0.5]


def trend_of(town, since_h: float, until_h: float) -> list[int]:
    """Return after how many hours since noon the points of a trend are."""
    now = NOON + timedelta(days=40)
    between = (NOON + timedelta(hours=since_h), NOON + timedelta(hours=until_h))
    row = next(row for row in rows(town, now, between=between) if row.target.key == "circle_2028")
    return [round((point["at"] - NOON).total_seconds() / 3_600) for point in row.trend]


def test_a_trend_is_of_the_time_that_is_asked_for(town):
    for hour in range(3):
        record(town, NOON + timedelta(hours=hour))
    assert trend_of(town, 1, 2) == [1]
    assert trend_of(town, -24, 24) == [0, 1, 2]


def test_of_a_long_time_a_trend_has_the_newest_value_of_each_day(town):
    for hour in (0, 5, 11, 24, 30):  # noon in UTC, so that the first three are of one day
        record(town, NOON + timedelta(hours=hour))
    assert trend_of(town, -24, 24 * 20) == [11, 30]


def test_what_a_target_stands_at_is_of_now_whatever_time_its_trend_is_of(town):
    record(town, NOON)
    between = (NOON - timedelta(days=30), NOON - timedelta(days=1))
    row = next(row for row in rows(town, NOON, between=between) if row.target.key == "circle_2028")
    assert (row.now, row.trend) == (0.5, [])


def test_values_by_another_definition_are_not_in_the_trend(town):
    record(town, NOON)
    ProgrammeValue.objects.filter(key="circle_2028").update(definition="v0:optical:one_way:1ms:key_sites:none")
    assert (kept(town)["circle_2028"].trend, kept(town)["circle_2028"].now) == ([], None)


def test_a_value_carries_its_time_and_nothing_is_concluded_from_an_old_one(town):
    record(town, NOON)
    lately = kept(town, NOON + timedelta(minutes=60))["circle_2028"]
    assert (lately.measured_at, lately.now, lately.state) == (NOON, 0.5, "short")
    later = kept(town, NOON + timedelta(minutes=61))["circle_2028"]
    assert (later.measured_at, later.now, later.state) == (NOON, 0.5, "unknown")


def test_what_was_never_recorded_is_unknown(town):
    row = kept(town)["circle_2028"]
    assert (row.now, row.state, row.measured_at, row.trend) == (None, "unknown", None, [])


def test_figures_are_due_when_none_is_fresh_and_fresh_ones_are_left_alone(town):
    assert programme.is_due(town, NOON)
    assert record_all(NOON) == 9
    assert record_all(NOON + timedelta(minutes=9)) == 0
    assert record_all(NOON + timedelta(minutes=10)) == 9


def test_every_region_is_recorded_and_old_values_go(town):
    ProgrammeValue.objects.create(
        region=town, key="circle_2028", hour=NOON - programme.KEPT_FOR - timedelta(hours=1), value=1.0,
        definition="1", source="modelled", recorded_at=NOON,
    )  # fmt: skip
    assert deleted("figures of the programme", NOON) == 1
    assert record_all(NOON) == sum(line.source != "none" for line in TARGETS) == 9
    assert ProgrammeValue.objects.count() == 9


def test_the_newest_map_is_the_evidence(town):
    for minutes in (0, 5):
        newest = Evidence.objects.create(
            kind="circle", region=town, digest="d", state="ready", claim=uuid4(), asked_by="p", asked_at=NOON,
            ready_at=NOON + timedelta(minutes=minutes), expires_at=NOON + timedelta(days=1),
        )  # fmt: skip
    compliance = kept(town)
    assert compliance["circle_2028"].evidence_url == f"/api/v1/evidence/{newest.uuid}/map.html"
    assert compliance["route_coverage"].evidence_url is None
    assert kept(town, NOON + timedelta(days=2))["circle_2028"].evidence_url is None


# --- REST and page ---------------------------------------------------------------------------------------------------

URL = "/api/v1/programme?region=here"


def test_the_rows_over_rest_say_source_state_and_age(town, signed_in):
    record(town, timezone.now())
    answer = signed_in("viewer").get(URL).json()
    row = next(line for line in answer["rows"] if line["key"] == "circle_2028")
    assert (row["now"], row["target"], row["unit"], row["state"], row["source"]) == (
        0.5,
        0.75,
        "share",
        "short",
        "modelled",
    )
    assert (row["due_year"], row["evidence_kind"], row["evidence_url"]) == (2028, "circle", None)
    assert row["measured_at"]
    assert "official reading" in row["definition"]
    unknown = next(line for line in answer["rows"] if line["key"] == "wlan_access_ms")
    assert (unknown["now"], unknown["state"], unknown["source"], unknown["measured_at"]) == (
        None,
        "unknown",
        None,
        None,
    )


def test_the_rows_speak_chinese(town, signed_in):
    rows_ = signed_in("viewer").get(URL, HTTP_ACCEPT_LANGUAGE="zh-hans").json()["rows"]
    assert rows_[0]["name"] == "一毫秒时延圈"


def test_a_region_is_needed_and_has_to_be_there(region, signed_in):
    viewer = signed_in("viewer")
    assert viewer.get("/api/v1/programme").status_code == 400
    assert viewer.get("/api/v1/programme?region=gone").status_code == 404
    times = {"since": "2026-01-01T00:00:00Z", "until": "2025-12-01T00:00:00Z"}
    assert viewer.get("/api/v1/programme", {"region": "here", **times}).status_code == 400
    assert viewer.get("/api/v1/programme", {"region": "here", "since": "2024-01-01T00:00:00Z"}).status_code == 400


def test_a_stranger_sees_no_programme(region, client):
    assert client.get(URL).status_code in (401, 403)
    assert client.get("/programme").status_code == 302


@pytest.mark.parametrize("path", ["/programme", "/evidence"])
def test_both_pages_are_in_place(region, signed_in, path):
    page = signed_in("viewer").get(path)
    assert page.status_code == 200
    assert b'value="here"' in page.content or path == "/evidence"


def test_only_who_may_ask_for_a_map_has_the_form(region, signed_in):
    assert b'id="new"' in signed_in("operator").get("/evidence").content
    assert b'id="new"' not in signed_in("viewer").get("/evidence").content


@pytest.mark.django_db(transaction=True)
def test_figures_that_take_seconds_are_worked_out_while_others_may_write(region, monkeypatch):
    held = []
    monkeypatch.setattr(programme, "_measured", lambda *_: held.append(connection.in_atomic_block) or 1.0)
    assert record(region, NOON) == len(held)
    assert not any(held)
