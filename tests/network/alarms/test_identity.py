"""An alarm is about a thing, not about a name: renaming changes nothing of it, and two of one name are two."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from console.actions.access.organisation import add_organisation
from console.actions.audit.audit import SYSTEM
from network.actions.alarms import alarm_hold, alarm_root, object_names
from network.actions.alarms.alarm import apply
from network.actions.alarms.alarm_condition import (
    AlarmCondition,
    Delta,
    Identity,
    RootCause,
    explained_by,
    identity_of,
    root_cause_of,
)
from network.actions.alarms.alarm_source import still_holds
from network.actions.alarms.managed_object import EVERY, Name, ObjectId, every, names_of, of_site
from network.actions.alarms.problem import Problem, holding, register, registered, symptoms
from network.actions.measurement import prober_health
from network.actions.sla import sla
from network.kernels.sla.sla import Metric
from network.models import Alarm, AlarmEntry, AlarmHold, AlarmType, Change, NoticeChannel, Region, Severity, Site
from network.probes.stamp import Measured, Round
from tests.conftest import NOON
from tests.network.alarms.conditions import condition, raised

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("heard")]
API = "/api/v1/alarms"


def check(second: float, *answers) -> None:
    """Judge a round in which each of these sites answered in so many milliseconds; None: not at all."""
    at = NOON + timedelta(seconds=second)
    sent_ns = int((at - timedelta(milliseconds=500)).timestamp() * 1e9)
    measured = [Measured(site.pk, sent_ns, [rtt_ms], 0, 0, 0.1) for site, rtt_ms in answers]
    sla.check(Round(measured, 1.0, True, True, int(at.timestamp() * 1e9)))


def call(site: Site, name: str) -> None:
    Site.objects.filter(pk=site.pk).update(name_en=name, name_zh=f"{name}站")
    site.refresh_from_db()


def test_the_alarm_of_a_site_that_was_renamed_clears_with_its_cause(make_site, make_agreement):
    site = make_site()
    make_agreement(site, min_samples=1, window_s=4)
    check(0, (site, None))
    assert Alarm.objects.active().get().subject == "BS-000"
    call(site, "Quay")
    for second in (6, 8, 10):
        check(second, (site, 1.0))
    assert not Alarm.objects.active().exists()


def test_two_sites_of_one_name_in_two_regions_have_an_alarm_each(make_site, make_agreement):
    north = Region.objects.create(
        slug="north", name_en="North", name_zh="北", lat_deg=30.0, lon_deg=123.5, radius_m=9_000.0
    )
    sites = make_site("harbour-1"), make_site("harbour-2")
    Site.objects.filter(slug="harbour-2").update(region=north)
    for site in sites:
        call(site, "Harbour")
        make_agreement(site, min_samples=1, window_s=4)
    check(0, (sites[0], None), (sites[1], 1.0))
    check(2, (sites[1], None))
    assert list(Alarm.objects.active().order_by("object_key").values_list("object_key", "subject")) == [
        ("harbour-1", "Harbour"),
        ("harbour-2", "Harbour"),
    ]
    for second in (8, 10, 12):
        check(second, (sites[1], 1.0))
    assert [alarm.object_key for alarm in Alarm.objects.active()] == ["harbour-1"]


def test_a_timeline_tells_nothing_of_the_sectors_of_a_site_whose_key_begins_alike(signed_in, make_site, make_agreement):
    now = timezone.now()
    agreement = make_agreement(make_site("bs"))
    for key, site in (("bs-1", "bs"), ("bs-north-1", "bs-north"), ("mast", "bs")):
        Change.objects.create(
            kind="sector", key=key, valid_from=now - timedelta(minutes=9), values={"site": site, "tilt_deg": 4},
            before={"site": site, "tilt_deg": 3}, recorded_at=now, applied_at=now, actor="ann",
        )  # fmt: skip
    rows = signed_in("viewer").get(f"/api/v1/agreements/{agreement.pk}/timeline").json()
    assert {row["text_en"].split()[0] for row in rows if row["kind"] == "change"} == {"bs-1", "mast"}


def test_open_alarms_and_holds_follow_the_name_of_their_object_and_ended_ones_keep_theirs(make_site, heard):
    site, when = make_site(), NOON + timedelta(minutes=1)
    open_one, over = raised([condition("BS-000", word, site=site) for word in ("Silent", "Slow")], NOON)
    apply(Delta(over=[identity_of(over)]), NOON)
    hold = alarm_hold.declare_hold(
        SYSTEM, alarm_hold.target_named("BS-000", "", 1), alarm_hold.HoldRequest("suppressed", "r"), NOON
    )
    call(site, "Quay")
    number = len(heard)
    assert object_names.follow_names(when) == 1
    assert object_names.follow_names(when) == 0
    for row in (open_one, over, hold):
        row.refresh_from_db()
    assert (open_one.subject, open_one.subject_zh, open_one.changed_at) == ("Quay", "Quay站", when)
    assert (over.subject, hold.subject, hold.object_key) == ("BS-000", "Quay", "bs-000")
    assert len(heard) == number + 1
    assert (heard[-1].alarm["subject"], heard[-1].alarm["subject_zh"]) == ("Quay", "Quay站")
    Site.objects.filter(pk=site.pk).update(slug="gone")
    assert object_names.follow_names(when) == 0  # what is gone keeps the name that it had last


def test_a_hold_outlives_the_renaming_of_what_it_holds(make_site):
    site = make_site()
    target = alarm_hold.target_named("BS-000", "", 1)
    alarm_hold.declare_hold(SYSTEM, target, alarm_hold.HoldRequest("suppressed", "works"), NOON)
    call(site, "Quay")
    (alarm,) = raised([condition("Quay", "Silent", site=site)], NOON)
    assert alarm.held == "suppressed"
    (other,) = raised([condition("BS-000", "Silent")], NOON)  # something else that has its old name now
    assert other.held == ""


def test_a_name_that_two_objects_have_cannot_be_held_but_each_of_them_can(signed_in, make_site):
    for slug in ("harbour-1", "harbour-2"):
        call(make_site(slug), "Harbour")
    planner = signed_in("planner")
    body = {"kind": "suppressed", "reason": "crane"}
    refused = planner.post(f"{API}/holds", {**body, "subject": "Harbour"}, format="json")
    assert refused.status_code == 409
    assert "site harbour-1, site harbour-2; expected object_kind and object_key" in refused.json()["detail"]
    for slug in ("harbour-1", "harbour-2"):
        made = planner.post(f"{API}/holds", {**body, "object_kind": "site", "object_key": slug}, format="json")
        assert (made.status_code, made.json()["subject"], made.json()["object_key"]) == (201, "Harbour", slug)
    again = planner.post(f"{API}/holds", {**body, "object_kind": "site", "object_key": "harbour-1"}, format="json")
    assert again.status_code == 409
    nothing = planner.post(f"{API}/holds", body, format="json")
    assert (nothing.status_code, AlarmHold.objects.count()) == (400, 2)
    results = planner.get(f"{API}/holds?object_kind=site&object_key=harbour-2").json()["results"]
    assert [row["object_key"] for row in results] == ["harbour-2"]


def test_a_problem_of_an_object_is_held_by_its_code_or_its_text_in_either_language(make_site):
    make_site()
    for word in ("availability_breached", "Availability below its objective", "可用率低于目标值"):
        target = alarm_hold.target_named("BS-000", word, 1)
        assert target.identity == Identity("site", "bs-000", "availability_breached"), word
    goal = alarm_hold.target_of(Identity("site", "bs-000", "availability_breached"))
    assert (goal.name.en, goal.specific_problem) == ("BS-000", "Availability below its objective")
    assert alarm_hold.target_of(Identity("drone", "F-1", "")).name.en == "F-1"


def test_alarms_are_found_by_object_problem_and_words_of_both_languages(signed_in, make_site, make_agreement):
    site = make_site()
    call(site, "Quay")
    make_agreement(site, min_samples=1, window_s=4)
    check(0, (site, None))
    raised([condition("gate", "Opened")], NOON)
    viewer = signed_in("viewer")

    def keys(query):
        return [row["object_key"] for row in viewer.get(f"{API}?{query}").json()["results"]]

    for query in (
        "object_kind=site", "object_key=bs-000", "problem=availability_breached", "search=Quay站", "search=bs-000",
        "search=可用率", "search=availability_br",
    ):  # fmt: skip
        assert keys(query) == ["bs-000"], query
    assert keys("object_kind=drone") == []


def test_a_reader_of_chinese_reads_names_and_sentences_in_chinese(signed_in, make_site, make_agreement):
    site = make_site()
    call(site, "Quay")
    make_agreement(site, min_samples=1, window_s=4)
    check(0, (site, None))
    viewer = signed_in("viewer")
    names = {}
    for language in ("en", "zh-hans"):
        (row,) = viewer.get(API, headers={"Accept-Language": language}).json()["results"]
        names[language] = row["subject"], row["specific_problem"], row["title"]
        assert (row["object_kind"], row["object_key"], row["problem"]) == ("site", "bs-000", "availability_breached")
        tmf = viewer.get(f"/tmf-api/alarmManagement/v4/alarm/{row['id']}", headers={"Accept-Language": language}).json()
        assert (tmf["specificProblem"], tmf["x-problem"]) == (row["specific_problem"], "availability_breached")
        assert tmf["x-object"] == {"kind": "site", "key": "bs-000"}
    assert names["en"][:2] == ("Quay", "Availability below its objective")
    assert names["zh-hans"][0] == "Quay站"
    assert names["zh-hans"][2] == f"Quay站: {names['zh-hans'][1]}" != names["en"][2]


def test_the_health_counts_two_objects_of_one_name_as_two_sources(signed_in, make_site):
    now = timezone.now()
    sites = [make_site("harbour-1"), make_site("harbour-2")]
    for _ in range(3):
        fresh = raised([condition("Harbour", "Silent", site=site) for site in sites], now)
        apply(Delta(over=[identity_of(alarm) for alarm in fresh]), now)
    body = signed_in("viewer").get(f"{API}/health?period=24h").json()
    assert sorted((row["object_key"], row["subject"], row["alarms"]) for row in body["top"]) == [
        ("harbour-1", "Harbour", 3),
        ("harbour-2", "Harbour", 3),
    ]


def test_what_happened_is_in_columns_and_its_words_are_made_of_them(make_site, signed_in):
    (alarm,) = raised([condition("gate", "Opened", Severity.MINOR)], NOON)
    raised([condition("gate", "Opened", Severity.CRITICAL)], NOON)
    entry = AlarmEntry.objects.get(kind="severity")
    assert (entry.severity_before, entry.severity_after, entry.text) == ("minor", "critical", "")
    assert entry.words == "minor → critical"
    escalated = AlarmEntry(alarm=alarm, kind="escalated", step=2, after_s=600, channel="desk")
    assert (escalated.words, AlarmEntry(step=1, after_s=60).words) == ("2 · 600 s → desk", "1 · 60 s")
    assert AlarmEntry(kind="assigned", person="ann").words == "ann"
    rows = signed_in("viewer").get(f"{API}/{alarm.pk}/entries").json()["results"]
    assert [(row["text"], row["severity_before"], row["severity_after"]) for row in rows] == [
        ("", "", ""),
        ("minor → critical", "minor", "critical"),
    ]


def test_what_is_in_one_change_both_found_and_over_stands():
    wanted = condition("gate", "Opened")
    raised([wanted], NOON)
    done = apply(Delta([wanted], {wanted.identity, condition("door", "Opened").identity}), NOON)
    assert (done.raised, done.ended, Alarm.objects.active().count()) == ([], [], 1)
    assert apply(Delta(), NOON).raised == []


def test_what_a_cut_may_explain_is_a_matter_of_the_problem_and_every_promise_of_a_site_is_of_them():
    assert {"availability_breached", "loss_share_breached", "rtt_p99_breached"} <= set(symptoms())
    burning = {f"{metric.value}_budget_{word}" for metric in Metric for word in ("burns", "used_up")}
    assert burning - set(symptoms()) == set()
    assert {"site_failed", "clock_wrong", "drone_link_lost", "redis_away", "counters_silent"}.isdisjoint(symptoms())


def test_a_root_cause_names_what_it_explains_and_other_alarms_explain_nothing(make_site):
    site = make_site()
    figures = {"sites": 3, "causes": ["A", "B"], "is_every_one": True, "members": ["a", "b"]}
    root, other = raised(
        [
            condition("A", alarm_root.FAILED, site=site, detail=figures),
            condition("B", "Silent", detail={"metric": "x"}),
        ],
        NOON,
    )
    assert root_cause_of(root) == RootCause(3, ["A", "B"], True, ["a", "b"])
    assert (explained_by(root), explained_by(other), root_cause_of(other)) == ({"a", "b"}, set(), None)


def test_a_problem_has_one_meaning():
    known = next(problem for problem in registered() if problem.code == "availability_breached")
    assert register(known) is known
    with pytest.raises(ValueError, match="the code availability_breached is taken by 'Availability below"):
        register(Problem(known.code, "Something else", AlarmType.EQUIPMENT, "x", Severity.MINOR))
    assert {problem.code for problem in registered()} >= {"drone_link_lost", "factory_silent", "redis_away"}
    assert "availability_breached" in holding("可用率低于")


def test_names_of_many_objects_are_read_kind_by_kind(make_site, django_assert_num_queries):
    a, b = make_site("a"), make_site("b")
    with django_assert_num_queries(2):  # the ends of a link are sites, asked for with it
        names = names_of(
            [("site", "a"), ("site", "b"), ("link", "a~b"), ("site", EVERY), ("drone", "F-1"), ("link", "a~x")]
        )
    assert names == {
        ("site", "a"): Name(a.name_en, a.name_zh),
        ("site", "b"): Name(b.name_en, b.name_zh),
        ("link", "a~b"): Name(f"{a.name_en} – {b.name_en}", alarm_root.of_link([a, b]).name.zh),
    }
    assert every("site").name == ("base stations", "基站")
    assert (every("nobody").name.en, of_site(a).key) == ("nobody", "a")


def test_a_cause_too_long_for_a_key_keeps_one_all_the_same(make_site):
    sites = [of_site(make_site(f"a-site-with-a-long-name-{number:02}")) for number in range(6)]
    joint = alarm_root._joint(sites, is_all=True)
    assert joint.key == alarm_root._joint(sites[::-1], is_all=True).key
    assert (joint.kind, len(joint.key) <= 120, joint.key[:4]) == ("group", True, "6 + ")
    assert alarm_root._joint(sites, is_all=False).key != joint.key
    assert alarm_root._joint(sites[:2], is_all=False).key == "a-site-with-a-long-name-00 / a-site-with-a-long-name-01"


def test_the_name_of_a_link_between_long_names_is_as_long_as_a_row_holds_and_still_follows(make_site):
    sites = [make_site(slug) for slug in ("a", "b")]
    for site, letter in zip(sites, "xy", strict=True):
        Site.objects.filter(pk=site.pk).update(name_en=letter * 80, name_zh="站" * 80)
        site.refresh_from_db()
    link = alarm_root.of_link(sites)
    (alarm,) = apply(Delta([AlarmCondition(link, alarm_root.CUT)]), NOON).raised
    assert (alarm.subject, len(alarm.subject_zh)) == (f"{'x' * 80} – {'y' * 37}", 120)
    assert object_names.follow_names(NOON) == 0  # it is that name already
    Site.objects.filter(slug="a").update(name_en="w" * 80)
    assert object_names.follow_names(NOON) == 1
    assert Alarm.objects.get(pk=alarm.pk).subject == f"{'w' * 80} – {'y' * 37}"


def test_nobody_measures_the_cause_of_an_alarm_that_no_source_knows(make_site):
    (alarm,) = raised([condition("gate", "Opened")], NOON)
    assert not still_holds(alarm)
    round_ = Round([], 99.0, True, False, int(datetime(2026, 6, 1, tzinfo=UTC).timestamp() * 1e9))
    (slow,) = prober_health.delta_of(round_, NOON).found
    assert isinstance(slow, AlarmCondition)
    assert (slow.identity, slow.name.zh) == (Identity("prober", "prober", "prober_slow"), "探测器")
    assert Identity("prober", "prober", "x").object_id == ObjectId("prober", "prober")
    assert Metric.RTT_P99.value == "rtt_p99"


def test_nobody_learns_the_name_of_what_belongs_to_another_by_holding_its_key(signed_in):
    red, blue = (add_organisation(SYSTEM, word, word, word, ["drone_operator"], NOON) for word in ("red", "blue"))
    channel = NoticeChannel.objects.create(
        organisation=blue, name="secret desk", kind="email", target="a@b.example", secret_changed_at=NOON, made_at=NOON
    )
    body = {"kind": "suppressed", "reason": "r", "object_kind": "notice_channel", "object_key": str(channel.uuid)}
    made = signed_in("planner", red.pk).post(f"{API}/holds", body, format="json")
    assert (made.status_code, made.json()["subject"]) == (201, str(channel.uuid))
    object_names.follow_names(NOON)
    assert AlarmHold.objects.get().subject == str(channel.uuid)
