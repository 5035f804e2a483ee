"""Alarms, holds and history of earlier versions get their objects and problems, on either database."""

from datetime import timedelta
from uuid import uuid4

import pytest

from network.actions.alarms.problem import registered
from tests.conftest import NOON
from tests.network.test_owners_migration import migrate, newest  # noqa: F401  a fixture

BEFORE = [("network", "0021_slice_tenant"), ("airspace", "0004_owners"), ("industry", "0004_no_tenant")]
AFTER = [("airspace", "0005_alarm_objects"), ("industry", "0005_alarm_objects")]
TEXTS = {one.text: one.code for one in registered()}
MANY = {"count": 12, "subjects": ["BS-1"]}


class Old:
    """Rows as they were, of as little as they need."""

    def __init__(self, apps):
        self.model = apps.get_model
        self.region = self.make(
            "network", "Region", slug="r", name_en="R", name_zh="R", lat_deg=1, lon_deg=1, radius_m=9
        )

    def make(self, app, table, **fields):
        return self.model(app, table).objects.create(**fields)

    def site(self, slug, name, **fields):
        return self.make(
            "network", "Site", region=self.region, slug=slug, kind="macro", name_en=name, name_zh=f"{name}站", lat_deg=1,
            lon_deg=1, changed_at=NOON, **fields,
        )  # fmt: skip

    def alarm(self, subject, text, minute=0, **fields):
        at = NOON + timedelta(minutes=minute)
        return self.make(
            "network", "Alarm", severity="minor", alarm_type="processing", probable_cause="x", subject=subject,
            specific_problem=text, **{"started_at": at, "changed_at": at, **fields},
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_alarms_of_every_problem_get_their_object(newest):  # noqa: F811, PLR0915  one of each
    old = Old(migrate(BEFORE))
    quay, _, _ = old.site("bs-1", "Quay"), old.site("bs-2", "Harbour"), old.site("bs-3", "Harbour")
    hill = old.site("bs-4", "Hill")
    slice_ = old.make("network", "Agreement", name="s", kind="slice", key="iot", metric="jitter", objective=1.0)
    uuid, of = uuid4(), str(uuid4())
    old.make(
        "network", "NoticeChannel", name="desk", uuid=uuid, kind="email", target="a@b.example", secret_changed_at=NOON,
        made_at=NOON,
    )  # fmt: skip
    works = old.make(
        "industry",
        "Factory",
        slug="works",
        name_en="Works",
        name_zh="工厂",
        **_needed(old.model("industry", "Factory"), quay),
    )
    old.make(
        "network",
        "EdgeNode",
        slug="edge-1",
        site=quay,
        name_en="near",
        name_zh="近",
        cores=4,
        memory_gb=8,
        changed_at=NOON,
    )
    of_site = [text for text, code in TEXTS.items() if code in _OF_SITES]
    for text in of_site:
        old.alarm("Quay", text, site=quay)
    old.alarm("slice iot", "Error budget burns: jitter", detail={"agreement": slice_.pk})
    old.alarm("workload 7", "Budget used up: answers in time")
    old.alarm("base stations", "Too warm in the cabinet", detail=MANY)
    old.alarm(
        "Hill", "Site failed: everything behind it is silent", site=hill, detail={"causes": ["Hill"], "members": []}
    )
    old.alarm("Hill – Quay", "Link cut: everything behind it is silent", detail={"causes": ["Hill – Quay"]})
    both = {"causes": ["Hill – Quay", "Hill"], "is_every_one": True}
    old.alarm("Hill – Quay + Hill", "Link cut or site failed: everything behind it is silent", detail=both)
    old.alarm("Harbour", "Everything that is reached this way is slow", detail={"causes": ["Harbour"]})
    for text in ("Nothing is measured", "The probe is too slow to measure", "No site answers the probe"):
        old.alarm("prober 2", text)
    for subject, text in _PLATFORM:
        old.alarm(subject, text)
    old.alarm("desk", "Notices of alarms cannot be delivered")
    old.alarm("gone", "Notices of alarms cannot be delivered")
    old.alarm("2026-05 r en", "A monthly report could not be made", detail={"of": of})
    old.alarm("circle r abc", "An evidence map could not be drawn", detail={"of": of})
    old.alarm("plan p 1234", "A plan could not be proven", detail={"of": of})
    old.alarm("documents and settings", "A plan could not be proven", detail={"count": 12, "subjects": [], "of": []})
    for text in ("A drone in flight reports no more", "A drone reports an emergency"):
        old.alarm("F-1", text)
    old.alarm("F-1", "A drone reports that its Remote ID fails")
    old.alarm("F-1", "Somebody else reports a drone of this serial", detail={"refused": 3})
    old.alarm("drones", "A drone in flight reports no more", detail=MANY)
    old.alarm(
        "key crow (loft_abcd1234_…)", "A key reports drones of other organisations", detail={"count": 2, "serials": []}
    )
    for text in ("The airspace engine does not answer", "The airspace engine is behind with the reports"):
        old.alarm("airspace engine", text)
    old.alarm("Works", "No readings from the factory", detail={"factory": works.slug})
    old.alarm("Old works", "No readings from the factory", 1, detail={"factory": works.slug})
    old.alarm("near", "The worker of the edge node takes no jobs", site=quay)
    old.alarm("jobs without an edge node", "Jobs fail for good")
    old.alarm("near", "Jobs wait long at the edge node", site=quay)
    old.alarm("gate", "Opened")
    migrate(AFTER)
    from network.models import Alarm

    rows = {(one.subject, one.specific_problem): one for one in Alarm.objects.all()}
    assert {text for _, text in rows} >= set(TEXTS)  # one of every problem
    assert {code for (_, text), one in rows.items() if (code := one.problem) != TEXTS.get(text)} == {"Opened"}

    def id_of(subject, text):
        one = rows[subject, text]
        return one.object_kind, one.object_key, one.subject_zh

    assert {id_of("Quay", text) for text in of_site} == {("site", "bs-1", "Quay站")}
    assert id_of("slice iot", "Error budget burns: jitter")[:2] == ("slice", "iot")
    assert id_of("workload 7", "Budget used up: answers in time")[:2] == ("workload", "7")
    assert id_of("base stations", "Too warm in the cabinet") == ("site", "*", "基站")
    assert id_of("Hill", "Site failed: everything behind it is silent") == ("site", "bs-4", "Hill站")
    assert id_of("Hill – Quay", "Link cut: everything behind it is silent")[:2] == ("link", "bs-1~bs-4")
    joint = id_of("Hill – Quay + Hill", "Link cut or site failed: everything behind it is silent")
    assert joint[:2] == ("group", "bs-1~bs-4 + bs-4")
    assert id_of("Harbour", "Everything that is reached this way is slow") == ("unknown", "Harbour", "")
    assert id_of("prober 2", "Nothing is measured")[:2] == ("prober", "prober 2")
    assert {id_of(*one)[0] for one in _PLATFORM} == {"platform"}
    assert id_of("disk", "The disk is nearly full") == ("platform", "disk", "磁盘")
    assert id_of("desk", "Notices of alarms cannot be delivered")[:2] == ("notice_channel", str(uuid))
    assert id_of("gone", "Notices of alarms cannot be delivered")[:2] == ("unknown", "gone")
    assert id_of("2026-05 r en", "A monthly report could not be made")[:2] == ("report", "2026-05 r en")
    assert id_of("circle r abc", "An evidence map could not be drawn")[:2] == ("unknown", "circle r abc")
    assert id_of("plan p 1234", "A plan could not be proven")[:2] == ("plan", of)
    assert id_of("documents and settings", "A plan could not be proven")[:2] == ("plan", "*")
    assert id_of("F-1", "A drone reports an emergency") == ("drone", "F-1", "F-1")
    assert id_of("drones", "A drone in flight reports no more") == ("drone", "*", "无人机")
    key = id_of("key crow (loft_abcd1234_…)", "A key reports drones of other organisations")
    assert key == ("api_key", "abcd1234", "密钥 crow (loft_abcd1234_…)")
    assert id_of("airspace engine", "The airspace engine does not answer")[:2] == ("platform", "airspace-engine")
    assert id_of("Works", "No readings from the factory") == ("factory", "works", "工厂")
    assert id_of("Old works", "No readings from the factory") == ("unknown", "Old works", "")
    assert id_of("near", "Jobs wait long at the edge node") == ("edge_node", "edge-1", "近")
    assert id_of("jobs without an edge node", "Jobs fail for good")[:2] == ("edge_node", "")
    assert id_of("gate", "Opened") == ("unknown", "gate", "")


@pytest.mark.django_db(transaction=True)
def test_of_the_alarms_that_a_renaming_left_only_the_newest_stays_open_and_holds_and_history_are_told(newest):  # noqa: F811
    old = Old(migrate(BEFORE))
    quay, text = old.site("bs-1", "Quay"), "Availability below its objective"
    left = old.alarm("Pier", text, site=quay)
    standing = old.alarm("Quay", text, 5, site=quay)
    over = old.alarm("Quay", text, 2, site=quay, ended_at=NOON + timedelta(minutes=3))
    times = {"reason": "r", "started_at": NOON, "actor": "a"}
    holds = [
        old.make("network", "AlarmHold", kind="suppressed", subject=subject, specific_problem=problem, **times)
        for subject, problem in (("Pier", ""), ("Quay", text), ("nothing", ""), ("F-1", "A drone reports an emergency"))
    ]
    old.model("network", "Alarm").objects.filter(pk=left.pk).update(hold=holds[0], held="suppressed")
    old.make("airspace", "Drone", serial="F-1", registered_at=NOON, changed_at=NOON)
    for kind, words in (
        ("severity", "minor → major"), ("assigned", "ann"), ("escalated", "2 · 600 s → desk"), ("escalated", "1 · 60 s"),
        ("commented", "a → b"),
    ):  # fmt: skip
        old.make("network", "AlarmEntry", alarm=standing, at=NOON, kind=kind, actor="x", text=words)
    migrate(AFTER)
    from network.models import Alarm, AlarmEntry, AlarmHold

    rows = {one.pk: one for one in Alarm.objects.all()}
    assert {one.object_key for one in rows.values()} == {"bs-1"}
    assert (rows[left.pk].ended_at, rows[standing.pk].ended_at) == (rows[standing.pk].started_at, None)
    assert rows[over.pk].ended_at == NOON + timedelta(minutes=3)
    closing = AlarmEntry.objects.get(alarm=left.pk)
    assert (closing.kind, closing.text) == ("cleared", f"Alarm {standing.pk} is of the same object and problem")
    ids = {one.subject: (one.object_kind, one.object_key, one.problem) for one in AlarmHold.objects.all()}
    assert ids == {
        "Pier": ("site", "bs-1", ""), "Quay": ("site", "bs-1", "availability_breached"),
        "nothing": ("unknown", "nothing", ""), "F-1": ("drone", "F-1", "drone_emergency"),
    }  # fmt: skip
    told = [
        (one.words, one.severity_after, one.person, one.step, one.after_s, one.channel)
        for one in AlarmEntry.objects.filter(alarm=standing.pk).order_by("pk")
    ]
    assert told == [
        ("minor → major", "major", "", None, None, ""), ("ann", "", "ann", None, None, ""),
        ("2 · 600 s → desk", "", "", 2, 600, "desk"), ("1 · 60 s", "", "", 1, 60, ""), ("a → b", "", "", None, None, ""),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_an_alarm_of_many_sites_names_their_keys_and_a_wrong_clock_among_them_is_known_after_a_start(newest):  # noqa: F811
    old = Old(migrate(BEFORE))
    sites = [old.site(f"bs-{number}", name) for number, name in enumerate(("Quay", "Harbour", "Harbour", "Hill"))]
    many = {"count": 12, "subjects": ["Harbour", "Quay", "gone"]}
    old.alarm("clocks of base stations", "Its clock is wrong: packets seem to come before they were sent", detail=many)
    old.alarm("drones", "A drone in flight reports no more", detail=many)
    migrate(AFTER)
    from network.actions.clocks import Clocks
    from network.models import Alarm

    assert Alarm.objects.get(object_kind="site").detail == {**many, "objects": ["bs-1", "bs-2", "bs-0"]}
    assert Clocks()._standing() == {one.pk for one in sites[:3]}
    assert Alarm.objects.get(object_kind="drone").detail == many


@pytest.mark.django_db(transaction=True)
def test_going_back_names_tell_apart_again_and_the_text_of_an_entry_says_all(newest):  # noqa: F811
    new = migrate(AFTER)
    given = {"severity": "minor", "alarm_type": "processing", "probable_cause": "x", "changed_at": NOON}
    make = {name: new.get_model("network", name).objects.create for name in ("Alarm", "AlarmHold", "AlarmEntry")}
    holds = [
        make["AlarmHold"](
            kind="suppressed", object_kind="site", object_key=f"harbour-{number}", subject="Harbour", reason="r",
            started_at=NOON + timedelta(minutes=number), actor="a",
        )
        for number in range(2)
    ]  # fmt: skip
    alarms = [
        make["Alarm"](
            object_kind="site", object_key=f"harbour-{number}", problem="counters_silent", subject="Harbour",
            specific_problem="Counters silent", started_at=NOON + timedelta(minutes=number), hold=holds[number],
            held="suppressed", **given,
        )
        for number in range(2)
    ]  # fmt: skip
    for kind, facts in (
        ("severity", {"severity_before": "minor", "severity_after": "major"}), ("assigned", {"person": "ann"}),
        ("escalated", {"step": 2, "after_s": 600, "channel": "desk"}), ("escalated", {"step": 1, "after_s": 60}),
        ("commented", {"text": "hm"}),
    ):  # fmt: skip
        make["AlarmEntry"](alarm=alarms[1], at=NOON, kind=kind, actor="x", **facts)
    old = migrate(BEFORE)
    rows = old.get_model("network", "Alarm").objects.order_by("pk")
    assert [(one.ended_at is None, one.hold_id) for one in rows] == [(False, holds[1].pk), (True, holds[1].pk)]
    assert [one.pk for one in old.get_model("network", "AlarmHold").objects.filter(ended_at=None)] == [holds[1].pk]
    told = old.get_model("network", "AlarmEntry").objects.filter(alarm=alarms[1].pk).order_by("pk")
    assert [one.text for one in told] == ["minor → major", "ann", "2 · 600 s → desk", "1 · 60 s", "hm"]


@pytest.mark.django_db(transaction=True)
def test_thousands_of_alarms_are_told_in_pieces(newest):  # noqa: F811
    old = Old(migrate(BEFORE))
    quay, model = old.site("bs-1", "Quay"), old.model("network", "Alarm")
    given = {
        "severity": "minor",
        "alarm_type": "processing",
        "probable_cause": "x",
        "changed_at": NOON,
        "ended_at": NOON,
    }
    model.objects.bulk_create(
        model(subject=f"prober {n}", specific_problem="Nothing is measured", started_at=NOON, **given)
        for n in range(2_500)
    )
    migrate(AFTER)
    from network.models import Alarm

    assert Alarm.objects.filter(object_kind="prober", problem="prober_silent").count() == 2_500
    assert Alarm.objects.values("object_key").distinct().count() == 2_500
    assert quay.slug == "bs-1"


def _needed(model, site):
    """Return what else a factory of that time had to have."""
    names = {field.name for field in model._meta.fields}
    given = {"site": site, "lat_deg": 1.0, "lon_deg": 1.0, "region": site.region, "changed_at": NOON}
    return {name: value for name, value in given.items() if name in names}


_PLATFORM = (
    ("base stations", "The interface of the base stations does not answer"),
    ("Redis", "Redis does not answer: reports are refused, nothing is scheduled"),
    ("Redis", "Redis is nearly full: soon reports are refused"),
    ("database", "The database did not answer for a while"),
    ("disk", "The disk is nearly full"),
    ("schedule", "Scheduled health checks are overdue"),
)
_OF_SITES = (
    *(f"{metric}_breached" for metric in ("rtt_p99", "loss_share", "availability")), "probe_settings_unusable",
    *(f"{metric}_{what}" for metric in ("rtt_p99", "loss_share", "availability", "jitter", "coverage", "deadline")
      for what in ("budget_burns", "budget_used_up")),
    "clock_wrong", "counters_silent", "cell_sleeping", "radio_overloaded", "edge_queue_long", "cabinet_hot",
    "settings_refused", "settings_lost",
)  # fmt: skip
