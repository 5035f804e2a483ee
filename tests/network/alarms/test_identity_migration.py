"""Alarms, holds and history of earlier versions get their objects and problems, on either database."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from network.actions.alarms.problem import registered
from tests import migrated
from tests.conftest import NOON
from tests.network.owners.test_owners_migration import migrate, newest  # noqa: F401  a fixture
from tests.stack import ROOT

pytestmark = pytest.mark.slow
BEFORE = [("network", "0021_slice_tenant"), ("airspace", "0004_owners"), ("industry", "0004_no_tenant")]
AFTER = [("airspace", "0005_alarm_objects"), ("industry", "0005_alarm_objects")]
MIGRATIONS = "".join(
    (ROOT / app / "migrations" / f"{name}.py").read_text()
    for app, name in (("network", "0023_fill_alarm_objects"), *AFTER)
)
TEXTS = {
    problem.text: problem.code
    for problem in registered()
    if f'"{problem.code}"' in MIGRATIONS or "_budget_" in problem.code  # of agreements, whose codes they put together
}
"""The problems of then; no earlier version had alarms of later ones."""
MANY = {"count": 12, "subjects": ["BS-1"]}
HELD = {"reason": "r", "started_at": NOON, "actor": "a"}


def upgrade() -> None:
    """Take the database on as far as the code that looks at it afterwards expects."""
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


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


CAUSED = ("Link cut or site failed: everything behind it is silent", "Everything that is reached this way is slow")
KEY = "key crow (loft_abcd1234_…)"
ORDER, CHANNEL = "6f1e6f0a-9d0f-4a0c-8a52-0f5f3c3a0001", "6f1e6f0a-9d0f-4a0c-8a52-0f5f3c3a0002"
CASES = [  # subject and text as they were; of what else it knew; kind, key and Chinese name that it gets
    ("slice iot", "Error budget burns: jitter", {"agreement": "iot"}, ("slice", "iot")),
    ("workload 7", "Budget used up: answers in time", {}, ("workload", "7")),
    ("base stations", "Too warm in the cabinet", MANY, ("site", "*", "基站")),
    ("Hill", "Site failed: everything behind it is silent", {"causes": ["Hill"], "members": []}, ("site", "bs-4", "Hill站")),
    ("Hill – Quay", "Link cut: everything behind it is silent", {"causes": ["Hill – Quay"]}, ("link", "bs-1~bs-4")),
    ("Hill – Quay + Hill", CAUSED[0], {"causes": ["Hill – Quay", "Hill"], "is_every_one": True}, ("group", "bs-1~bs-4 + bs-4")),
    ("Harbour", CAUSED[1], {"causes": ["Harbour"]}, ("unknown", "Harbour", "")),
    ("prober 2", "Nothing is measured", {}, ("prober", "prober 2")),
    ("prober 2", "The probe is too slow to measure", {}, ("prober", "prober 2")),
    ("prober 2", "No site answers the probe", {}, ("prober", "prober 2")),
    ("desk", "Notices of alarms cannot be delivered", {}, ("notice_channel", CHANNEL)),
    ("gone", "Notices of alarms cannot be delivered", {}, ("unknown", "gone")),
    ("2026-05 r en", "A monthly report could not be made", {"of": ORDER}, ("report", "2026-05 r en")),
    ("circle r abc", "An evidence map could not be drawn", {"of": ORDER}, ("unknown", "circle r abc")),
    ("plan p 1234", "A plan could not be proven", {"of": ORDER}, ("plan", ORDER)),
    ("documents and settings", "A plan could not be proven", {"count": 12, "subjects": [], "of": []}, ("plan", "*")),
    ("F-1", "A drone in flight reports no more", {}, ("drone", "F-1", "F-1")),
    ("F-1", "A drone reports an emergency", {}, ("drone", "F-1", "F-1")),
    ("F-1", "A drone reports that its Remote ID fails", {}, ("drone", "F-1", "F-1")),
    ("F-1", "Somebody else reports a drone of this serial", {"refused": 3}, ("drone", "F-1", "F-1")),
    ("drones", "A drone in flight reports no more", MANY, ("drone", "*", "无人机")),
    (KEY, "A key reports drones of other organisations", {"count": 2, "serials": []}, ("api_key", "abcd1234", f"密钥 {KEY[4:]}")),
    ("airspace engine", "The airspace engine does not answer", {}, ("platform", "airspace-engine")),
    ("airspace engine", "The airspace engine is behind with the reports", {}, ("platform", "airspace-engine")),
    ("Works", "No readings from the factory", {"factory": "works"}, ("factory", "works", "工厂")),
    ("Old works", "No readings from the factory", {"factory": "works"}, ("unknown", "Old works", "")),
    ("near", "The worker of the edge node takes no jobs", {}, ("edge_node", "edge-1", "近")),
    ("near", "Jobs wait long at the edge node", {}, ("edge_node", "edge-1", "近")),
    ("jobs without an edge node", "Jobs fail for good", {}, ("edge_node", "")),
    ("gate", "Opened", {}, ("unknown", "gate", "")),
]  # fmt: skip
ENTRIES = [  # kind and words of an entry as it was; words, severity after, person, step, wait and channel that it gets
    ("severity", "minor → major", ("minor → major", "major", "", None, None, "")),
    ("assigned", "ann", ("ann", "", "ann", None, None, "")),
    ("escalated", "2 · 600 s → desk", ("2 · 600 s → desk", "", "", 2, 600, "desk")),
    ("escalated", "1 · 60 s", ("1 · 60 s", "", "", 1, 60, "")),
    ("commented", "a → b", ("a → b", "", "", None, None, "")),
]


@pytest.fixture
def every_problem(newest):  # noqa: F811
    """An alarm of every problem, and the platform's, as they were, and then as they are now, by subject and text."""
    old = Old(migrated.at(connection, BEFORE))
    quay, hill, of = old.site("bs-1", "Quay"), old.site("bs-4", "Hill"), {}
    for slug in ("bs-2", "bs-3"):
        old.site(slug, "Harbour")
    of["iot"] = old.make("network", "Agreement", name="s", kind="slice", key="iot", metric="jitter", objective=1.0).pk
    channel = {"kind": "email", "target": "a@b.example", "secret_changed_at": NOON, "made_at": NOON}
    old.make("network", "NoticeChannel", name="desk", uuid=CHANNEL, **channel)
    names = {"slug": "works", "name_en": "Works", "name_zh": "工厂"}
    old.make("industry", "Factory", **names, **_needed(old.model("industry", "Factory"), quay))
    near = {"slug": "edge-1", "name_en": "near", "name_zh": "近", "cores": 4, "memory_gb": 8}
    old.make("network", "EdgeNode", site=quay, changed_at=NOON, **near)
    for text in (text for text, code in TEXTS.items() if code in _OF_SITES):
        old.alarm("Quay", text, site=quay)
    for subject, text in _PLATFORM:
        old.alarm(subject, text)
    sites = {"near": quay, "Hill": hill}
    for minute, (subject, text, detail, _) in enumerate(CASES):  # a factory's two are told apart by their time
        known = {name: of.get(value, value) if name == "agreement" else value for name, value in detail.items()}
        old.alarm(subject, text, minute, detail=known, site=sites.get(subject))
    upgrade()
    from network.models import Alarm

    return {(alarm.subject, alarm.specific_problem): alarm for alarm in Alarm.objects.all()}


def id_of(alarm):
    return alarm.object_kind, alarm.object_key, alarm.subject_zh


@pytest.mark.django_db(transaction=True)
def test_alarms_of_every_problem_get_their_object(every_problem):
    assert {text for _, text in every_problem} >= set(TEXTS)  # one of every problem
    codes = {alarm.problem for (_, text), alarm in every_problem.items() if alarm.problem != TEXTS.get(text)}
    assert codes == {"Opened"}
    of_site = {
        id_of(alarm) for alarm in every_problem.values() if alarm.problem in _OF_SITES and alarm.subject == "Quay"
    }
    assert of_site == {("site", "bs-1", "Quay站")}
    assert {id_of(every_problem[pair])[0] for pair in _PLATFORM} == {"platform"}
    assert id_of(every_problem["disk", "The disk is nearly full"]) == ("platform", "disk", "磁盘")
    wrong = {
        (subject, text): (id_of(every_problem[subject, text]), expected)
        for subject, text, _, expected in CASES
        if id_of(every_problem[subject, text])[: len(expected)] != expected
    }
    assert wrong == {}


@pytest.mark.django_db(transaction=True)
def test_of_the_alarms_that_a_renaming_left_only_the_newest_stays_open(newest):  # noqa: F811
    old = Old(migrated.at(connection, BEFORE))
    quay, text = old.site("bs-1", "Quay"), "Availability below its objective"
    left = old.alarm("Pier", text, site=quay)
    active = old.alarm("Quay", text, 5, site=quay)
    over = old.alarm("Quay", text, 2, site=quay, ended_at=NOON + timedelta(minutes=3))
    hold = old.make("network", "AlarmHold", kind="suppressed", subject="Pier", specific_problem="", **HELD)
    old.model("network", "Alarm").objects.filter(pk=left.pk).update(hold=hold, held="suppressed")
    upgrade()
    from network.models import Alarm, AlarmEntry

    rows = {alarm.pk: alarm for alarm in Alarm.objects.all()}
    assert {alarm.object_key for alarm in rows.values()} == {"bs-1"}
    assert (rows[left.pk].ended_at, rows[active.pk].ended_at) == (rows[active.pk].started_at, None)
    assert rows[over.pk].ended_at == NOON + timedelta(minutes=3)
    closing = AlarmEntry.objects.get(alarm=left.pk)
    assert (closing.kind, closing.text) == ("cleared", f"Alarm {active.pk} is of the same object and problem")


@pytest.mark.django_db(transaction=True)
def test_holds_and_history_get_what_their_texts_said(newest):  # noqa: F811
    old = Old(migrated.at(connection, BEFORE))
    quay, text = old.site("bs-1", "Quay"), "Availability below its objective"
    left, active = old.alarm("Pier", text, site=quay), old.alarm("Quay", text, 5, site=quay)
    for subject, problem in (("Pier", ""), ("Quay", text), ("nothing", ""), ("F-1", "A drone reports an emergency")):
        old.make("network", "AlarmHold", kind="suppressed", subject=subject, specific_problem=problem, **HELD)
    held = old.model("network", "AlarmHold").objects.get(subject="Pier")  # its alarm tells whose it is
    old.model("network", "Alarm").objects.filter(pk=left.pk).update(hold=held, held="suppressed")
    old.make("airspace", "Drone", serial="F-1", registered_at=NOON, changed_at=NOON)
    for kind, words, _ in ENTRIES:
        old.make("network", "AlarmEntry", alarm=active, at=NOON, kind=kind, actor="x", text=words)
    upgrade()
    from network.models import AlarmEntry, AlarmHold

    ids = {hold.subject: (hold.object_kind, hold.object_key, hold.problem) for hold in AlarmHold.objects.all()}
    assert ids == {
        "Pier": ("site", "bs-1", ""),
        "Quay": ("site", "bs-1", "availability_breached"),
        "nothing": ("unknown", "nothing", ""),
        "F-1": ("drone", "F-1", "drone_emergency"),
    }
    entries = AlarmEntry.objects.filter(alarm=active.pk).order_by("pk")
    facts = [(row.words, row.severity_after, row.person, row.step, row.after_s, row.channel) for row in entries]
    assert facts == [expected for _, _, expected in ENTRIES]


@pytest.mark.django_db(transaction=True)
def test_an_alarm_of_many_sites_names_their_keys_and_a_wrong_clock_among_them_is_known_after_a_start(newest):  # noqa: F811
    old = Old(migrated.at(connection, BEFORE))
    sites = [old.site(f"bs-{number}", name) for number, name in enumerate(("Quay", "Harbour", "Harbour", "Hill"))]
    many = {"count": 12, "subjects": ["Harbour", "Quay", "gone"]}
    old.alarm("clocks of base stations", "Its clock is wrong: packets seem to come before they were sent", detail=many)
    old.alarm("drones", "A drone in flight reports no more", detail=many)
    upgrade()
    from network.actions.measurement.clocks import Clocks
    from network.models import Alarm

    assert Alarm.objects.get(object_kind="site").detail == {**many, "objects": ["bs-1", "bs-2", "bs-0"]}
    assert Clocks()._active() == {site.pk for site in sites[:3]}
    assert Alarm.objects.get(object_kind="drone").detail == many


@pytest.mark.django_db(transaction=True)
def test_going_back_names_tell_apart_again_and_the_text_of_an_entry_says_all(newest):  # noqa: F811
    migrated.newest(connection)
    given = {"severity": "minor", "alarm_type": "processing", "probable_cause": "x", "changed_at": NOON}
    make = {name: apps.get_model("network", name).objects.create for name in ("Alarm", "AlarmHold", "AlarmEntry")}
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
        ("severity", {"severity_before": "minor", "severity_after": "major"}),
        ("assigned", {"person": "ann"}),
        ("escalated", {"step": 2, "after_s": 600, "channel": "desk"}),
        ("escalated", {"step": 1, "after_s": 60}),
        ("commented", {"text": "hm"}),
    ):
        make["AlarmEntry"](alarm=alarms[1], at=NOON, kind=kind, actor="x", **facts)
    old = migrate(BEFORE)
    rows = old.get_model("network", "Alarm").objects.order_by("pk")
    assert [(row.ended_at is None, row.hold_id) for row in rows] == [(False, holds[1].pk), (True, holds[1].pk)]
    assert [object_.pk for object_ in old.get_model("network", "AlarmHold").objects.filter(ended_at=None)] == [
        holds[1].pk
    ]
    objects = old.get_model("network", "AlarmEntry").objects.filter(alarm=alarms[1].pk).order_by("pk")
    assert [row.text for row in objects] == ["minor → major", "ann", "2 · 600 s → desk", "1 · 60 s", "hm"]


@pytest.mark.django_db(transaction=True)
def test_thousands_of_alarms_are_told_in_pieces(newest):  # noqa: F811
    old = Old(migrated.at(connection, BEFORE))
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
    upgrade()
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
